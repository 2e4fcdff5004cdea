// Virtual time: one queue of timers, in the order of their instants. Nothing happens between two of them.

import type { Clock } from "../ports.ts";

interface Entry {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until `advance` moves it: a test of an hour takes no time and gives the same result each time.
 * It begins at 1000 ms.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * clock.setTimer(20, () => console.log("20 ms have passed"));
 * clock.advance(50);
 * clock.now(); // 1050
 * ```
 */
export class VirtualClock implements Clock {
  #now = 1_000;
  #entries: Entry[] = [];

  /** Milliseconds. */
  readonly now = (): number => this.#now;

  /** Calls `run` after `delayMs`; returns what cancels it. Timers of one instant fire in the order of these calls. */
  readonly setTimer = (delayMs: number, run: () => void): (() => void) => {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), run };
    const later = this.#entries.findIndex(({ at }) => at > entry.at);
    this.#entries.splice(later < 0 ? this.#entries.length : later, 0, entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  };

  /** Sets the clock by `ms`, forwards or (below 0) back, as when a computer sleeps or its clock is set: no timer fires. */
  step(ms: number): void {
    this.#now += ms;
  }

  /** Moves time on by `ms` and fires every timer that falls due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#entries[0]; next !== undefined && next.at <= end; next = this.#entries[0]) {
      this.#entries.shift();
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}
