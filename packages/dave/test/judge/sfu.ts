// The SFU (S1, S3): forwards each frame to everybody but its source, sometimes late, twice, out of order or not at all.

import type { VirtualClock } from "../../src/testing.ts";
import type { Random } from "./random.ts";

/** How bad the network is, as probabilities. */
export interface Network {
  readonly lost: number;
  readonly repeated: number;
  /** The longest way of a frame, ms. */
  readonly latency: number;
}

export const GOOD_NETWORK: Network = { lost: 0, repeated: 0, latency: 30 };
export const BAD_NETWORK: Network = { lost: 0.03, repeated: 0.05, latency: 80 };

export class Sfu<Frame> {
  readonly #time: VirtualClock;
  readonly #random: Random;
  readonly #receivers = new Map<string, (frame: Frame) => void>();
  network: Network = GOOD_NETWORK;

  constructor(time: VirtualClock, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  /** S1: frames of others go to this user from now on. */
  enter(userId: string, receive: (frame: Frame) => void): void {
    this.#receivers.set(userId, receive);
  }

  leave(userId: string): void {
    this.#receivers.delete(userId);
  }

  /** S1: nothing of a user who has left is forwarded. */
  send(from: string, frame: Frame): void {
    if (!this.#receivers.has(from)) return;
    const { lost, repeated, latency } = this.network;
    for (const userId of this.#receivers.keys()) {
      if (userId === from || this.#random.chance(lost)) continue;
      for (let copies = this.#random.chance(repeated) ? 2 : 1; copies > 0; copies--)
        this.#time.setTimer(this.#random.between(5, latency), () => this.#receivers.get(userId)?.(frame));
    }
  }
}
