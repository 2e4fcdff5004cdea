// Which cases a command is about: by suite, rule, flag, stage
import type { Command } from "commander";
import { type About, FLAGS, proves, STAGES } from "../runner/about.ts";
import { isRule, isSection } from "../runner/rules.ts";
import { SUITE_NAMES } from "../suites/index.ts";
import type { VectorFile } from "../vectors/file.ts";
import { UsageError } from "./context.ts";

export interface SelectFlags {
  readonly rule?: readonly string[];
  readonly flag?: readonly string[];
  readonly stage?: readonly string[];
}

/** An option that may be repeated, and take several values with commas between. */
export const gatherNames = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  ...value.split(",").map((name) => name.trim()),
];

export const withSelection = (command: Command): Command =>
  command
    .option(
      "--rule <id>",
      "only cases that prove this rule: M4, E29, or RFC 9420 §8 (repeat, or commas)",
      gatherNames,
    )
    .option("--flag <name>", `only cases with this flag: ${Object.keys(FLAGS).join(", ")}`, gatherNames)
    .option(
      "--stage <name>",
      `only cases refused at this stage: ${Object.keys(STAGES).join(", ")}`,
      gatherNames,
    );

/** `§8.1` is short for `RFC 9420 §8.1`. */
const fullName = (rule: string): string => (rule.startsWith("§") ? `RFC 9420 ${rule}` : rule);

function known(kind: string, names: readonly string[], list: readonly string[]): void {
  for (const name of names)
    if (!list.includes(name)) throw new UsageError(`no ${kind} "${name}"; there are: ${list.join(", ")}`);
}

/** A test of cases: any of the rules, any of the flags, any of the stages. @throws {@link UsageError} */
export function selection({ rule, flag, stage }: SelectFlags): ((about: About) => boolean) | undefined {
  if (!rule && !flag && !stage) return undefined;
  const rules = rule?.map(fullName);
  for (const name of rules ?? [])
    if (!isRule(name) && !isSection(name))
      throw new UsageError(`no rule "${name}"; "rules" lists them, sections are written "RFC 9420 §7.8"`);
  known("flag", flag ?? [], Object.keys(FLAGS));
  known("stage", stage ?? [], Object.keys(STAGES));
  return (about) =>
    (rules === undefined || rules.some((name) => proves(about, name))) &&
    (flag === undefined || flag.some((name) => about.flags.some((own) => own === name))) &&
    (stage === undefined || stage.includes(about.stage));
}

/** The files of the named suites. @throws {@link UsageError} when one is not there */
export function ofSuites(
  files: readonly VectorFile[],
  names: readonly string[] | undefined,
): readonly VectorFile[] {
  if (!names) return files;
  for (const name of names)
    if (!SUITE_NAMES.has(name))
      throw new UsageError(`no suite "${name}"; there are: ${[...SUITE_NAMES].sort().join(", ")}`);
  const kept = files.filter((file) => names.includes(file.suite));
  if (kept.length === 0) throw new UsageError(`no vectors of ${names.join(", ")} here`);
  return kept;
}
