// Looks at sources, dependencies and builds. Each gives what it saw, or throws with what is wrong.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { filesBelow } from "../docs/files.ts";

const LIBRARIES = ["mls", "frame-crypto", "dave"];

/** What noble's packages are, as the lock file and the registry have them (Subresource Integrity). */
const NOBLE: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> = {
  "@noble/ciphers": {
    version: "2.4.0",
    integrity:
      "sha512-AnjFn0Jv92laAkvMrghlFZq4qQCIN/4DxFV/eooqtC2YTjB7kBeLMS2T9KJX4Dn+ZVXLOwK0lSgqDtx9gvxtiw==",
  },
  "@noble/curves": {
    version: "2.4.0",
    integrity:
      "sha512-P4/62zrgfH33CneE3Dn4WhJVA22YUU0eR51wKIan4NVRvwsA0YnPTwWGpNbpuacSujmSFLvyzpyuR30+fbq2Ew==",
  },
  "@noble/hashes": {
    version: "2.4.0",
    integrity:
      "sha512-X5XaVWZIBCT7HHZGm5I7ZQXDwLG+bGXuSrMQAW+7Zvl87h1kmc1ZB1VSRJcpUfoUrGQp4Fkoxm5kZ+Ms+aW+eA==",
  },
};

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

type Check = (root: string) => Promise<string> | string;

const read = (path: string) => readFileSync(path, "utf8");
const manifest = (folder: string): Manifest => JSON.parse(read(join(folder, "package.json")));

function hold(condition: boolean, wrong: string): asserts condition {
  if (!condition) throw new Error(wrong);
}

/** Runs a tool of the workspace. */
function run(root: string, name: string, args: readonly string[], cwd = root) {
  return spawnSync(join(root, "node_modules", ".bin", name), args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
    maxBuffer: 1 << 28,
  });
}

/** Runs a tool that must succeed; gives what it printed. */
function tool(root: string, name: string, args: readonly string[], cwd = root): string {
  const { status, stdout, stderr } = run(root, name, args, cwd);
  hold(
    status === 0,
    `${name} ended with ${status}: ${(stderr || stdout).trim().split("\n").slice(-3).join(" ")}`,
  );
  return stdout;
}

/** Folders of the libraries and of everything that they depend on at run time. */
function runTimeFolders(root: string): string[] {
  const found = new Set<string>();
  const visit = (folder: string) => {
    const real = realpathSync(folder);
    if (found.has(real)) return;
    found.add(real);
    for (const name of Object.keys(manifest(real).dependencies ?? {})) visit(resolve(real, name));
  };
  const resolve = (from: string, name: string): string => {
    for (let at = from; ; at = dirname(at)) {
      if (existsSync(join(at, "node_modules", name, "package.json"))) return join(at, "node_modules", name);
      hold(at !== dirname(at), `${name} is not installed for ${from}`);
    }
  };
  for (const name of LIBRARIES) visit(join(root, "packages", name));
  return [...found];
}

/** The lines of the lock file that describe one package. */
function locked(lock: string, name: string, version: string): string {
  const start = lock.indexOf(`\n  '${name}@${version}':\n`);
  return start < 0 ? "" : lock.slice(start, lock.indexOf("\n\n", start));
}

function dependencies(root: string): string {
  const [lock, workspace] = [read(join(root, "pnpm-lock.yaml")), read(join(root, "pnpm-workspace.yaml"))];
  for (const [name, { version, integrity }] of Object.entries(NOBLE)) {
    hold(workspace.includes(`"${name}": ${version}\n`), `the catalog has another version of ${name}`);
    hold(
      locked(lock, name, version).includes(`integrity: ${integrity}}`),
      `the lock file has another hash of ${name}`,
    );
  }
  for (const folder of runTimeFolders(root)) {
    const {
      name,
      version,
      dependencies: needs = {},
      optionalDependencies,
      peerDependencies,
    } = manifest(folder);
    hold(!optionalDependencies && !peerDependencies, `${name} has optional or peer dependencies`);
    for (const needed of Object.keys(needs))
      hold(needed in NOBLE || needed.startsWith("@puredave/"), `${name} depends on ${needed}`);
    if (name in NOBLE) hold(NOBLE[name]!.version === version, `${name} ${version} is installed`);
  }
  return Object.entries(NOBLE)
    .map(([name, { version, integrity }]) => `${name} ${version} ${integrity.slice(0, 19)}…`)
    .join(", ");
}

const NATIVE = /\.(?:node|wasm|so|dll|dylib|a|o|exe)$|(?:^|\/)binding\.gyp$|\.wasm\.[jt]s$/;

function native(root: string): string {
  const folders = runTimeFolders(root);
  let count = 0;
  for (const folder of folders)
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (/(?:^|[\\/])node_modules(?:[\\/]|$)/.test(entry)) continue;
      count++;
      hold(!NATIVE.test(entry.replaceAll("\\", "/")), `${manifest(folder).name} holds ${entry}`);
    }
  return `${count} files of ${folders.length} packages`;
}

function scripts(root: string): string {
  const folders = runTimeFolders(root);
  for (const folder of folders) {
    const { name, scripts: has = {} } = manifest(folder);
    for (const when of ["preinstall", "install", "postinstall"])
      hold(!(when in has), `${name} has a script ${when}`);
  }
  hold(
    /^onlyBuiltDependencies: \[\]$/m.test(read(join(root, "pnpm-workspace.yaml"))),
    "some dependency may run a script",
  );
  return `manifests of ${folders.length} packages, pnpm-workspace.yaml`;
}

async function bundle(root: string): Promise<string> {
  const { metafile } = await build({
    stdin: {
      contents: 'import { DaveClient } from "./dist/index.js"; console.log(DaveClient);',
      resolveDir: join(root, "packages", "dave"),
    },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs).filter((path) => path !== "<stdin>");
  const known =
    /^packages\/(?:mls|frame-crypto|dave)\/dist\/|node_modules\/@noble\/(?:ciphers|curves|hashes)\//;
  for (const path of inputs) hold(known.test(path), `the bundle holds ${path}`);
  for (const output of Object.values(metafile.outputs))
    hold(output.imports.length === 0, "the bundle imports a module");
  return `${inputs.length} files, ${inputs.filter((path) => path.includes("@noble")).length} of them noble's`;
}

/** Where `Buffer` or `process` is named as a value or type of its own. */
function namesPlatform(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isName = ts.isIdentifier(node) && (node.text === "Buffer" || node.text === "process");
    // `x.process` and `process: …` name something else.
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    const isKey =
      (ts.isPropertyAssignment(node.parent) || ts.isMethodDeclaration(node.parent)) &&
      node.parent.name === node;
    if (isName && !isMember && !isKey)
      found.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found;
}

function platformNames(root: string): string {
  const files = LIBRARIES.flatMap((name) => filesBelow(root, `packages/${name}/src`)).filter(
    ({ path }) => !path.endsWith("/ports.ts"),
  );
  const found = files.flatMap(({ path, text }) => namesPlatform(path, text));
  hold(found.length === 0, found.join(", "));
  return `${files.length} source files`;
}

/** Every file below a folder, by its path there. */
const contents = (folder: string): Map<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path)]),
  );

function builds(root: string): string {
  let count = 0;
  for (const name of LIBRARIES) {
    const made = [1, 2].map((n) => {
      const out = join(root, "node_modules", ".cache", "puredave", "claims", `build-${n}`, name);
      rmSync(out, { recursive: true, force: true });
      tool(root, "tsup", ["--out-dir", out, "--silent"], join(root, "packages", name));
      return contents(out);
    });
    const [first, second] = made as [Map<string, Buffer>, Map<string, Buffer>];
    hold(first.size === second.size, `${name}: the builds have different files`);
    for (const [path, bytes] of first) {
      const other = second.get(path);
      hold(other?.equals(bytes) === true, `${name}: ${path} differs`);
      count++;
    }
  }
  return `${count} files of ${LIBRARIES.length} packages, built twice`;
}

function sizes(root: string): string {
  const found = JSON.parse(run(root, "size-limit", ["--json"]).stdout) as {
    name: string;
    size: number;
    passed: boolean;
  }[];
  for (const { name, size, passed } of found) hold(passed, `${name}: ${size} B`);
  return found.map(({ name, size }) => `${name} ${(size / 1000).toFixed(2)} kB`).join(", ");
}

function arrows(root: string): string {
  return tool(root, "depcruise", ["--config", ".dependency-cruiser.cjs", "packages"])
    .trim()
    .split("\n")
    .at(-1)!
    .trim();
}

/** The numbers of the claim about bounds, as the sources have them. */
const BOUNDS: readonly (readonly [file: string, source: RegExp])[] = [
  ["packages/dave/src/constants.ts", /MAX_PARKED_MESSAGES = 64;/],
  ["packages/dave/src/constants.ts", /MAX_WAITING_MESSAGES = 256;/],
  ["packages/dave/src/constants.ts", /MAX_PENDING_TRANSITIONS = 16;/],
  ["packages/dave/src/constants.ts", /MAX_RECOGNIZED_USERS = 16_384;/],
  ["packages/dave/src/constants.ts", /MAX_EPOCH_PROPOSALS = 4096;/],
  ["packages/dave/src/constants.ts", /MAX_EPOCH_COMMITS = 256;/],
  ["packages/frame-crypto/src/constants.ts", /MAX_SKIPPED = 1000;/],
  ["packages/frame-crypto/src/constants.ts", /MAX_GENERATION_GAP = 250;/],
  ["packages/frame-crypto/src/receiver-key.ts", /MAX_PREPARED = 3;/],
  ["packages/mls/src/codec/reader.ts", /slack = 0x10000/],
];

function bounds(root: string): string {
  for (const [file, source] of BOUNDS)
    hold(source.test(read(join(root, file))), `${file}: no ${source.source}`);
  return `the constants in ${new Set(BOUNDS.map(([file]) => file)).size} source files`;
}

export const CHECKS: Readonly<Record<string, Check>> = {
  dependencies,
  native,
  scripts,
  bundle,
  "platform-names": platformNames,
  arrows,
  builds,
  sizes,
  bounds,
};
