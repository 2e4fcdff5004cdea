// K7 replay: each counter decrypts once. The newest, and the 1000 newest skipped that have not yet arrived.
import { MAX_SKIPPED } from "./constants.ts";

export class ReplayWindow {
  #newest = -1;
  /** Skipped and not yet arrived, ascending; before them -1 as often as there are fewer. */
  readonly #skipped = new Float64Array(MAX_SKIPPED).fill(-1);
  readonly #floorAtFirst: boolean;

  constructor(floor: "start" | "first") {
    this.#floorAtFirst = floor === "first";
  }

  /** True when this counter may still decrypt. Changes nothing. */
  accepts(counter: number): boolean {
    return counter > this.#newest || this.#skipped.includes(counter);
  }

  /** Notes a counter that decrypted. Only for one that `accepts` just accepted. */
  arrived(counter: number): void {
    if (counter <= this.#newest) {
      // A late one frees its place.
      this.#skipped.copyWithin(1, 0, this.#skipped.indexOf(counter));
      this.#skipped[0] = -1;
      return;
    }
    const first = this.#newest < 0 && this.#floorAtFirst ? counter : this.#newest + 1;
    const count = Math.min(counter - first, MAX_SKIPPED);
    this.#newest = counter;
    // The oldest make room.
    if (count > 0) this.#skipped.copyWithin(0, count);
    for (let i = 1; i <= count; i++) this.#skipped[MAX_SKIPPED - i] = counter - i;
  }
}
