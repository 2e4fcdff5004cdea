// F7, C3 start codes: `00 00 01`.

/** Where a start code begins that lies in [from, to) of `bytes`, the first of them, or -1. */
export type FindStartCode = (bytes: Uint8Array, from: number, to: number) => number;

/** Reads only inside. */
export const findStartCode: FindStartCode = (bytes, from, to) => {
  // A byte above 1 can be no part of a start code that ends there or at one of the next two: three positions are done
  // with at once. Most bytes are such.
  let i = (from + 2) | 0;
  for (;;) {
    while (
      i < to - 9 &&
      bytes[i]! > 1 &&
      bytes[(i + 3) | 0]! > 1 &&
      bytes[(i + 6) | 0]! > 1 &&
      bytes[(i + 9) | 0]! > 1
    ) {
      i = (i + 12) | 0;
    }
    if (i >= to) return -1;
    const byte = bytes[i]!;
    if (byte === 0) i = (i + 1) | 0;
    else if (byte === 1 && bytes[i - 1] === 0 && bytes[i - 2] === 0) return i - 2;
    else i = (i + 3) | 0;
  }
};
