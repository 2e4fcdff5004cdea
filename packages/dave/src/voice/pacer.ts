// When the next packet is due: media of a file leaves at the speed at which it is heard. Time is passed in.

import { checkOptionNames } from "../errors.ts";
import { checkCount, checkNow, checkPositive } from "./checks.ts";

/** Options of {@link Pacer}. */
export interface PacerOptions {
  /** Milliseconds of a packet; default 20. */
  readonly packetMs?: number | undefined;
  /** Packets that may leave at once after a delay; default 5. What is later than that is skipped. */
  readonly maxBurst?: number | undefined;
  /** Milliseconds of any monotone clock: the first packet is due now. */
  readonly now: number;
}

const OPTION_NAMES: { readonly [K in keyof PacerOptions]-?: true } = {
  packetMs: true,
  maxBurst: true,
  now: true,
};

/**
 * Says how many packets are due. Instants are multiples of the packet's length, so that late timers add up to nothing;
 * after a longer standstill the lost time is skipped instead of sent in a burst.
 *
 * @example
 * ```ts
 * const pacer = new Pacer({ now: 0 });
 * pacer.take(41) // { packets: 3, skipped: 0 }
 * ```
 */
export class Pacer {
  readonly #packetMs: number;
  readonly #maxBurst: number;
  #nextAt: number;

  /** @throws {@link DaveError} `invalid-argument` */
  constructor(options: PacerOptions) {
    checkOptionNames(options, OPTION_NAMES);
    const { packetMs = 20, maxBurst = 5, now } = options;
    checkPositive(packetMs, "packetMs");
    checkCount(maxBurst, 1, "maxBurst");
    checkNow(now);
    this.#packetMs = packetMs;
    this.#maxBurst = maxBurst;
    this.#nextAt = now;
  }

  /** When the next packet is due. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /**
   * Takes the packets that are due at `now`, and says how many had to be skipped before them.
   *
   * @throws {@link DaveError} `invalid-argument`
   */
  take(now: number): { readonly packets: number; readonly skipped: number } {
    checkNow(now);
    const due = now < this.#nextAt ? 0 : 1 + Math.floor((now - this.#nextAt) / this.#packetMs);
    this.#nextAt += due * this.#packetMs;
    const packets = Math.min(due, this.#maxBurst);
    return { packets, skipped: due - packets };
  }
}
