// F8: senders all of whose frames fail, each told about once.

import type { DecryptFailure } from "@puredave/frame-crypto";

/** Gaps longer than this are pauses of speech, and count as nothing. */
const MAX_GAP_MS = 200;
/** How long frames have to fail, pauses left out. */
const FAILING_MS = 1_000;
/** Fewer frames prove nothing. */
const MIN_FRAMES = 10;

interface Failing {
  last: number;
  /** Gaps between failing frames, added up, ms. */
  failedMs: number;
  frames: number;
  told: boolean;
  reasons: Map<DecryptFailure, number>;
}

/** The reason that came most often. */
const usual = (reasons: ReadonlyMap<DecryptFailure, number>): DecryptFailure =>
  [...reasons].reduce((most, each) => (each[1] > most[1] ? each : most))[0];

/** Senders watched at most; the one watched longest is forgotten. */
const MAX_SENDERS = 1024;

/** Counts failures in a row by sender. */
export class FailingSenders {
  readonly #senders = new Map<string, Failing>();

  /** A frame of this user was fine. */
  succeeded(userId: string): void {
    if (this.#senders.size > 0) this.#senders.delete(userId);
  }

  /** A frame failed. What is to be told, when a second of frames has: once until one succeeds. */
  failed(
    userId: string,
    reason: DecryptFailure,
    now: number,
  ): { readonly reason: DecryptFailure; readonly frames: number } | undefined {
    const failing = this.#senders.get(userId) ?? {
      last: now,
      failedMs: 0,
      frames: 0,
      told: false,
      reasons: new Map<DecryptFailure, number>(),
    };
    this.#senders.set(userId, failing);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > MAX_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
    const gap = now - failing.last;
    if (gap <= MAX_GAP_MS) failing.failedMs += gap;
    failing.last = now;
    failing.frames++;
    failing.reasons.set(reason, (failing.reasons.get(reason) ?? 0) + 1);
    if (failing.told || failing.failedMs < FAILING_MS || failing.frames < MIN_FRAMES) return undefined;
    failing.told = true;
    return { reason: usual(failing.reasons), frames: failing.frames };
  }

  reset(): void {
    this.#senders.clear();
  }
}
