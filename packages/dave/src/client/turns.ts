// One change at a time: calls from within a change follow it, due time comes before it, events after it.

import type { SteadyClock } from "../steady-clock.ts";

export interface TurnParts {
  readonly clock: SteadyClock;
  /** Does what is due by now. */
  readonly tick: (now: number) => void;
  /** When `tick` next has something to do. */
  readonly deadline: (now: number) => number | undefined;
  /** The change is complete: tell about it. */
  readonly settled: (now: number) => void;
}

export class Turns {
  readonly #parts: TurnParts;
  #queue: ((now: number) => void)[] = [];
  #busy = false;
  #closed = false;
  #deadline: number | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  /** Whether a change is under way: what comes now comes from within it. */
  get busy(): boolean {
    return this.#busy;
  }

  get deadline(): number | undefined {
    return this.#closed ? undefined : this.#deadline;
  }

  /** Makes a change now, or right after the one that is under way; what is due by now comes first. */
  run(change: (now: number) => void): void {
    this.#enqueue((now) => {
      if (this.#deadline !== undefined && now >= this.#deadline) this.#parts.tick(now);
      change(now);
    });
  }

  /** Makes a change that ends everything: what is due is of no interest any more. */
  runBeforeDue(change: (now: number) => void): void {
    this.#enqueue(change);
  }

  #enqueue(change: (now: number) => void): void {
    if (this.#closed) return;
    this.#queue.push(change);
    if (this.#busy) return;
    this.#busy = true;
    try {
      // One reading for all of them: a clock that calls the client back could otherwise go on for ever.
      const now = this.#parts.clock.now();
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
        this.#turn(next, now);
    } finally {
      this.#busy = false;
    }
  }

  #turn(change: (now: number) => void, now: number): void {
    if (this.#closed) return;
    change(now);
    if (this.#closed) return;
    this.#arm(now);
    this.#parts.settled(now);
  }

  /** Media needs no timer: what is due is done before a frame. Returns the time. */
  advance(): number {
    const now = this.#parts.clock.now();
    if (this.#deadline !== undefined && now >= this.#deadline) this.run(this.#parts.tick);
    return now;
  }

  #arm(now: number): void {
    const next = this.#parts.deadline(now);
    if (next === this.#deadline) return;
    this.#deadline = next;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (next === undefined) return;
    this.#cancelTimer = this.#parts.clock.setTimer(Math.max(0, next - now), () => this.#fired());
  }

  /** A platform's timer may fire a fraction of a millisecond early: the deadline is armed again then. */
  #fired(): void {
    this.#deadline = undefined;
    this.#cancelTimer = undefined;
    this.run(this.#parts.tick);
  }

  /**
   * Makes the last change: now, or right after the one that is under way. What waits is forgotten, nothing is told,
   * and nothing happens any more.
   */
  end(change: (now: number) => void): void {
    if (this.#closed) return;
    this.#queue = [];
    this.#enqueue((now) => {
      this.#closed = true;
      this.#queue = [];
      // Here and not before: a change that is under way may set a timer after it has called for the end.
      this.#cancelTimer?.();
      change(now);
    });
  }
}
