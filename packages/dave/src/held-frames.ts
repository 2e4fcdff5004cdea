// M8: frames that policy `hold` could not send yet, kept in order beside the client.

import type { OutgoingFrame } from "./client/options.ts";
import type { DaveClient } from "./client.ts";
import { expectThat } from "./errors.ts";
import { type Clock, platformClock } from "./ports.ts";

/** Options of {@link HeldFrames}. */
export interface HeldFramesOptions {
  /** Gets every frame that leaves, in the order in which they were offered. */
  readonly deliver: (frame: Uint8Array, input: OutgoingFrame) => void;
  /** Frames kept at most; one more drops the oldest. Default: 100, two seconds of audio. */
  readonly maxFrames?: number | undefined;
  /** Older frames are dropped rather than sent late. Default: 2000 ms. */
  readonly maxAgeMs?: number | undefined;
  /** Told when frames were held and none is any more. */
  readonly onDrained?: ((report: DrainReport) => void) | undefined;
  /** Default: the platform's. Only `now` is used. */
  readonly clock?: Clock | undefined;
}

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

interface Held {
  readonly input: OutgoingFrame;
  readonly at: number;
}

const EMPTY: DrainReport = { delivered: 0, droppedByAge: 0, droppedByLength: 0, failed: 0 };

/**
 * Sends frames through a client of policy `hold`; what is not ready waits here and follows as soon as it is.
 *
 * @example
 * ```ts
 * const held = new HeldFrames(client, { deliver: (frame) => rtp.send(frame) });
 * held.send({ mediaType: "audio", ssrc, frame: opus }); // "sent" or "held"
 * ```
 */
export class HeldFrames {
  readonly #client: DaveClient;
  readonly #options: HeldFramesOptions;
  readonly #clock: Clock;
  readonly #maxFrames: number;
  readonly #maxAgeMs: number;
  readonly #stop: () => void;
  readonly #held: Held[] = [];
  #draining = false;
  #report = EMPTY;

  /** @throws {@link DaveError} `invalid-argument` */
  constructor(client: DaveClient, options: HeldFramesOptions) {
    const { maxFrames = 100, maxAgeMs = 2_000 } = options;
    expectThat(Number.isInteger(maxFrames) && maxFrames >= 1, "maxFrames", "a positive integer");
    expectThat(maxAgeMs > 0, "maxAgeMs", "a positive number");
    expectThat(client.policy === "hold", "client", "one of policy hold");
    this.#client = client;
    this.#options = options;
    this.#clock = options.clock ?? platformClock();
    this.#maxFrames = maxFrames;
    this.#maxAgeMs = maxAgeMs;
    this.#stop = client.on("state", ({ ready }) => {
      if (ready) this.drain();
    });
  }

  /** Frames held now. */
  get size(): number {
    return this.#held.length;
  }

  /**
   * Encrypts and delivers a frame, or holds a copy of it. Nothing overtakes a held frame.
   *
   * @returns `sent`, `held`, or `failed` when the encryptor refuses it
   */
  send(input: OutgoingFrame): "sent" | "held" | "failed" {
    this.drain();
    // from within `deliver`: it follows the frame that is being delivered
    const outcome = this.#draining || this.#held.length > 0 ? "held" : this.#offer(input);
    if (outcome === "held") this.#hold(input);
    return outcome;
  }

  #offer(input: OutgoingFrame): "sent" | "held" | "failed" {
    const result = this.#client.encrypt(input);
    switch (result.outcome) {
      case "encrypted":
      case "plain":
        this.#options.deliver(result.frame, input);
        return "sent";
      case "not-ready":
        return result.reason === "closed" ? "failed" : "held";
      default:
        return "failed";
    }
  }

  #hold(input: OutgoingFrame): void {
    this.#held.push({ input: { ...input, frame: new Uint8Array(input.frame) }, at: this.#clock.now() });
    if (this.#held.length <= this.#maxFrames) return;
    this.#held.shift();
    this.#count("droppedByLength");
  }

  #count(what: keyof DrainReport, by = 1): void {
    this.#report = { ...this.#report, [what]: this.#report[what] + by };
  }

  #dropOld(): void {
    const oldest = this.#clock.now() - this.#maxAgeMs;
    while (this.#held[0] !== undefined && this.#held[0].at < oldest) {
      this.#held.shift();
      this.#count("droppedByAge");
    }
  }

  /** Sends what can be sent now; called by itself when the client becomes ready. */
  drain(): void {
    if (this.#draining || this.#held.length === 0) return;
    this.#draining = true;
    try {
      if (!this.#drainAll()) return;
    } finally {
      this.#draining = false;
    }
    const report = this.#report;
    this.#report = EMPTY;
    this.#options.onDrained?.(report);
  }

  /** Whether nothing is held any more. A frame is out of the queue before it is offered: none goes out twice. */
  #drainAll(): boolean {
    this.#dropOld();
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) {
      const outcome = this.#offer(next.input);
      if (outcome === "held") {
        this.#held.unshift(next);
        return false;
      }
      this.#count(outcome === "sent" ? "delivered" : "failed");
    }
    return true;
  }

  /** Drops what is held and listens no more. */
  close(): void {
    this.#stop();
    this.#held.length = 0;
  }
}
