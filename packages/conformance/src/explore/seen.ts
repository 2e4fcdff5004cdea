// The hashes of states that were seen: 64 bits each, in one typed array with open addressing.

/** Two independent 32-bit hashes of one text. */
export function hash(text: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  a = Math.imul(a ^ (a >>> 16) ^ b, 0x7feb352d);
  b = Math.imul(b ^ (b >>> 15), 0x846ca68b);
  return [(a ^ (a >>> 15)) >>> 0, (b ^ (b >>> 16)) >>> 0];
}

/** A set of 64-bit hashes. Were they random, two of n states would share one with a chance of about n² / 2^65. */
export class SeenSet {
  #slots = new Uint32Array(2 << 16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns true when the text was not seen before. */
  add(text: string): boolean {
    const [high, low] = hash(text);
    if (2 * this.#size > this.#slots.length / 2) this.#grow();
    return this.#put(high, low === 0 && high === 0 ? 1 : low);
  }

  #put(high: number, low: number): boolean {
    const mask = this.#slots.length / 2 - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const a = this.#slots[2 * at];
      const b = this.#slots[2 * at + 1];
      if (a === high && b === low) return false;
      if (a !== 0 || b !== 0) continue;
      this.#slots[2 * at] = high;
      this.#slots[2 * at + 1] = low;
      this.#size++;
      return true;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    this.#size = 0;
    for (let i = 0; i < old.length; i += 2)
      if (old[i] !== 0 || old[i + 1] !== 0) this.#put(old[i] as number, old[i + 1] as number);
  }
}
