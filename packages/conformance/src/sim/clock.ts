// Virtual time: a clock and a deterministic event queue. Nothing here asks the platform what time it is.

/** What gateway, wires and SFU need of a clock. A real one must stand still while one message is dealt with. */
export interface Timeline {
  /** Milliseconds. */
  now(): number;
  /** Runs `callback` once, `delayMs` from now; the result cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** A scheduled callback; `order` breaks ties so that equal instants run in the order they were asked for. */
interface Entry {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Binary min-heap of entries. */
class EventQueue {
  private readonly heap: Entry[] = [];

  get size(): number {
    return this.heap.length;
  }

  peek(): Entry | undefined {
    return this.heap[0];
  }

  push(entry: Entry): void {
    const heap = this.heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): Entry | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

/**
 * A clock that moves only when told to. Implements the `Clock` port of `@puredave/dave`.
 *
 * @example
 * const clock = new VirtualClock();
 * clock.setTimer(20, () => console.log(clock.now())); // prints 20
 * clock.runUntil(1000);
 */
export class VirtualClock implements Timeline {
  private readonly queue = new EventQueue();
  private time: number;
  private order = 0;
  /** How many callbacks have run. */
  steps = 0;

  constructor(start = 0) {
    this.time = start;
  }

  /** Virtual milliseconds. */
  now(): number {
    return this.time;
  }

  /** Runs `callback` once, `delayMs` from now; the result cancels it. Negative delays count as 0. */
  setTimer(delayMs: number, callback: () => void): () => void {
    const entry: Entry = { at: this.time + Math.max(0, delayMs), order: this.order++, run: callback };
    this.queue.push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  /** The instant of the next callback, or undefined when nothing is scheduled. */
  nextAt(): number | undefined {
    for (let top = this.queue.peek(); top !== undefined; top = this.queue.peek()) {
      if (top.run !== undefined) return top.at;
      this.queue.pop();
    }
    return undefined;
  }

  /** Runs the next callback; false when there is none up to and including `limit`. */
  step(limit = Number.POSITIVE_INFINITY): boolean {
    const at = this.nextAt();
    if (at === undefined || at > limit) return false;
    const entry = this.queue.pop()!;
    this.time = Math.max(this.time, entry.at);
    this.steps += 1;
    entry.run!();
    return true;
  }

  /** Runs everything due up to and including `at`, then stands at `at`. */
  runUntil(at: number): void {
    while (this.step(at));
    this.time = Math.max(this.time, at);
  }
}

/** A member's own clock: the call's time seen with an offset and a drift (a wall clock nobody set). */
export class SkewedClock {
  private readonly base: VirtualClock;
  private readonly offsetMs: number;
  private readonly rate: number;
  private steppedMs = 0;

  constructor(base: VirtualClock, offsetMs: number, rate = 1) {
    this.base = base;
    this.offsetMs = offsetMs;
    this.rate = rate;
  }

  /** Whole milliseconds, as wall clocks have. */
  now(): number {
    return this.steady() - this.steppedMs;
  }

  /** The same without the steps back. */
  steady(): number {
    return Math.floor(this.offsetMs + this.base.now() * this.rate);
  }

  /** Somebody sets the clock back. */
  stepBack(ms: number): void {
    this.steppedMs += ms;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    // a hair late, never early: at the call of `callback` this clock has reached the instant asked for
    const due = (this.steady() + Math.max(0, delayMs) - this.offsetMs) / this.rate + 1e-6;
    return this.base.setTimer(due - this.base.now(), callback);
  }
}
