// Virtual time: one queue of things to do, in the order of their instants. Nothing happens between two of them.

import type { Clock } from "../../src/index.ts";

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** The time of a simulated call, in milliseconds. */
export class VirtualTime {
  now = 1_000;
  #order = 0;
  #entries: Entry[] = [];

  /** Runs `run` after `delayMs`; returns what cancels it. Entries of one instant run in the order of these calls. */
  after(delayMs: number, run: () => void): () => void {
    const entry: Entry = { at: this.now + Math.max(0, delayMs), order: this.#order++, run };
    const later = this.#entries.findIndex(({ at }) => at > entry.at);
    if (later < 0) this.#entries.push(entry);
    else this.#entries.splice(later, 0, entry);
    return () => {
      const at = this.#entries.indexOf(entry);
      if (at >= 0) this.#entries.splice(at, 1);
    };
  }

  /** Moves time on by `ms` and runs everything that falls due on the way. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#entries[0]; next !== undefined && next.at <= end; next = this.#entries[0]) {
      this.#entries.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }
}

/** The clock that one client is given. It may be wrong by `skew`, and it counts the timers that are running. */
export class ClientClock implements Clock {
  readonly #time: VirtualTime;
  /** Milliseconds added to the time; a negative step lets the clock go back. */
  skew = 0;
  /** Timers that have neither fired nor been cancelled. */
  timers = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  now = (): number => this.#time.now + this.skew;

  setTimer = (delayMs: number, callback: () => void): (() => void) => {
    let running = true;
    this.timers++;
    const stop = (): boolean => {
      const ran = running;
      if (ran) this.timers--;
      running = false;
      return ran;
    };
    const cancel = this.#time.after(delayMs, () => stop() && callback());
    return () => void (stop() && cancel());
  };
}
