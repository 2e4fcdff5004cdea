// What came of a case: pass, fail, not supported, crashed; and how a suite says so

import type { About } from "./about.ts";

export type Verdict = "pass" | "fail" | "unsupported" | "crashed";

/** Why a case did not pass. `rules` are ids of the protocol (`M4`, `E29`, `F7`) or sections (`RFC 9420 §7.8`). */
export interface Finding {
  readonly what: string;
  readonly expected?: string;
  readonly got?: string;
  readonly rules: readonly string[];
}

export interface CaseResult extends About {
  /** `suite/number`, counted from 0 in the order of the file. */
  readonly id: string;
  readonly suite: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly milliseconds: number;
  readonly finding?: Finding;
  /** The vector in diagnostic notation, when the case failed or crashed. */
  readonly input?: string;
}

/** The subject lacks what the case needs. */
export class NotSupported extends Error {
  override readonly name = "NotSupported";
}

/** The subject's answer is not the right one. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.what);
    this.finding = finding;
  }
}
