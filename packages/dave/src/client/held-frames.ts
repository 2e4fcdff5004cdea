// M8: frames that policy `hold` could not send yet, kept in order beside the client.

import { call, type Fault } from "../callbacks.ts";
import { checkCallbacks, checkOptionNames, expectThat, isFunction, refuse } from "../errors.ts";
import { type Clock, platformClock } from "../ports.ts";
import { checkSsrc } from "../rtp.ts";
import { SteadyClock } from "../steady-clock.ts";
import type { DaveClient } from "./client.ts";
import { CORES } from "./core.ts";
import { checkClock, checkFrame, type EncryptOutcome, hasFrame, type OutgoingFrame } from "./options.ts";

/** Options of {@link HeldFrames}. */
export interface HeldFramesOptions {
  /** Gets every frame that leaves, in the order in which they were offered. If it throws, the client's `onFault` is told. */
  readonly deliver: (frame: Uint8Array, input: OutgoingFrame) => void;
  /** Frames kept at most; one more drops the oldest. Default: 100, two seconds of audio. */
  readonly maxFrames?: number | undefined;
  /** Older frames are dropped rather than sent late. Default: 2000 ms. */
  readonly maxAgeMs?: number | undefined;
  /** Told when frames were held and none is any more. If it throws, the client's `onFault` is told. */
  readonly onDrained?: ((report: DrainReport) => void) | undefined;
  /** Default: the platform's. Without `setTimer`, frames that are due leave at the next `send` or `drain`. */
  readonly clock?: Clock | undefined;
}

const OPTION_NAMES: { readonly [K in keyof HeldFramesOptions]-?: true } = {
  deliver: true,
  maxFrames: true,
  maxAgeMs: true,
  onDrained: true,
  clock: true,
};

/** What became of the frames since the last time none was held. */
export interface DrainReport {
  /** Frames that left. */
  readonly delivered: number;
  /** Older than `maxAgeMs`. */
  readonly droppedByAge: number;
  /** More than `maxFrames` were held. */
  readonly droppedByLength: number;
  /** Refused by the encryptor. */
  readonly failed: number;
}

/** What became of a frame given to {@link HeldFrames}. */
export type HeldFrameOutcome =
  /** It was encrypted, or may leave as it is, and was delivered. Remedy: none. */
  | { readonly outcome: "sent" }
  /** It leaves once the client is ready and the frames before it have left. Remedy: none. */
  | { readonly outcome: "held" }
  /** It will not leave. `closed`: this object or its client was closed. Remedy: see the reason, as for `encrypt`. */
  | Extract<EncryptOutcome, { readonly outcome: "failed" }>;

const HELD: HeldFrameOutcome = { outcome: "held" };
const CLOSED: HeldFrameOutcome = { outcome: "failed", reason: "closed" };

interface Held {
  readonly input: OutgoingFrame;
  /** When it was offered. */
  readonly at: number;
}

const EMPTY: DrainReport = { delivered: 0, droppedByAge: 0, droppedByLength: 0, failed: 0 };

/** Longer pauses between two frames are silence, and are shortened to this, so that the delay shrinks. Opus frames have 120 ms at most. */
const MAX_GAP_MS = 120;

/**
 * Sends frames through a client of policy `hold`. Frames that are not ready wait here, and leave once the client is,
 * in order and spaced as they were offered: sent all at once they would reach members that are a message behind, and
 * that could open none of them. What is offered meanwhile follows with the same delay, until a pause makes up for it.
 *
 * This suits sound that must be complete, such as music or a soundboard. For live speech the policy `drop` suits
 * better: nobody wants to hear what was said a second ago.
 *
 * @example
 * ```ts
 * const held = new HeldFrames(client, { deliver: (frame) => rtp.send(frame) });
 * held.send({ mediaType: "audio", ssrc, frame: opus }).outcome; // "sent" or "held"
 * ```
 */
export class HeldFrames {
  readonly #client: DaveClient;
  readonly #options: HeldFramesOptions;
  readonly #fault: Fault;
  readonly #clock: SteadyClock;
  readonly #maxFrames: number;
  readonly #maxAgeMs: number;
  readonly #stops: (() => void)[] = [];
  readonly #held: Held[] = [];
  #draining = false;
  #closed = false;
  #report = EMPTY;
  /** The frame that left last: when it was offered, and when it left. */
  #last: { readonly at: number; readonly left: number } | undefined;
  #cancelTimer: (() => void) | undefined;

  /** @throws {@link DaveError} `invalid-argument` */
  constructor(client: DaveClient, options: HeldFramesOptions) {
    checkOptionNames(options, OPTION_NAMES);
    const { maxFrames = 100, maxAgeMs = 2_000 } = options;
    expectThat(isFunction(options.deliver), "deliver", "a function", options.deliver);
    checkCallbacks({ onDrained: options.onDrained });
    checkClock(options.clock);
    expectThat(
      Number.isSafeInteger(maxFrames) && maxFrames >= 1,
      "maxFrames",
      "a positive integer",
      maxFrames,
    );
    expectThat(
      typeof maxAgeMs === "number" && maxAgeMs > 0,
      "maxAgeMs",
      "a positive number of milliseconds",
      maxAgeMs,
    );
    const core = CORES.get(client);
    if (core !== undefined && core.frames.policy !== "hold")
      refuse("client", "a DaveClient of the policy hold", `one of the policy ${core.frames.policy}`);
    expectThat(core !== undefined, "client", "a DaveClient of the policy hold", client);
    this.#client = client;
    this.#options = options;
    this.#fault = core.fault;
    this.#clock = new SteadyClock(options.clock ?? platformClock(), core.fault);
    this.#maxFrames = maxFrames;
    this.#maxAgeMs = maxAgeMs;
    const ready = client.on("state", (event) => {
      if (event.ready) this.drain();
    });
    this.#stops.push(ready);
    // A client that is closed already calls this at once.
    this.#stops.push(core.onClose(() => this.close()));
  }

  /** Frames held now. */
  get size(): number {
    return this.#held.length;
  }

  /**
   * Encrypts and delivers a frame, or holds a copy of it. Nothing overtakes a held frame.
   *
   * @throws {@link DaveError} `invalid-argument`
   */
  send(input: OutgoingFrame): HeldFrameOutcome {
    checkFrame(input);
    checkSsrc(input.ssrc);
    this.drain();
    if (this.#closed) return CLOSED;
    const now = this.#clock.now();
    // From within `deliver`: it follows the frame that is being delivered.
    const behind = this.#draining || this.#held.length > 0;
    const offered: HeldFrameOutcome = behind ? HELD : this.#offer({ input, at: now }, now);
    if (offered.outcome === "held") this.#hold(input, now);
    return offered;
  }

  #offer({ input, at }: Held, now: number): HeldFrameOutcome {
    const result = this.#client.encrypt(input);
    if (result.outcome === "failed") return result;
    if (!hasFrame(result)) return HELD;
    this.#last = { at, left: now };
    call(() => this.#options.deliver(result.frame, input), this.#fault);
    return { outcome: "sent" };
  }

  #hold(input: OutgoingFrame, now: number): void {
    this.#held.push({ input: { ...input, frame: new Uint8Array(input.frame) }, at: now });
    if (this.#held.length > this.#maxFrames) this.#drop("droppedByLength");
    this.#arm(now);
  }

  #count(what: keyof DrainReport): void {
    this.#report = { ...this.#report, [what]: this.#report[what] + 1 };
  }

  /** The oldest frame will not leave: it is plaintext, and is wiped. */
  #drop(why: "droppedByAge" | "droppedByLength"): void {
    this.#held.shift()?.input.frame.fill(0);
    this.#count(why);
  }

  #dropOld(now: number): void {
    while (this.#held[0] !== undefined && this.#held[0].at < now - this.#maxAgeMs) this.#drop("droppedByAge");
  }

  /** When a frame may leave: as long after the one before as it was offered after that. */
  #dueAt({ at }: Held): number {
    if (this.#last === undefined) return at;
    return this.#last.left + Math.min(Math.max(0, at - this.#last.at), MAX_GAP_MS);
  }

  /** Sends what is due. Called by itself when the client becomes ready, and at the times of the frames that follow. */
  drain(): void {
    if (this.#draining || this.#held.length === 0) return;
    this.#draining = true;
    const now = this.#clock.now();
    try {
      this.#sendDue(now);
    } finally {
      this.#draining = false;
    }
    if (this.#closed) return;
    if (this.#held.length > 0) return this.#arm(now);
    const report = this.#report;
    this.#report = EMPTY;
    const { onDrained } = this.#options;
    if (onDrained !== undefined) call(() => onDrained(report), this.#fault);
  }

  /** A frame is out of the queue before it is offered: none goes out twice. */
  #sendDue(now: number): void {
    this.#dropOld(now);
    for (let [next] = this.#held; next !== undefined && this.#dueAt(next) <= now; [next] = this.#held) {
      this.#held.shift();
      const offered = this.#offer(next, now);
      if (offered.outcome === "failed" && offered.reason === "closed") return this.close();
      if (offered.outcome === "held") {
        this.#held.unshift(next);
        return;
      }
      this.#count(offered.outcome === "sent" ? "delivered" : "failed");
    }
  }

  /** While the client is not ready, its event `state` says when to go on, and no timer has to. */
  #arm(now: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const [next] = this.#held;
    if (next === undefined || this.#draining || !this.#client.ready) return;
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, this.#dueAt(next) - now), () => this.drain());
  }

  /** Wipes what is held and listens no more. The same happens when the client is closed. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    for (const stop of this.#stops) stop();
    for (const { input } of this.#held) input.frame.fill(0);
    this.#held.length = 0;
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
