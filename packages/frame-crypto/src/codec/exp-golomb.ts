// C4 first_mb_in_slice, slice_type, pic_parameter_set_id: three exp-Golomb values over emulation-prevented bytes.

const VALUES = 3;
const MAX_LEADING_ZEROS = 32;

/** A bit index over a slice's payload as stored, emulation prevention bytes counted. */
class BitReader {
  index = 0;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** The next bit, or -1 at the unit's end. */
  bit(): number {
    if ((this.index & 7) === 0) this.#stepOver();
    const at = this.#start + (this.index >>> 3);
    if (at >= this.#end) return -1;
    const bit = (this.#bytes[at]! >>> (7 - (this.index & 7))) & 1;
    this.index++;
    return bit;
  }

  /** H.264 §7.4.1: a 03 after 00 00 carries no bits; it is stepped over when one beyond it is read. */
  #stepOver(): void {
    const at = this.#start + (this.index >>> 3);
    if (at - 2 < this.#start || at >= this.#end) return;
    if (this.#bytes[at] === 3 && this.#bytes[at - 1] === 0 && this.#bytes[at - 2] === 0) this.index += 8;
  }

  /** H.264 §9.1: n zeros, a one, n bits. */
  skipValue(): "read" | "cut-short" | "too-long" {
    let zeros = 0;
    for (;;) {
      const bit = this.bit();
      if (bit < 0) return "cut-short";
      if (bit === 1) break;
      if (++zeros === MAX_LEADING_ZEROS) return "too-long";
    }
    for (; zeros > 0; zeros--) if (this.bit() < 0) return "cut-short";
    return "read";
  }
}

/** Bytes of the slice payload [start, end) that hold the three values: what stays clear of it. */
export function sliceHeaderBytes(bytes: Uint8Array, start: number, end: number): number {
  const reader = new BitReader(bytes, start, end);
  for (let i = 0; i < VALUES; i++) {
    const result = reader.skipValue();
    if (result === "cut-short") return end - start;
    if (result === "too-long") return 0;
  }
  return Math.min(end - start, (reader.index >>> 3) + 1);
}
