// What a report is made of: peers, their verdicts per suite, and every failure
import { type SuiteCounts, summarize } from "../runner/summary.ts";
import type { CaseResult } from "../runner/verdict.ts";

export interface PeerRun {
  /** As given on the command line: `self`, `davey`, a command. */
  readonly peer: string;
  /** What the peer calls itself, if it says. */
  readonly version: string;
  readonly results: readonly CaseResult[];
}

export interface Report {
  /** ISO date of the run. */
  readonly made: string;
  /** Version of this package. */
  readonly version: string;
  readonly peers: readonly PeerRun[];
}

/** A cell of the matrix. */
export interface Cell extends Omit<SuiteCounts, "suite"> {
  readonly crashed: number;
  readonly total: number;
}

/** All suites in the order they ran, over all peers. */
export const suitesOf = ({ peers }: Report): readonly string[] => [
  ...new Set(peers.flatMap(({ results }) => results.map(({ suite }) => suite))),
];

export function cellOf({ results }: PeerRun, suite: string): Cell {
  const own = results.filter((result) => result.suite === suite);
  const { passed, failed, unsupported } = summarize(own);
  const crashed = own.filter(({ verdict }) => verdict === "crashed").length;
  return { passed, failed: failed - crashed, crashed, unsupported, total: own.length };
}

/** The verdict of a cell in one word. */
export function wordOf({
  failed,
  crashed,
  passed,
  total,
}: Cell): "crashed" | "fail" | "pass" | "part" | "unsupported" {
  if (crashed > 0) return "crashed";
  if (failed > 0) return "fail";
  if (passed === 0) return "unsupported";
  return passed === total ? "pass" : "part";
}

export function textOf(cell: Cell): string {
  if (cell.total === 0) return "–";
  const { passed, failed, crashed, unsupported, total } = cell;
  if (passed === total) return `${passed}`;
  if (unsupported === total) return "not supported";
  const parts = [`${passed}/${total - unsupported}`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (crashed > 0) parts.push(`${crashed} crashed`);
  if (unsupported > 0) parts.push(`${unsupported} not supported`);
  return parts.join(", ");
}

/** Failures and crashes, in the order they happened. */
export const failuresOf = ({ results }: PeerRun): readonly CaseResult[] =>
  results.filter(({ verdict }) => verdict === "fail" || verdict === "crashed");

/** Why cases were not supported: each reason once, with how many cases it took. */
export function unsupportedOf({
  results,
}: PeerRun): readonly { readonly reason: string; readonly cases: number }[] {
  const reasons = new Map<string, number>();
  for (const { suite, verdict, finding } of results) {
    if (verdict !== "unsupported") continue;
    const reason = `${suite}: ${finding?.what ?? ""}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...reasons].map(([reason, cases]) => ({ reason, cases }));
}

/** What a peer calls itself; else how it was called. */
export const titleOf = ({ peer, version }: PeerRun): string => version || peer;

/** The same with the command line, where that says more. */
export const fullTitleOf = (run: PeerRun): string => {
  const title = titleOf(run);
  return run.peer === "self" || title.includes(run.peer) ? title : `${title} (${run.peer})`;
};
