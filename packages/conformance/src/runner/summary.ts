// Counts per suite, and the JSON summary of a run
import type { CaseResult, Verdict } from "./verdict.ts";

export interface SuiteCounts {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

export interface Summary {
  readonly suites: readonly SuiteCounts[];
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

const count = (results: readonly CaseResult[], ...verdicts: Verdict[]): number =>
  results.filter(({ verdict }) => verdicts.includes(verdict)).length;

// A crash of the peer is a failure in the counts; the report tells them apart.
const counts = (results: readonly CaseResult[]) => ({
  passed: count(results, "pass"),
  failed: count(results, "fail", "crashed"),
  unsupported: count(results, "unsupported"),
});

export function summarize(results: readonly CaseResult[]): Summary {
  const names = [...new Set(results.map(({ suite }) => suite))];
  const suites = names.map((suite) => ({
    suite,
    ...counts(results.filter((result) => result.suite === suite)),
  }));
  return { suites, ...counts(results) };
}
