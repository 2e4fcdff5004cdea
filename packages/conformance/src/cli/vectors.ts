// `generate`, `list`, `show`: the vector files themselves
import type { Command } from "commander";
import { caseId } from "../runner/run.ts";
import { SUITES } from "../suites/index.ts";
import type { Tree } from "../vectors/cbor.ts";
import { check, generate, sharedVectors } from "../vectors/convert.ts";
import { diagnostic } from "../vectors/diagnostic.ts";
import { toJson } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/files.ts";
import { EXIT, print, table, UsageError } from "./context.ts";
import { filesOf } from "./files.ts";

interface FolderFlags {
  readonly vectors?: string;
  readonly json?: boolean;
}

function runCheck(from: string | undefined): number {
  const { intact, regenerated, problems } = check(from);
  print(`${intact} files have the checksum of index.json`);
  if (regenerated === undefined) print("recorded JSON: not available, nothing to compare with");
  else print(`${regenerated} files are what the converter makes of the recorded JSON`);
  for (const problem of problems) print(`FAILED ${problem}`);
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
}

function runGenerate(from: string | undefined): number {
  const entries = generate(from);
  for (const { file, cases, bytes } of entries) print(`${file}: ${cases} cases, ${bytes} bytes`);
  return EXIT.ok;
}

function describe(file: VectorFile, vector: Tree, index: number) {
  const words = [vector.codec, vector.message, vector.kind].filter((word) => typeof word === "string");
  return { id: caseId(file.suite, index), collection: file.collection, kind: words.join(" ") };
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

function list(flags: FolderFlags, suite: string | undefined): number {
  const files = filesOf(flags).filter((file) => suite === undefined || file.suite === suite);
  if (files.length === 0) throw new UsageError(`no suite "${suite}"`);
  if (suite !== undefined) {
    const cases = files.flatMap((file) => file.cases.map((vector, index) => describe(file, vector, index)));
    if (flags.json) print(JSON.stringify(cases, null, 2));
    else for (const { id, kind } of cases) print(`${id}${kind ? `  ${kind}` : ""}`);
    return EXIT.ok;
  }
  const rows = files.map((file) => {
    const { title = "", rules = [] } = SUITES.get(file.suite) ?? {};
    return { suite: file.suite, collection: file.collection, cases: file.cases.length, title, rules };
  });
  if (flags.json) print(JSON.stringify(rows, null, 2));
  else printSuites(rows);
  return EXIT.ok;
}

function show(flags: FolderFlags, id: string): number {
  const match = /^(.+)\/(\d+)$/.exec(id);
  if (!match) throw new UsageError(`an id is SUITE/NUMBER, as "list SUITE" prints it, not "${id}"`);
  const file = filesOf(flags).find((candidate) => candidate.suite === match[1]);
  const vector = file?.cases[Number(match[2])];
  if (!file || !vector) throw new UsageError(`no vector ${id}`);
  if (flags.json) print(JSON.stringify(toJson(vector), null, 2));
  else print(`/ ${file.suite} ${match[2]} of ${file.collection} /\n${diagnostic(vector)}`);
  return EXIT.ok;
}

export function addVectorCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("generate")
    .description("convert the recorded JSON vectors to the shipped CBOR files")
    .option("--check", "write nothing: compare the shipped files with their checksums and with the JSON")
    .option("--from <dir>", "where the recorded JSON lies (holding libdave/ and mlspp/)")
    .action((flags: { check?: boolean; from?: string }) => {
      const from = flags.from ?? sharedVectors();
      exit(flags.check ? runCheck(from) : runGenerate(from));
    });
  program
    .command("list")
    .description("list the suites, or a suite's vectors")
    .argument("[suite]")
    .option("--vectors <dir>", "vector files of this folder instead of the shipped ones")
    .option("--json", "as JSON")
    .action((suite: string | undefined, flags: FolderFlags) => exit(list(flags, suite)));
  program
    .command("show")
    .description("print a vector in CBOR diagnostic notation (RFC 8949 §8)")
    .argument("<id>", "SUITE/NUMBER")
    .option("--vectors <dir>", "vector files of this folder instead of the shipped ones")
    .option("--json", "as JSON, bytes as hex")
    .action((id: string, flags: FolderFlags) => exit(show(flags, id)));
}
