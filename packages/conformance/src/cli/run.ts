// `run`: vectors through their suites against a peer, counts per suite
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { type Peer, PeerFault } from "../peers/peer.ts";
import { htmlReport } from "../report/html.ts";
import { markdownReport } from "../report/markdown.ts";
import { type PeerRun, type Report, unsupportedOf } from "../report/report.ts";
import { mlsInternals } from "../runner/mls-subject.ts";
import { runVectors } from "../runner/run.ts";
import { type Summary, summarize } from "../runner/summary.ts";
import type { CaseResult } from "../runner/verdict.ts";
import { SUITES } from "../suites/index.ts";
import { colors, EXIT, packageVersion, print, table, UsageError } from "./context.ts";
import { filesOf } from "./files.ts";
import { openPeer } from "./open-peer.ts";
import { prepareOutputs } from "./outputs.ts";
import { progress } from "./progress.ts";
import { gatherNames, ofSuites, type SelectFlags, selection, withSelection } from "./select.ts";

interface PeerFlags extends SelectFlags {
  readonly vectors?: string;
  readonly suite?: readonly string[];
  readonly timeout: string;
}
interface RunFlags extends PeerFlags {
  readonly peer: string;
  readonly json?: string;
  readonly report?: string;
  readonly verbose?: boolean;
}
interface ReportFlags extends PeerFlags {
  readonly peer?: readonly string[];
  readonly out: string;
}

const SHOWN_FAILURES = 20;
const VALUE_WIDTH = 160;

function printTable({ suites, passed, failed, unsupported }: Summary): void {
  const rows = suites.map((row) => [row.suite, row.passed, row.failed, row.unsupported].map(String));
  const total = ["total", passed, failed, unsupported].map(String);
  const [head, ...lines] = table([["suite", "passed", "failed", "not supported"], ...rows, total]);
  print(colors.bold(head ?? ""));
  lines.forEach((line, at) => {
    const bad = at < suites.length ? (suites[at]?.failed ?? 0) > 0 : failed > 0;
    print(bad ? colors.red(line) : line);
  });
}

const cut = (text: string): string => (text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH)}…` : text);

function printFailure({ id, title, verdict, finding }: CaseResult): void {
  print(`${colors.red(verdict === "crashed" ? "crashed" : "FAILED ")} ${id}${title ? ` (${title})` : ""}`);
  if (!finding) return;
  const rules = finding.rules.length > 0 ? ` [${finding.rules.join(", ")}]` : "";
  print(`        ${finding.what}${rules}`);
  if (finding.expected !== undefined) print(`        expected ${cut(finding.expected)}`);
  if (finding.got !== undefined) print(`        got      ${cut(finding.got)}`);
}

/** Failures of one suite that say the same. */
function alike(results: readonly CaseResult[]): readonly (readonly CaseResult[])[] {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const key = `${result.suite} ${result.verdict} ${result.finding?.what ?? result.id}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()];
}

function printFailures(results: readonly CaseResult[], all: boolean): void {
  const bad = results.filter(({ verdict }) => verdict === "fail" || verdict === "crashed");
  if (all) return bad.forEach(printFailure);
  const groups = alike(bad);
  for (const [first, ...others] of groups.slice(0, SHOWN_FAILURES)) {
    printFailure(first!);
    const last = others.at(-1);
    if (last) print(`        the same in ${others.length} more of this suite, the last ${last.id}`);
  }
  const rest = groups.slice(SHOWN_FAILURES).flat().length;
  if (rest > 0) print(`… and ${rest} more (--verbose shows all)`);
}

/** Tells the counts of each suite once it is over. */
function suiteLines(tell: (line: string) => void): (result: CaseResult, last: boolean) => void {
  let results: CaseResult[] = [];
  const close = () => {
    const { suites } = summarize(results);
    for (const { suite, passed, failed, unsupported } of suites)
      tell(`${suite}: ${passed} passed, ${failed} failed, ${unsupported} not supported`);
    results = [];
  };
  return (result, last) => {
    if (results[0] && results[0].suite !== result.suite) close();
    results.push(result);
    if (last) close();
  };
}

function timeoutOf({ timeout }: PeerFlags): number {
  const timeoutMs = Number(timeout);
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs <= 0)
    throw new UsageError("--timeout takes milliseconds");
  return timeoutMs;
}

/** What the peer calls itself; one that cannot say is run all the same. */
async function versionOf(peer: Peer): Promise<string> {
  try {
    const { name, version } = await peer.call("version", {});
    return `${name} ${version}`;
  } catch (error) {
    if (error instanceof PeerFault && error.kind === "absent")
      throw new UsageError(`peer ${peer.label} ${error.message}`);
    return "";
  }
}

/** Every vector through one peer, with progress; the peer is closed whatever happens. */
async function runPeer(name: string, flags: PeerFlags): Promise<PeerRun> {
  const files = ofSuites(filesOf(flags), flags.suite);
  const select = selection(flags);
  const peer = await openPeer(name, { timeoutMs: timeoutOf(flags) });
  const subject = { peer, mls: name === "self" ? mlsInternals : undefined };
  const line = progress();
  const onSuite = suiteLines((text) => line.tell(text));
  const onCase = (result: CaseResult, done: number, total: number) => {
    line.show(`${done}/${total}  ${result.id}`);
    onSuite(result, done === total);
  };
  try {
    const version = await versionOf(peer);
    const options = { now: () => performance.now(), onCase, ...(select ? { select } : {}) };
    const results = await runVectors(subject, files, SUITES, options);
    if (results.length === 0) throw new UsageError("no case is of these suites, rules, flags and stages");
    return { peer: name, version, results };
  } finally {
    line.done();
    await peer.close();
  }
}

/** Writes `index.html`, `report.md` and `report.json` into a folder. */
function writeReport(folder: string, peers: readonly PeerRun[]): void {
  const report: Report = { made: new Date().toISOString(), version: packageVersion(), peers };
  writeFileSync(join(folder, "index.html"), htmlReport(report));
  writeFileSync(join(folder, "report.md"), markdownReport(report));
  writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  print(`report: ${join(folder, "index.html")}, ${join(folder, "report.md")}`);
}

function printUnsupported(run: PeerRun): void {
  for (const { reason, cases } of unsupportedOf(run))
    print(colors.dim(`not supported (${cases}): ${reason}`));
}

async function run(flags: RunFlags): Promise<number> {
  prepareOutputs({ files: { "--json": flags.json }, folders: { "--report": flags.report } });
  const done = await runPeer(flags.peer, flags);
  const summary = summarize(done.results);
  printFailures(done.results, flags.verbose === true);
  if (flags.verbose) printUnsupported(done);
  printTable(summary);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(summary, null, 2)}\n`);
  if (flags.report) writeReport(flags.report, [done]);
  print(`${summary.passed} passed, ${summary.failed} failed, ${summary.unsupported} not supported`);
  return summary.failed > 0 ? EXIT.failed : EXIT.ok;
}

async function report(flags: ReportFlags): Promise<number> {
  prepareOutputs({ folders: { "--out": flags.out } });
  const runs: PeerRun[] = [];
  for (const name of flags.peer ?? ["self", "davey"]) {
    const done = await runPeer(name, flags);
    const { passed, failed, unsupported } = summarize(done.results);
    print(`${name}: ${passed} passed, ${failed} failed, ${unsupported} not supported`);
    runs.push(done);
  }
  writeReport(flags.out, runs);
  return EXIT.ok;
}

const gather = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/** The options that `run` and `report` share. */
const withVectors = (command: Command): Command =>
  withSelection(command)
    .option(
      "--vectors <dir>",
      "run the .json and .cbor vector files of this folder instead of what is shipped",
    )
    .option("--suite <name>", "only this suite (repeat, or separate with commas)", gatherNames)
    .option("--timeout <ms>", "how long a peer over stdio may take for an answer", "10000");

const PEERS = '"self", "davey", or a command line that speaks peer protocol 1';

export function addRun(program: Command, exit: (code: number) => void): void {
  withVectors(program.command("run"))
    .description("run vectors against an implementation and count what passed")
    .option("--peer <peer>", PEERS, "self")
    .option("--json <file>", "write the counts as JSON")
    .option("--report <dir>", "write the report of this run, too (index.html, report.md, report.json)")
    .option("--verbose", "show every failure, and why cases were not supported")
    .action(async (flags: RunFlags) => exit(await run(flags)));
  withVectors(program.command("report"))
    .description("run everything against one or more implementations and write a page and a table")
    .option("--peer <peer>", `${PEERS} (repeat; default: self and davey)`, gather)
    .option("--out <dir>", "the folder to write index.html, report.md and report.json to", "reports")
    .action(async (flags: ReportFlags) => exit(await report(flags)));
}
