// F2, F5 the trailer: tag 8, nonce ULEB128, ranges ULEB128…, size 1, FA FA.
import { EMPTY, MARKER, MIN_TRAILER, TAG_LENGTH } from "../constants.ts";
import { nonceOf } from "../counter.ts";
import { Ranges } from "./ranges.ts";
import { type Cursor, readUleb128, writeUleb128 } from "./uleb128.ts";

/** Bytes of everything after the media. More than `MAX_TRAILER` does not fit the format (F4). */
export const trailerLength = (nonce: number, clear: Ranges): number => writeTrailer(nonce, clear, EMPTY, 0);

/** F2: writes what follows the tag; returns the length of the whole frame. */
export function writeTrailer(nonce: number, clear: Ranges, output: Uint8Array, mediaLength: number): number {
  let at = writeUleb128(nonce, output, mediaLength + TAG_LENGTH);
  for (let i = 0; i < clear.count; i++) {
    at = writeUleb128(clear.start(i), output, at);
    at = writeUleb128(clear.end(i) - clear.start(i), output, at);
  }
  output[at] = at + 3 - mediaLength;
  output[at + 1] = MARKER;
  output[at + 2] = MARKER;
  return at + 3;
}

/** What the frame check found. */
export type FrameShape = "protocol-frame" | "not-protocol-frame" | "malformed-trailer";

/** F5: the frame check and parse. One object serves all frames of a decryptor. */
export class TrailerParser {
  readonly clear: Ranges = new Ranges();
  /** Bytes of media: what precedes the tag. */
  mediaLength = 0;
  /** The 32-bit nonce. */
  nonce = 0;
  readonly #cursor: Cursor = { bytes: EMPTY, at: 0, end: 0 };

  parse(frame: Uint8Array): FrameShape {
    const length = frame.length;
    if (length < 2 || frame[length - 1] !== MARKER || frame[length - 2] !== MARKER)
      return "not-protocol-frame";
    return this.#parseTrailer(frame, length) ? "protocol-frame" : "malformed-trailer";
  }

  #parseTrailer(frame: Uint8Array, length: number): boolean {
    const size = length < MIN_TRAILER ? 0 : frame[length - 3]!;
    if (size < MIN_TRAILER || size > length) return false;
    this.mediaLength = length - size;
    const cursor = this.#cursor;
    cursor.bytes = frame;
    cursor.at = this.mediaLength + TAG_LENGTH;
    cursor.end = length - 3;
    const nonce = readUleb128(cursor);
    this.nonce = nonceOf(nonce);
    return nonce >= 0 && this.#parseRanges(cursor);
  }

  #parseRanges(cursor: Cursor): boolean {
    this.clear.clear();
    let free = 0;
    while (cursor.at < cursor.end) {
      const offset = readUleb128(cursor);
      const length = readUleb128(cursor);
      if (offset < free || length < 0) return false;
      // Both are safe integers; the difference cannot overflow where a sum could.
      if (offset > this.mediaLength || length > this.mediaLength - offset) return false;
      free = offset + length;
      this.clear.push(offset, free);
    }
    return true;
  }
}
