// F2 clear ranges: ascending, not overlapping, adjacent ones merged.

/** A list of ranges that is filled again for every frame, so that frames cost no allocation. */
export class Ranges {
  #count = 0;
  readonly #bounds: number[] = [];

  get count(): number {
    return this.#count;
  }

  start(index: number): number {
    return this.#bounds[index * 2]!;
  }

  end(index: number): number {
    return this.#bounds[index * 2 + 1]!;
  }

  /** Where the bytes between range `index - 1` and range `index` start. */
  gapStart(index: number): number {
    return index === 0 ? 0 : this.end(index - 1);
  }

  /** Where they end: there are `count + 1` gaps in `length` bytes of media, any of them empty. */
  gapEnd(index: number, length: number): number {
    return index < this.#count ? this.start(index) : length;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Appends as it is: what a receiver read, zero-length and adjacent ranges included (F5). */
  push(start: number, end: number): void {
    this.#bounds[this.#count * 2] = start;
    this.#bounds[this.#count * 2 + 1] = end;
    this.#count++;
  }

  /** Appends what a sender leaves clear; merges with the range that ends where this one starts. */
  add(start: number, end: number): void {
    if (end === start) return;
    if (this.#count > 0 && this.end(this.#count - 1) === start) this.#bounds[this.#count * 2 - 1] = end;
    else this.push(start, end);
  }

  /** Bytes inside the ranges. */
  total(): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.end(i) - this.start(i);
    return sum;
  }
}
