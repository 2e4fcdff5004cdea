// The clock of one client in a simulated call.

import type { Clock } from "../../src/index.ts";
import type { VirtualClock } from "../../src/testing.ts";

/** The clock that one client is given. It may be wrong by `skew`, and it counts the timers that are running. */
export class ClientClock implements Clock {
  readonly #time: VirtualClock;
  /** Milliseconds added to the time; a negative step lets the clock go back. */
  skew = 0;
  /** Timers that have neither fired nor been cancelled. */
  timers = 0;

  constructor(time: VirtualClock) {
    this.#time = time;
  }

  now = (): number => this.#time.now() + this.skew;

  setTimer = (delayMs: number, callback: () => void): (() => void) => {
    let running = true;
    this.timers++;
    const stop = (): boolean => {
      const ran = running;
      if (ran) this.timers--;
      running = false;
      return ran;
    };
    const cancel = this.#time.setTimer(delayMs, () => stop() && callback());
    return () => void (stop() && cancel());
  };
}
