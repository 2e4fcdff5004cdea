// F3 ULEB128: at most 10 bytes, non-minimal forms accepted, above 2^53-1 malformed.

const MAX_BYTES = 10;

/** A place in bytes that a run of readers moves along. `at` stays where it was when a read fails. */
export interface Cursor {
  bytes: Uint8Array;
  at: number;
  end: number;
}

/** Writes the minimal form at `at` and returns the place behind it. */
export function writeUleb128(value: number, output: Uint8Array, at: number): number {
  let rest = value;
  // Division, not shifts: a value may have more than 32 bits.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) output[at++] = (rest % 0x80) | 0x80;
  output[at++] = rest;
  return at;
}

/** Reads a value, or gives -1 when it is cut short, longer than 10 bytes or above 2^53-1. */
export function readUleb128(cursor: Cursor): number {
  const { bytes, at, end } = cursor;
  const last = Math.min(end, at + MAX_BYTES);
  let value = 0;
  let scale = 1;
  for (let i = at; i < last; i++, scale *= 0x80) {
    const byte = bytes[i]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) return -1;
      cursor.at = i + 1;
      return value;
    }
  }
  return -1;
}
