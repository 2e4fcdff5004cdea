// M5, M7, M8, F8: what becomes of a client's frames, in both directions.

import type { DecryptFailure, DecryptResult } from "@puredave/frame-crypto";
import { MAX_FRAME_RATE } from "../constants.ts";
import { DaveError } from "../errors.ts";
import { mediaMayRecover } from "../transitions/recovery.ts";
import type { Driver } from "./driver.ts";
import type { DaveEvents } from "./events.ts";
import { FailingSenders } from "./failing-senders.ts";
import { likelyCause } from "./likely-cause.ts";
import { MediaHealth } from "./media-health.ts";
import type {
  AmongOutcome,
  DecryptOutcome,
  EncryptOutcome,
  NotReadyPolicy,
  NotReadyReason,
  OutgoingFrame,
} from "./options.ts";

/** K6: how often a sender's rate is looked at, in frames. */
const RATE_CHECK_FRAMES = 4096;

/** Failures by how much they tell about a frame, the least first. A `replayed` frame has shown whose it is by its tag. */
const FAILURES_BY_DETAIL: readonly DecryptFailure[] = [
  "no-key",
  "not-protocol-frame",
  "malformed-trailer",
  "authentication",
  "generation",
  "replayed",
];

/**
 * E31: failures that say nothing about our keys. Media confirm every replay by its tag, so `replayed` is a true one; what
 * only repeats a counter, as all frames of a foreign key do at first, is `authentication` or `generation` and counts.
 */
const NO_SIGN_OF_DEAFNESS: ReadonlySet<DecryptFailure> = new Set<DecryptFailure>([
  "not-protocol-frame",
  "replayed",
]);

type ReceivedFrame = Omit<OutgoingFrame, "ssrc">;

export class Frames {
  readonly policy: NotReadyPolicy;
  readonly #driver: Driver;
  /** Told when nobody has been heard for long; absent: media starts no recovery. */
  readonly #onDeaf: (() => void) | undefined;
  readonly #onRate: (framesPerSecond: number) => void;
  readonly #run: (change: (now: number) => void) => void;
  readonly #onUndecryptable: (event: DaveEvents["undecryptable"]) => void;
  readonly #health = new MediaHealth();
  readonly #failing = new FailingSenders();

  constructor(parts: {
    readonly driver: Driver;
    readonly policy: NotReadyPolicy;
    readonly onDeaf: (() => void) | undefined;
    readonly onRate: (framesPerSecond: number) => void;
    readonly onUndecryptable: (event: DaveEvents["undecryptable"]) => void;
    /** Makes a change in its turn. */
    readonly run: (change: (now: number) => void) => void;
  }) {
    this.#driver = parts.driver;
    this.policy = parts.policy;
    this.#onDeaf = parts.onDeaf;
    this.#onRate = parts.onRate;
    this.#onUndecryptable = parts.onUndecryptable;
    this.#run = parts.run;
  }

  /** M7: a frame given to `encrypt` now would leave. */
  get ready(): boolean {
    return this.#driver.ready || this.#passes;
  }

  /** M5, M8: not before op 4, never once a version > 0 has been executed. */
  get #passes(): boolean {
    const { announced, everEncrypted } = this.#driver.state;
    return this.policy === "passthrough" && announced !== undefined && !everEncrypted;
  }

  /** M2: with the key of the last executed transition. */
  encrypt(input: OutgoingFrame, now: number): EncryptOutcome {
    const result = this.#driver.parts.media.encrypt(input);
    if (result.outcome === "failed") {
      const { outcome, reason } = result;
      return reason === "no-key" ? this.#notReady(input.frame) : { outcome, reason };
    }
    if (result.outcome === "encrypted" && result.nonce % RATE_CHECK_FRAMES === 0) this.#checkRate(now);
    return { outcome: result.outcome, frame: result.frame };
  }

  #notReady(frame: Uint8Array): EncryptOutcome {
    const reason: NotReadyReason = this.#driver.clientState === "alone" ? "alone" : "negotiating";
    switch (this.policy) {
      case "hold":
        return { outcome: "not-ready", reason };
      case "drop":
        return { outcome: "dropped", reason };
      case "throw":
        throw new DaveError(
          "not-ready",
          `encrypt: not ready, ${reason}; keep or drop the frame until the event state says ready`,
        );
      case "passthrough":
        return this.#passes ? { outcome: "plain", frame } : { outcome: "not-ready", reason };
    }
  }

  /** K6: our sender reports when it averages above what receivers allow. */
  #checkRate(now: number): void {
    const { sender } = this.#driver.state;
    const rate = sender.kind === "key" ? this.#driver.parts.media.senderRate(sender.keySet, now) : 0;
    if (rate > MAX_FRAME_RATE) this.#onRate(rate);
  }

  /** F8 */
  decrypt(userId: string, input: ReceivedFrame, now: number): DecryptOutcome {
    const { mediaType, frame } = input;
    const result = this.#driver.parts.media.decrypt({ userId, mediaType, frame, now });
    this.#judge(userId, result, now);
    this.#watch(userId, input, result, now);
    return result;
  }

  /** Silence, which an SFU may inject (F10), says nothing about the sender. */
  #watch(userId: string, { mediaType, frame }: ReceivedFrame, result: DecryptResult, now: number): void {
    if (result.outcome === "decrypted" || result.outcome === "plain") return this.#failing.succeeded(userId);
    if (result.outcome !== "failed" || !this.#driver.isInCall(userId)) return;
    const told = this.#failing.failed(userId, result.reason, now);
    if (told === undefined) return;
    const { media } = this.#driver.parts;
    const opens = (bytes: Uint8Array): boolean =>
      media.tryDecrypt({ userId, mediaType, frame: bytes, now }).outcome === "decrypted";
    this.#onUndecryptable({
      userId,
      ...told,
      likelyCause: likelyCause(frame, mediaType, result.reason, opens),
    });
  }

  /** E22, E31: what a frame says about our keys. Silence and plaintext say nothing. */
  #judge(userId: string, result: DecryptResult, now: number): void {
    if (result.outcome === "decrypted") return this.#decrypted(userId);
    if (result.outcome !== "failed" || NO_SIGN_OF_DEAFNESS.has(result.reason)) return;
    const { state } = this.#driver;
    if (this.#onDeaf === undefined || !this.#driver.isInCall(userId)) return;
    // O3: failing media are not counted while the connection is lost
    if (!state.connected) return this.#health.pause();
    this.#health.failed(now);
    if (!this.#health.deaf(state.deafness.afterMs) || !mediaMayRecover(state, now)) return;
    this.#health.reset();
    this.#onDeaf();
  }

  #decrypted(userId: string): void {
    this.#health.reset();
    this.#driver.decrypted(userId, this.#run);
  }

  /** LIB-15: the first candidate whose key fits sent the frame; trying counts no failures. */
  decryptAmong(candidates: readonly string[], input: ReceivedFrame, now: number): AmongOutcome {
    const { mediaType, frame } = input;
    let best: DecryptFailure = "no-key";
    for (const userId of candidates) {
      const result = this.#driver.parts.media.tryDecrypt({ userId, mediaType, frame, now });
      if (result.outcome === "decrypted") {
        this.#decrypted(userId);
        return { ...result, userId };
      }
      if (result.outcome !== "failed") return { ...result, userId: undefined };
      if (FAILURES_BY_DETAIL.indexOf(result.reason) > FAILURES_BY_DETAIL.indexOf(best)) best = result.reason;
    }
    return { outcome: "failed", reason: best, userId: undefined };
  }

  reset(): void {
    this.#health.reset();
    this.#failing.reset();
  }
}
