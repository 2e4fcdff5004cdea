// npm run mutation: mutation testing of packages/mls with Stryker, by hand. Changes one expression of the source at a
// time and asks whether some test fails. The score counts survivors and mutants that no test reaches against us.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const here = join(root, "tools", "mutation");
// Stryker brings some 160 packages and 60 MB: a fifth of all others together, for something that is run rarely. So it is
// installed when first needed, from a lock file of its own, below node_modules.
const tools = join(root, "node_modules", ".cache", "puredave", "mutation");
const reports = join(root, "reports", "mutation");
const FOLDERS = ["codec", "tree", "group"];
const KILLED = ["Killed", "Timeout"];

const HELP = `npm run mutation -- [folder or file …] [--list] [--force] [--concurrency N]

Mutation testing of packages/mls/src: ${FOLDERS.join(", ")} (default: all three), or a file such as codec/reader.ts.

  --list           prints the result of the last run again
  --force          tests every mutant anew; without it, mutants that were killed stay so while they and that test are unchanged
  --concurrency N  test runners at once (default 1)
  --help           this text

Prints each mutant that no test notices, and the score of each folder: (killed + timed out) / all that are valid.
Reports lie in reports/mutation. All mutators are on; left out is the wording of errors (tools/mutation/messages.mjs).
A folder takes hours: Vitest starts anew for every mutant.`;

function run(command, args, cwd = root) {
  const shell = process.platform === "win32";
  const env = { ...process.env, PUREDAVE_TEST_QUICK: "1" };
  const { status, error } = spawnSync(command, args, {
    cwd,
    env,
    stdio: ["ignore", "inherit", "inherit"],
    shell,
  });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}

function installTools() {
  const stamp = join(tools, "installed");
  const lock = readFileSync(join(here, "package-lock.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("installing Stryker …");
  mkdirSync(tools, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(here, file), join(tools, file));
  const args = [
    "ci",
    "--ignore-scripts",
    "--legacy-peer-deps",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  if (run("npm", args, tools) !== 0) process.exit(1);
  writeFileSync(stamp, lock);
}

const fileNameOf = (place) => place.replaceAll(/[^\w]/g, "-");

/** One run of Stryker on a folder or file; gives its report as a list of mutants. */
function stryker(place, { concurrency, force }) {
  const sandboxes = join(reports, "sandbox");
  mkdirSync(sandboxes, { recursive: true });
  // A sandbox lies two folders deeper than the repository; the recorded vectors beside that are linked to.
  const shared = join(sandboxes, "shared");
  rmSync(shared, { force: true });
  if (existsSync(join(root, "..", "shared"))) symlinkSync(resolve(root, "..", "shared"), shared, "dir");
  const json = join(reports, `${fileNameOf(place)}.stryker.json`);
  const config = join(tools, `${fileNameOf(place)}.config.json`);
  const options = {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner", join(here, "messages.mjs")],
    vitest: { configFile: join("tools", "mutation", "vitest.config.ts"), related: false },
    ignorers: ["messages"],
    mutate: [`packages/mls/src/${place.endsWith(".ts") ? place : `${place}/**/*.ts`}`],
    coverageAnalysis: "perTest",
    concurrency,
    // Generous, because a slow test on a busy machine is no finding. Stryker finds endless loops by counting.
    timeoutMS: 60_000,
    timeoutFactor: 2,
    dryRunTimeoutMinutes: 20,
    incremental: true,
    incrementalFile: join(reports, `${fileNameOf(place)}.incremental.json`),
    force,
    ignorePatterns: ["/*", "!/packages", "/packages/*", "!/packages/mls", "!/tools", "!/*.ts", "!/*.json"],
    tempDirName: relative(root, sandboxes),
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: json },
    checkers: [],
    disableTypeChecks: true,
    allowConsoleColors: false,
    warnings: { slow: false },
  };
  writeFileSync(config, JSON.stringify(options, undefined, 2));
  forgetMissed(options.incrementalFile);
  const bin = join(tools, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  if (run(process.execPath, [bin, "run", config]) !== 0) process.exit(1);
  const { files } = JSON.parse(readFileSync(json, "utf8"));
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ ...mutant, file, original: excerpt(source, mutant.location) })),
  );
}

/** Only what was killed is remembered: Stryker does not see that a test changed in what it imports. */
function forgetMissed(incrementalFile) {
  if (!existsSync(incrementalFile)) return;
  const report = JSON.parse(readFileSync(incrementalFile, "utf8"));
  for (const file of Object.values(report.files))
    file.mutants = file.mutants.filter(({ status }) => KILLED.includes(status));
  writeFileSync(incrementalFile, JSON.stringify(report));
}

function excerpt(source, { start, end }) {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const [first] = lines;
  const text =
    lines.length === 1 ? first.slice(start.column - 1, end.column - 1) : `${first.slice(start.column - 1)} …`;
  return text.trim();
}

const MISSED = ["Survived", "NoCoverage"];
const oneLine = (text) => (text ?? "").replace(/\s+/g, " ").slice(0, 100);

function print(place, mutants) {
  const count = (statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const missed = mutants.filter(({ status }) => MISSED.includes(status));
  missed.sort((a, b) => a.file.localeCompare(b.file) || a.location.start.line - b.location.start.line);
  for (const { file, location, mutatorName, original, replacement, status } of missed) {
    const note = status === "NoCoverage" ? " (no test reaches it)" : "";
    const change = `${oneLine(original)} → ${oneLine(replacement)}`;
    console.log(`${file}:${location.start.line}:${location.start.column} ${mutatorName}: ${change}${note}`);
  }
  const [killed, timedOut, survived, uncovered] = ["Killed", "Timeout", "Survived", "NoCoverage"].map((s) =>
    count([s]),
  );
  const detected = count(KILLED);
  const score = ((100 * detected) / (detected + missed.length)).toFixed(1);
  const left = mutants.length - detected - missed.length;
  return `${place}: ${score} % of ${detected + missed.length} mutants (${killed} killed, ${timedOut} timed out, ${survived} survived, ${uncovered} not reached; ${left} left out or invalid)`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean" },
    list: { type: "boolean", default: false },
    force: { type: "boolean", default: false },
    concurrency: { type: "string", default: "1" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const unknown = positionals.filter((name) => !existsSync(join(root, "packages", "mls", "src", name)));
if (unknown.length > 0) {
  console.error(`no such folder or file in packages/mls/src: ${unknown.join(", ")}\n\n${HELP}`);
  process.exit(2);
}
if (!values.list) installTools();
const lines = [];
for (const place of positionals.length > 0 ? positionals : FOLDERS) {
  const result = join(reports, `${fileNameOf(place)}.json`);
  if (!values.list) {
    const mutants = stryker(place, { concurrency: Number(values.concurrency), force: values.force });
    writeFileSync(result, JSON.stringify(mutants));
  }
  if (existsSync(result)) lines.push(print(place, JSON.parse(readFileSync(result, "utf8"))));
  else console.error(`${place} was not run yet`);
}
for (const line of lines) console.log(line);
