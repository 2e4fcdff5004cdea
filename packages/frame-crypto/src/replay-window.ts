// K7 replay: each counter decrypts once. The newest, and the 1000 newest skipped that have not yet arrived.
import { MAX_SKIPPED } from "./constants.ts";

export class ReplayWindow {
  #newest = -1;
  /** Skipped and not yet arrived, ascending: the order they are added in. */
  readonly #skipped = new Set<number>();
  readonly #floorAtFirst: boolean;

  constructor(floor: "start" | "first") {
    this.#floorAtFirst = floor === "first";
  }

  /** True when this counter may still decrypt. Changes nothing. */
  accepts(counter: number): boolean {
    return counter > this.#newest || this.#skipped.has(counter);
  }

  /** Notes a counter that decrypted. Only for one that `accepts` just accepted. */
  arrived(counter: number): void {
    if (counter > this.#newest) this.#advance(counter);
    else this.#skipped.delete(counter);
  }

  #advance(counter: number): void {
    const first = this.#newest < 0 && this.#floorAtFirst ? counter : this.#newest + 1;
    for (let skipped = Math.max(first, counter - MAX_SKIPPED); skipped < counter; skipped++)
      this.#skipped.add(skipped);
    this.#newest = counter;
    if (this.#skipped.size > MAX_SKIPPED) this.#makeRoom();
  }

  /** The oldest go. */
  #makeRoom(): void {
    for (const oldest of this.#skipped) {
      if (this.#skipped.size <= MAX_SKIPPED) return;
      this.#skipped.delete(oldest);
    }
  }
}
