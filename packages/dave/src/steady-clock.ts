// Time inside a client: it never goes back, whatever the caller's clock does.

import { ask, call, type Fault } from "./callbacks.ts";
import type { Clock } from "./ports.ts";

const isInstant = (value: unknown): value is number => Number.isFinite(value);
const isCancel = (value: unknown): value is () => unknown => typeof value === "function";

/**
 * The caller's clock as the client sees it. A backward step counts as no time, and time goes on from there: a clock
 * that steps back an hour, or a `Date.now` that a time server corrects, makes no key live longer. A reading that is
 * no finite number, or that throws, counts as no time too.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  readonly #fault: Fault;
  /** What the caller's clock said last. */
  #seen: number | undefined;
  /** How far our time is ahead of the caller's clock. */
  #ahead = 0;
  /** While the caller's clock is asked, and perhaps asks back. */
  #asking = false;

  constructor(clock: Clock, fault: Fault) {
    this.#clock = clock;
    this.#fault = fault;
  }

  /** Milliseconds; never less than before. */
  now(): number {
    return this.#observe(this.#read());
  }

  /** The same, after the caller has named the time. A time before the clock's own changes nothing. */
  reach(named: number): number {
    this.now();
    return named > this.#seen! ? this.#observe(named) : this.#seen! + this.#ahead;
  }

  /** An instant of our time, by the caller's clock. */
  toCaller(at: number): number {
    return at - this.#ahead;
  }

  /** Calls back once, never from within this call, and not after the returned function was called. */
  setTimer(delayMs: number, callback: () => void): () => void {
    let live = false;
    const fire = (): void => {
      if (live) callback();
      live = false;
    };
    const start = (): unknown => this.#clock.setTimer?.(delayMs, fire);
    const cancel = ask(start, isCancel, this.#fault, "a function from clock.setTimer()");
    live = true;
    return () => {
      live = false;
      if (cancel !== undefined) call(cancel, this.#fault);
    };
  }

  #read(): number {
    const last = this.#seen ?? 0;
    if (this.#asking) return last;
    this.#asking = true;
    const read = ask(() => this.#clock.now(), isInstant, this.#fault, "milliseconds from clock.now()");
    this.#asking = false;
    return read ?? last;
  }

  #observe(read: number): number {
    const seen = this.#seen ?? read;
    if (read < seen) this.#ahead += seen - read;
    this.#seen = read;
    return read + this.#ahead;
  }
}
