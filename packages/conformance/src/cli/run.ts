// `run`: vectors through their suites against a peer, counts per suite
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { openPeer } from "../peers/open.ts";
import { mlsInternals } from "../runner/mls-subject.ts";
import { runVectors } from "../runner/run.ts";
import type { Subject } from "../runner/suite.ts";
import { type Summary, summarize } from "../runner/summary.ts";
import type { CaseResult } from "../runner/verdict.ts";
import { SUITE_NAMES, SUITES } from "../suites/index.ts";
import { interopFile } from "../suites/interop.ts";
import { readVectorFolder, type VectorFile, vectorsFolder } from "../vectors/files.ts";
import { colors, EXIT, print, table, UsageError } from "./context.ts";
import { progress } from "./progress.ts";

interface RunFlags {
  readonly vectors?: string;
  readonly suite?: readonly string[];
  readonly peer: string;
  readonly json?: string;
  readonly timeout: string;
  readonly verbose?: boolean;
}

const SHOWN_FAILURES = 20;
const VALUE_WIDTH = 160;

function chosen(files: readonly VectorFile[], names: readonly string[] | undefined): readonly VectorFile[] {
  if (!names) return files;
  for (const name of names)
    if (!SUITE_NAMES.has(name))
      throw new UsageError(`no suite "${name}"; there are: ${[...SUITE_NAMES].sort().join(", ")}`);
  const kept = files.filter((file) => names.includes(file.suite));
  if (kept.length === 0) throw new UsageError(`no vectors of ${names.join(", ")} here`);
  return kept;
}

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

function printFailures(results: readonly CaseResult[], all: boolean): void {
  const bad = results.filter(({ verdict }) => verdict === "fail" || verdict === "crashed");
  const shown = all ? bad : bad.slice(0, SHOWN_FAILURES);
  for (const result of shown) printFailure(result);
  if (shown.length < bad.length) print(`… and ${bad.length - shown.length} more (--verbose shows all)`);
}

/** Why suites were not supported: each reason once. */
function printUnsupported(results: readonly CaseResult[]): void {
  const reasons = new Map<string, number>();
  for (const { suite, verdict, finding } of results) {
    if (verdict !== "unsupported") continue;
    const reason = `${suite}: ${finding?.what ?? ""}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, cases] of reasons) print(colors.dim(`not supported (${cases}): ${reason}`));
}

async function openSubject(flags: RunFlags): Promise<Subject> {
  const timeoutMs = Number(flags.timeout);
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs <= 0)
    throw new UsageError("--timeout takes milliseconds");
  const peer = await openPeer(flags.peer, { timeoutMs });
  return { peer, mls: flags.peer === "self" ? mlsInternals : undefined };
}

/** A folder of the caller's, or everything there is: the shipped vectors and the live suites. */
const filesOf = ({ vectors }: RunFlags): readonly VectorFile[] =>
  vectors
    ? readVectorFolder(vectors, SUITE_NAMES)
    : [...readVectorFolder(vectorsFolder(), SUITE_NAMES), interopFile()];

async function run(flags: RunFlags): Promise<number> {
  const files = chosen(filesOf(flags), flags.suite);
  const subject = await openSubject(flags);
  const line = progress();
  const onCase = (result: CaseResult, done: number, total: number) =>
    line.show(`${done}/${total}  ${result.id}`);
  let results: readonly CaseResult[];
  try {
    results = await runVectors(subject, files, SUITES, { now: () => performance.now(), onCase });
  } finally {
    line.done();
    await subject.peer.close();
  }
  const summary = summarize(results);
  printFailures(results, flags.verbose === true);
  if (flags.verbose) printUnsupported(results);
  printTable(summary);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(summary, null, 2)}\n`);
  print(`${summary.passed} passed, ${summary.failed} failed, ${summary.unsupported} not supported`);
  return summary.failed > 0 ? EXIT.failed : EXIT.ok;
}

const gather = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  ...value.split(",").map((name) => name.trim()),
];

export function addRun(program: Command, exit: (code: number) => void): void {
  program
    .command("run")
    .description("run vectors against an implementation and count what passed")
    .option(
      "--vectors <dir>",
      "run the .json and .cbor vector files of this folder instead of the shipped ones",
    )
    .option("--suite <name>", "only this suite (repeat, or separate with commas)", gather)
    .option("--peer <peer>", '"self", "davey", or a command line that speaks peer protocol 1', "self")
    .option("--json <file>", "write the counts as JSON")
    .option("--timeout <ms>", "how long a peer over stdio may take for an answer", "10000")
    .option("--verbose", "show every failure, and why cases were not supported")
    .action(async (flags: RunFlags) => exit(await run(flags)));
}
