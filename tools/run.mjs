// The one door for `npm start`, `npm test` and their kin: installs and builds what is missing, then runs.
// Only Node and npm are needed; pnpm comes from the npm registry.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const stampFile = join(root, "node_modules", ".puredave-install");

/** Runs a command from the root with our binaries first on the path; a failure ends this process with its code. */
function run(command, args, { quiet = false, allowFailure = false } = {}) {
  const bin = join(root, "node_modules", ".bin");
  const separator = process.platform === "win32" ? ";" : ":";
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}${separator}${process.env.PATH}`, TURBO_TELEMETRY_DISABLED: "1" },
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    shell: process.platform === "win32",
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (result.status === 0 || allowFailure) return result.status ?? 1;
  if (quiet) process.stderr.write(`${result.stdout}${result.stderr}`);
  if (result.error) process.stderr.write(`${command}: ${result.error.message}\n`);
  process.exit(result.status ?? 1);
}

/** What an installation depends on: the lock file and every manifest. */
function installStamp() {
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name, "package.json"));
  const manifests = [...packages, join("examples", "package.json")];
  const hash = createHash("sha256").update(process.version);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...manifests])
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function install() {
  const stamp = installStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  console.error("installing dependencies …");
  run("npx", ["-y", packageManager, "install", "--frozen-lockfile", "--reporter=silent"], { quiet: true });
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

function build() {
  console.error("building …");
  run("turbo", ["run", "build", "--output-logs=errors-only", "--no-update-notifier"], { quiet: true });
}

const conformance = join("packages", "conformance", "dist");
const node = (file, args) => run(process.execPath, [file, ...args]);

/** Bundles a development entry (bench, fuzz) with esbuild: it may import the packages' source directly. */
function bundled(name, args) {
  const outfile = join("node_modules", ".cache", "puredave", `${name.replaceAll("/", "-")}.mjs`);
  run("node", ["tools/bundle.mjs", name, outfile], { quiet: true });
  run(process.execPath, ["--expose-gc", outfile, ...args]);
}

const CHECKS = [
  ["lint and format", "biome", ["check", "."]],
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["arrows between packages, no cycles", "depcruise", ["--config", ".dependency-cruiser.cjs", "packages"]],
  ["unused files, exports and dependencies", "knip", ["--no-progress"]],
  ["bundle sizes", "size-limit", []],
];

const tasks = {
  build: () => {},
  start: (args) => node(join(conformance, "call.js"), args),
  conformance: (args) => node(join(conformance, "cli.js"), args),
  // memory is measured behind a collection
  e2e: (args) => run(process.execPath, ["--expose-gc", join(conformance, "e2e.js"), ...args]),
  bench: (args) => bundled("tools/bench.ts", args),
  claims: (args) => bundled("tools/claims.ts", args),
  timing: (args) => bundled("tools/timing.ts", args),
  fuzz: (args) => bundled("tools/fuzz.ts", args),
  api: (args) => bundled("tools/api.ts", args),
  coverage: (args) => node(join("tools", "coverage.mjs"), args),
  mutation: (args) => node(join("tools", "mutation.mjs"), args),
  runtimes: (args) => bundled("tools/runtimes/main.ts", args),
  pack: (args) => bundled("tools/packaging/main.ts", args),
  packages: (args) => run("vitest", ["run", "--config", "tools/packaging/vitest.config.ts", ...args]),
  docs: (args) => bundled("tools/docs.ts", args),
  examples: (args) => bundled("tools/examples.ts", args),
  "test:browser": (args) => node(join("tools", "test-browser.mjs"), args),
  "docs:api": (args) => bundled("tools/docs-api.ts", args),
  test: (args) => {
    for (const [title, command, words] of CHECKS) {
      console.error(`checking ${title} …`);
      run(command, words, { quiet: true });
    }
    run("vitest", ["run", ...args]);
  },
};

const [task, ...args] = process.argv.slice(2);
if (!(task in tasks)) {
  console.error(`usage: node tools/run.mjs <${Object.keys(tasks).join("|")}> [arguments]`);
  process.exit(2);
}
install();
build();
tasks[task](args);
