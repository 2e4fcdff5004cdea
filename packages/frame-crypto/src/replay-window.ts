// K7 replay: each counter decrypts once. The newest, and the 1000 newest skipped that have not yet arrived.
import { MAX_SKIPPED } from "./constants.ts";

export class ReplayWindow {
  #newest: number;
  /** Skipped and not yet arrived, ascending. Made when something is skipped for the first time. */
  #skipped: Float64Array | undefined;
  #count = 0;
  readonly #floorAtFirst: boolean;

  constructor(floor: "start" | "first") {
    this.#floorAtFirst = floor === "first";
    this.#newest = -1;
  }

  /** True when this counter may still decrypt. Changes nothing. */
  accepts(counter: number): boolean {
    return counter > this.#newest || this.#find(counter) >= 0;
  }

  /** Notes a counter that decrypted. Only for one that `accepts` just accepted. */
  arrived(counter: number): void {
    if (counter > this.#newest) this.#advance(counter);
    else this.#remove(this.#find(counter));
  }

  #advance(counter: number): void {
    const first = this.#newest < 0 && this.#floorAtFirst ? counter : this.#newest + 1;
    const skippedNow = Math.min(counter - first, MAX_SKIPPED);
    if (skippedNow > 0) this.#skip(counter - skippedNow, skippedNow);
    this.#newest = counter;
  }

  /** Adds `count` counters from `from`; the oldest make room. */
  #skip(from: number, count: number): void {
    this.#skipped ??= new Float64Array(MAX_SKIPPED);
    const excess = this.#count + count - MAX_SKIPPED;
    if (excess > 0) {
      this.#skipped.copyWithin(0, excess, this.#count);
      this.#count -= excess;
    }
    for (let i = 0; i < count; i++) this.#skipped[this.#count++] = from + i;
  }

  /** An arrival frees its place. */
  #remove(at: number): void {
    this.#skipped?.copyWithin(at, at + 1, this.#count);
    this.#count--;
  }

  #find(counter: number): number {
    const skipped = this.#skipped;
    if (skipped === undefined) return -1;
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const value = skipped[middle]!;
      if (value === counter) return middle;
      if (value < counter) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
