// Rule by rule, the cases that prove it; rules of a client that no case proves are named, not passed over
import type { CaseEntry } from "./about.ts";
import { boundBy, byRule, RULES } from "./rules.ts";

export interface RuleCoverage {
  readonly rule: string;
  /** In a few words; empty for a section of RFC 9420. */
  readonly text: string;
  /** Ids of the cases, in order. */
  readonly cases: readonly string[];
}

/** Every rule of docs/protocol.md and every section that a case names, in order. */
export function coverageByRule(cases: readonly CaseEntry[]): readonly RuleCoverage[] {
  const named = cases.flatMap(({ rules }) => rules);
  const all = [...new Set([...Object.keys(RULES), ...named])].sort(byRule);
  return all.map((rule) => ({
    rule,
    text: rule in RULES ? RULES[rule as keyof typeof RULES] : "",
    cases: cases.filter(({ rules }) => rules.includes(rule)).map(({ id }) => id),
  }));
}

/** A client's rules without a case. */
export const unproved = (coverage: readonly RuleCoverage[]): readonly RuleCoverage[] =>
  coverage.filter(({ rule, cases }) => cases.length === 0 && boundBy(rule) === "client");

/** The same for the rules that bind the server or the caller: no peer can be asked about them. */
export const elsewhere = (coverage: readonly RuleCoverage[]): readonly RuleCoverage[] =>
  coverage.filter(({ rule, cases }) => cases.length === 0 && boundBy(rule) !== "client");

/** `aead/0–105, frame-parse/3`: runs of one suite in short. */
export function inShort(ids: readonly string[]): string {
  const runs: { suite: string; from: number; to: number }[] = [];
  for (const id of ids) {
    const [suite = "", number = ""] = id.split("/");
    const last = runs.at(-1);
    if (last?.suite === suite && last.to === Number(number) - 1) last.to++;
    else runs.push({ suite, from: Number(number), to: Number(number) });
  }
  return runs.map(({ suite, from, to }) => `${suite}/${from === to ? from : `${from}–${to}`}`).join(", ");
}
