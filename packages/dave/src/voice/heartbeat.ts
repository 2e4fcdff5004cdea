// Op 3 and op 6: heartbeats with `seq_ack`, and the connection that answers no more. Time is passed in.

import { checkOptionNames } from "../errors.ts";
import { checkCount, checkNow, checkPositive } from "./checks.ts";

/** What is to be done about the heartbeat now. */
export type HeartbeatOutcome =
  /** Nothing is due before `at`. Remedy: none. */
  | { readonly outcome: "wait"; readonly at: number }
  /** A heartbeat is due. Remedy: send op 3 with this nonce as `t`. */
  | { readonly outcome: "beat"; readonly nonce: number }
  /** The heartbeat before was not answered: the connection is dead. Remedy: close it, but not with 1000, and resume. */
  | { readonly outcome: "dead" };

/** Options of {@link Heartbeat}. */
export interface HeartbeatOptions {
  /** Milliseconds, `heartbeat_interval` of op 8. */
  readonly intervalMs: number;
  /** Milliseconds of any monotone clock, the same one in every call. */
  readonly now: number;
}

const OPTION_NAMES: { readonly [K in keyof HeartbeatOptions]-?: true } = { intervalMs: true, now: true };

/**
 * When to send op 3, and whether the gateway still answers.
 *
 * @example
 * ```ts
 * const heartbeat = new Heartbeat({ intervalMs: 5000, now: 0 });
 * heartbeat.due(5000).outcome // "beat"
 * ```
 */
export class Heartbeat {
  readonly #intervalMs: number;
  #nextAt: number;
  #nonce = 0;
  #unanswered: { readonly nonce: number; readonly at: number } | undefined;
  #latencyMs: number | undefined;

  /** @throws {@link DaveError} `invalid-argument` */
  constructor(options: HeartbeatOptions) {
    checkOptionNames(options, OPTION_NAMES);
    const { intervalMs, now } = options;
    checkPositive(intervalMs, "intervalMs");
    checkNow(now);
    this.#intervalMs = intervalMs;
    this.#nextAt = now + intervalMs;
  }

  /** When `due` next has something to say. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Milliseconds between the last answered op 3 and its op 6; `undefined` before the first. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  /**
   * What to do at `now`. After `beat` the next one is due an interval later.
   *
   * @throws {@link DaveError} `invalid-argument`
   */
  due(now: number): HeartbeatOutcome {
    checkNow(now);
    if (now < this.#nextAt) return { outcome: "wait", at: this.#nextAt };
    if (this.#unanswered !== undefined) return { outcome: "dead" };
    this.#nonce++;
    this.#unanswered = { nonce: this.#nonce, at: now };
    this.#nextAt = now + this.#intervalMs;
    return { outcome: "beat", nonce: this.#nonce };
  }

  /**
   * Op 6 came. An answer to another nonce counts for nothing; a gateway that sends none is taken at its word.
   *
   * @throws {@link DaveError} `invalid-argument`
   */
  answered(nonce: number | undefined, now: number): void {
    if (nonce !== undefined) checkCount(nonce, 0, "nonce");
    checkNow(now);
    if (this.#unanswered === undefined) return;
    if (nonce !== undefined && nonce !== this.#unanswered.nonce) return;
    this.#latencyMs = now - this.#unanswered.at;
    this.#unanswered = undefined;
  }
}
