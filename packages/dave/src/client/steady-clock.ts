// Time inside a client: it never goes back, whatever the owner's clock does.

import type { Clock } from "../ports.ts";

/**
 * The owner's clock as the client sees it. A backward step counts as no time, and time goes on from there: a clock
 * that steps back an hour, or a `Date.now` that a time server corrects, makes no key live longer. A clock that throws
 * or gives no finite number stands still.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  readonly #onFault: (fault: unknown) => void;
  /** What the owner's clock said last. */
  #seen: number | undefined;
  /** How far our time is ahead of the owner's clock. */
  #ahead = 0;

  constructor(clock: Clock, onFault: (fault: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Milliseconds; never less than before. */
  now(): number {
    return this.#observe(this.#read());
  }

  /** The same, after the owner has named the time. A time before the clock's own changes nothing. */
  reach(named: number): number {
    this.now();
    return named > this.#seen! ? this.#observe(named) : this.#seen! + this.#ahead;
  }

  /** An instant of our time, by the owner's clock. */
  toCaller(at: number): number {
    return at - this.#ahead;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    return this.#clock.setTimer?.(delayMs, callback) ?? (() => {});
  }

  #read(): number {
    try {
      const read: unknown = this.#clock.now();
      if (Number.isFinite(read)) return read as number;
    } catch (fault) {
      this.#onFault(fault);
    }
    return this.#seen ?? 0;
  }

  #observe(read: number): number {
    const seen = this.#seen ?? read;
    if (read < seen) this.#ahead += seen - read;
    this.#seen = read;
    return read + this.#ahead;
  }
}
