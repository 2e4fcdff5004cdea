// docs/suites/NAME.md: a page for each suite, made from the suites and their vectors; what a failure usually means is
// written by hand in suites.json.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CaseEntry, catalog, FLAGS, STAGES } from "../../packages/conformance/src/runner/about.ts";
import type { Suite } from "../../packages/conformance/src/runner/suite.ts";
import { ALL_SUITES, liveFiles, SUITE_NAMES, SUITES } from "../../packages/conformance/src/suites/index.ts";
import type { Tree, Value } from "../../packages/conformance/src/vectors/cbor.ts";
import { readVectorFolder, type VectorFile } from "../../packages/conformance/src/vectors/files.ts";

interface Note {
  /** Commands of the peer protocol; absent: only this project's own library can be asked. */
  readonly needs?: string;
  readonly failure: string;
}
export interface SuitePage {
  readonly path: string;
  readonly text: string;
}

const kindOf = (value: Value): string => {
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "list";
  return value === null ? "nothing" : typeof value === "object" ? "map" : typeof value;
};

/** Each field of the cases with its kinds, and in how many of them it is. */
function fieldRows(cases: readonly Tree[]): string[] {
  const fields = new Map<string, { count: number; kinds: Set<string> }>();
  for (const vector of cases) {
    for (const [name, value] of Object.entries(vector)) {
      const field = fields.get(name) ?? { count: 0, kinds: new Set() };
      field.count++;
      field.kinds.add(kindOf(value));
      fields.set(name, field);
    }
  }
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { count, kinds }]) => {
      const often = count === cases.length ? "all" : `${count} of ${cases.length}`;
      return `| \`${name}\` | ${[...kinds].sort().join(", ")} | ${often} |`;
    });
}

function countRows(of: readonly string[], meanings: Readonly<Record<string, string>>): string[] {
  const counts = new Map<string, number>();
  for (const name of of) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `| \`${name}\` | ${count} | ${meanings[name]} |`);
}

const section = (title: string, head: string, rows: readonly string[]): string[] =>
  rows.length === 0 ? [] : [`## ${title}`, "", head, head.replace(/[^|]+/g, " --- "), ...rows, ""];

/** A rule of DAVE has an id of letters and digits; everything else is a section of RFC 9420. */
const ruleText = (rule: string): string => (/^[A-Z]/.test(rule) ? rule : `RFC 9420 §${rule}`);

function whence(files: readonly VectorFile[]): string {
  const recorded = [...new Set(files.map(({ collection }) => collection))].sort();
  if (recorded.length === 0) return "No vectors are shipped; `run --vectors DIR` takes a folder of them.";
  const names = recorded.map((name) => `\`${name}\``).join(" and ");
  return `Vectors of ${names} ([where they come from](../../packages/conformance/vectors/README.md)).`;
}

function page(suite: Suite, note: Note, files: readonly VectorFile[], live: readonly VectorFile[]): string {
  const cases: readonly CaseEntry[] = catalog([...files, ...live], SUITES);
  const lines = [
    `# Suite \`${suite.name}\``,
    "",
    `${suite.title}. ${live.length > 0 ? "Its cases are made as they run, the same every time." : whence(files)}`,
    "",
    `* **Proves** ${suite.rules.map(ruleText).join(", ")}.`,
    `* **Needs of a peer** ${note.needs ?? "nothing it could be asked for: the parts of `@puredave/mls` are tried directly, other peers are *not supported*"}.`,
    `* **Cases** ${cases.length}: \`npm run conformance -- list ${suite.name}\`, \`run --suite ${suite.name}\`.`,
    `* **A failure usually means** ${note.failure.charAt(0).toLowerCase()}${note.failure.slice(1)}`,
    "",
    ...section(
      "Fields of a case",
      "| field | kind | in |",
      fieldRows([...files, ...live].flatMap((f) => f.cases)),
    ),
    ...section(
      "Flags",
      "| flag | cases | meaning |",
      countRows(
        cases.flatMap(({ flags }) => flags),
        FLAGS,
      ),
    ),
    ...section(
      "Where input is refused",
      "| stage | cases | meaning |",
      countRows(
        cases.map(({ stage }) => stage),
        STAGES,
      ),
    ),
    "Made by `npm run docs` from the suite and its vectors.",
    "",
  ];
  return lines.join("\n");
}

/** The pages as they have to be. */
export function suitePages(root: string): readonly SuitePage[] {
  const notes = JSON.parse(readFileSync(join(root, "tools/docs/suites.json"), "utf8")) as Record<
    string,
    Note
  >;
  const recorded = readVectorFolder(join(root, "packages/conformance/vectors"), SUITE_NAMES);
  const made = liveFiles();
  const of = (files: readonly VectorFile[], name: string) => files.filter(({ suite }) => suite === name);
  return ALL_SUITES.map((suite) => {
    const note = notes[suite.name];
    if (note === undefined) throw new Error(`tools/docs/suites.json says nothing of the suite ${suite.name}`);
    const text = page(suite, note, of(recorded, suite.name), of(made, suite.name));
    return { path: join("docs/suites", `${suite.name}.md`), text };
  });
}

export function writeSuitePages(root: string): void {
  const folder = join(root, "docs/suites");
  if (!existsSync(folder)) mkdirSync(folder);
  for (const { path, text } of suitePages(root)) writeFileSync(join(root, path), text);
}
