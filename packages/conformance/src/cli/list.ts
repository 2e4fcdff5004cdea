// `list`, `show`, `rules`: the cases themselves, and what they are about
import type { Command } from "commander";
import { type CaseEntry, catalog } from "../runner/about.ts";
import { coverageByRule, elsewhere, inShort, type RuleCoverage, unproved } from "../runner/coverage.ts";
import { SUITES } from "../suites/index.ts";
import { diagnostic } from "../vectors/diagnostic.ts";
import { toJson } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/file.ts";
import { EXIT, print, table, UsageError } from "./context.ts";
import { filesOf } from "./files.ts";
import { ofSuites, type SelectFlags, selection, withSelection } from "./select.ts";

interface FolderFlags {
  readonly vectors?: string;
  readonly json?: boolean;
}
type ListFlags = FolderFlags & SelectFlags;

const remarks = ({ stage, flags }: CaseEntry): string =>
  [...(stage === "accept" ? [] : [`refused at ${stage}`]), ...flags].join(", ");

function printCases(cases: readonly CaseEntry[]): void {
  for (const entry of cases) {
    const said = remarks(entry);
    print(
      [entry.id, entry.title, `[${entry.rules.join(" ")}]`, said && `(${said})`].filter(Boolean).join("  "),
    );
  }
}

interface SuiteRow {
  readonly suite: string;
  readonly collection: string;
  readonly cases: number;
  readonly title: string;
  readonly rules: readonly string[];
}

function printSuites(rows: readonly SuiteRow[]): void {
  const cells = rows.map((row) => [row.suite, String(row.cases), row.collection]);
  const [head = "", ...lines] = table([["suite", "cases", "collection"], ...cells]);
  print(head);
  for (const [at, line] of lines.entries())
    print(`${line}  ${rows[at]?.title} [${rows[at]?.rules.join(" ")}]`);
}

function listSuites(files: readonly VectorFile[], json: boolean): void {
  const rows = files.map((file) => {
    const { title = "", rules = [] } = SUITES.get(file.suite) ?? {};
    return { suite: file.suite, collection: file.collection, cases: file.cases.length, title, rules };
  });
  if (json) print(JSON.stringify(rows, null, 2));
  else printSuites(rows);
}

function list(flags: ListFlags, suite: string | undefined): number {
  const files = ofSuites(filesOf(flags), suite === undefined ? undefined : [suite]);
  const select = selection(flags);
  if (suite === undefined && !select) {
    listSuites(files, flags.json === true);
    return EXIT.ok;
  }
  const cases = catalog(files, SUITES).filter((entry) => select?.(entry) ?? true);
  if (flags.json) print(JSON.stringify(cases, null, 2));
  else printCases(cases);
  return EXIT.ok;
}

function show(flags: FolderFlags, id: string): number {
  const match = /^(.+)\/(\d+)$/.exec(id);
  if (!match) throw new UsageError(`an id is SUITE/NUMBER, as "list SUITE" prints it, not "${id}"`);
  const file = filesOf(flags).find((candidate) => candidate.suite === match[1]);
  const index = Number(match[2]);
  const vector = file?.cases[index];
  const entry = file && catalog([file], SUITES)[index];
  if (!vector || !entry) throw new UsageError(`no vector ${id}`);
  if (flags.json) {
    print(JSON.stringify({ ...entry, vector: toJson(vector) }, null, 2));
    return EXIT.ok;
  }
  const { suite, collection, rules, flags: marks, stage } = entry;
  print(`/ ${suite} ${index} of ${collection} /`);
  print(`/ rules: ${rules.join(", ")}; flags: ${marks.join(", ") || "none"}; expected stage: ${stage} /`);
  print(diagnostic(vector));
  return EXIT.ok;
}

const ruleLine = ({ rule, text }: RuleCoverage): string => `  ${rule}  ${text}`;

function rules(flags: FolderFlags, only: string | undefined): number {
  const coverage = coverageByRule(catalog(filesOf(flags), SUITES)).filter(
    ({ rule }) => only === undefined || rule === only,
  );
  if (coverage.length === 0) throw new UsageError(`no rule "${only}"`);
  if (flags.json) {
    print(JSON.stringify(coverage, null, 2));
    return EXIT.ok;
  }
  for (const { rule, text, cases } of coverage.filter((one) => one.cases.length > 0))
    print(`${rule}  ${text ? `${text}: ` : ""}${cases.length} (${inShort(cases)})`);
  const [open, others] = [unproved(coverage), elsewhere(coverage)];
  if (open.length > 0) print(["no case proves:", ...open.map(ruleLine)].join("\n"));
  if (others.length > 0) print(["not a client's to prove:", ...others.map(ruleLine)].join("\n"));
  return EXIT.ok;
}

const FOLDER = ["--vectors <dir>", "vector files of this folder instead of the shipped ones"] as const;

export function addList(program: Command, exit: (code: number) => void): void {
  withSelection(program.command("list"))
    .description("list the suites, or cases: a suite's, or those of a rule, a flag, a stage")
    .argument("[suite]")
    .option(...FOLDER)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  list\n  list frame-parse\n  list --rule E29\n  list session-reject --flag forged --json",
    )
    .action((suite: string | undefined, flags: ListFlags) => exit(list(flags, suite)));
  program
    .command("show")
    .description(
      "print a case: its rules, flags and stage, and its vector in CBOR diagnostic notation (RFC 8949 §8)",
    )
    .argument("<id>", "SUITE/NUMBER")
    .option(...FOLDER)
    .option("--json", "as JSON, bytes as hex")
    .addHelpText("after", "\nExamples:\n  show frame-split/17\n  show session-reject/4 --json")
    .action((id: string, flags: FolderFlags) => exit(show(flags, id)));
  program
    .command("rules")
    .description("rule by rule, the cases that prove it; rules that no case proves are named")
    .argument("[rule]", "only this one")
    .option(...FOLDER)
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  rules\n  rules M4 --json")
    .action((rule: string | undefined, flags: FolderFlags) => exit(rules(flags, rule)));
}
