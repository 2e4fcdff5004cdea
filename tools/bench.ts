// npm run bench [-- SUITE] [options]: side by side with @snazzah/davey, cross-checked before timed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run as load } from "../packages/conformance/bench/load.bench.ts";
import { framesBeside } from "../packages/frame-crypto/bench/baseline.bench.ts";
import { clients } from "../packages/frame-crypto/bench/clients.bench.ts";
import { changeover, choices, frames, type Row } from "../packages/frame-crypto/bench/frames.bench.ts";
import { plot } from "../packages/frame-crypto/bench/plot.ts";
import { transforms } from "../packages/frame-crypto/bench/transforms.bench.ts";
import { run as hostile } from "../packages/mls/bench/hostile.bench.ts";
import { run as mls } from "../packages/mls/bench/mls.bench.ts";
import { writeDocuments } from "./bench-documents.ts";
import { NotAvailable, type ToolName, tool } from "./packaging/tools.ts";

/** Suites that take their own words. */
const OTHERS: Record<string, (args: readonly string[]) => Promise<number> | number> = {
  transforms: (args) =>
    transforms(args.includes("--rounds") ? Number(args[args.indexOf("--rounds") + 1]) : 200),
  clients: (args) => clients(args.includes("--json") ? args[args.indexOf("--json") + 1] : undefined),
  mls,
  "mls-hostile": hostile,
  load,
  documents: (args) => writeDocuments(args[0] === "--only" ? args[1] : undefined),
};
/** Suites that run in every runtime. */
const FRAMES = { frames, changeover };

/** The tools that tools/packaging/tools pins, each at the newest release of its line, and what starts a script. */
const RUNTIMES: Readonly<Record<string, readonly [tool: ToolName, ...words: string[]]>> = {
  node20: ["node-20", "--expose-gc"],
  node22: ["node-22", "--expose-gc"],
  node24: ["node-24", "--expose-gc"],
  node26: ["node-26", "--expose-gc"],
  bun: ["bun"],
  deno: ["deno", "run", "-A", "--node-modules-dir=manual"],
};

const HELP = `usage: npm run bench [-- SUITE [options]]

  frames        frames of several sizes and codecs beside davey, native and WebAssembly
  changeover    for each size what each way of sealing takes, and what auto takes beside the best of them
  transforms    encoded transforms of browsers beside a stream that calls davey
  clients       what a client of one of 1 000 calls costs: memory, and time for a frame
  mls           groups                     --sizes 2,10  groups of these sizes alone
                                           --crowds 25,199  one commit that adds so many, alone
  mls-hostile   refusing hostile messages
  load          a big call; takes minutes
  documents     runs what docs/benchmarks.md names in its markers and writes what was printed there
                                           --only TEXT    the commands alone that contain this
Without a suite: frames, then mls.

frames and changeover:
  --only TEXT         frames of such a name alone ("Opus", "12 kB")
  --runtime IDS       ${Object.keys(RUNTIMES).join(", ")}, or all; several with commas. Default: the Node that runs this
  --rounds N          rounds in which all subjects take their turn (100)
  --baseline DIR      frames and mls: the build of another checkout beside this one's, in one run; nothing else
  --counted N         frames over which allocations are counted; 0 (the default): not at all
  --plot FILE         changeover: draws the rows as SVG
all suites:
  --json FILE         writes the rows there
`;

const options = {
  only: { type: "string" },
  runtime: { type: "string" },
  rounds: { type: "string", default: "100" },
  counted: { type: "string", default: "0" },
  plot: { type: "string" },
  baseline: { type: "string" },
  json: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function chosenRuntimes(words: string): string[] {
  const ids = words === "all" ? Object.keys(RUNTIMES) : words.split(",");
  const unknown = ids.filter((id) => !(id in RUNTIMES));
  if (unknown.length > 0) throw new TypeError(`--runtime: unknown ${unknown.join(", ")}`);
  return ids;
}

/** Runs this very script in another runtime; what it prints goes to the terminal as it comes. */
function rowsIn(id: string, args: readonly string[]): Row[] {
  const [name, ...words] = RUNTIMES[id]!;
  const folder = mkdtempSync(join(tmpdir(), "puredave-bench-"));
  try {
    const json = join(folder, "rows.json");
    const { status } = spawnSync(tool(name), [...words, process.argv[1]!, ...args, "--json", json], {
      stdio: "inherit",
    });
    return status === 0 ? (JSON.parse(readFileSync(json, "utf8")) as { rows: Row[] }).rows : [];
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    console.log(`${id}: not available: ${error.message}\n`);
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One table of all runtimes: microseconds of a subject, and its time ÷ davey's. */
function together(rows: readonly Row[], chosen: string): string {
  const runtimes = [...new Set(rows.map(({ runtime }) => runtime))];
  const auto = rows.filter(({ subject }) => subject === chosen);
  const keys = [...new Set(auto.map(({ frame, direction }) => `${frame} | ${direction}`))];
  const cell = (key: string, runtime: string): string => {
    const row = auto.find((one) => `${one.frame} | ${one.direction}` === key && one.runtime === runtime);
    return row === undefined ? "–" : `${row.microseconds.toFixed(2)} (${row.ratio?.toFixed(2) ?? "–"})`;
  };
  return [
    `| frame | | ${runtimes.join(" | ")} |`,
    `| --- | --- | ${runtimes.map(() => "---:").join(" | ")} |`,
    ...keys.map((key) => `| ${key} | ${runtimes.map((runtime) => cell(key, runtime)).join(" | ")} |`),
  ].join("\n");
}

async function timeFrames(suite: keyof typeof FRAMES, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const { only, json, runtime, baseline } = values;
  if (baseline !== undefined) return framesBeside(baseline, only, Number(values.rounds));
  if (runtime === undefined)
    return FRAMES[suite]({ only, json, counted: Number(values.counted), rounds: Number(values.rounds) });
  const rows: Row[] = [];
  const passed = [suite, ...(only === undefined ? [] : ["--only", only]), "--rounds", values.rounds];
  for (const id of chosenRuntimes(runtime))
    rows.push(...rowsIn(id, [...passed, "--counted", values.counted]));
  for (const subject of ["auto", "auto, into", "client"].filter((name) =>
    rows.some((row) => row.subject === name),
  ))
    console.log(`${subject}, µs (÷ davey's native addon in the same run)\n\n${together(rows, subject)}\n`);
  if (choices(rows) !== "") console.log(`\n${choices(rows)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ rows }, null, 2)}\n`);
  if (values.plot !== undefined) writeFileSync(values.plot, plot(rows));
  return 0;
}

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h" || rest.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  if (name === undefined) return Math.max(await timeFrames("frames", []), await mls([]));
  if (name in FRAMES) return timeFrames(name as keyof typeof FRAMES, rest);
  const other = OTHERS[name];
  if (other === undefined) throw new TypeError(`unknown suite ${name}; see npm run bench -- --help`);
  return other(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
