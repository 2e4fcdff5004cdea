// The encrypted sections of a frame joined to one: a call into the platform costs the same however little it is given.
import { EMPTY } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";

/** Bytes that a block cipher may write behind the last section. */
const ROOM = 16;

/** The shared memory, which grows with the longest frame, and the same memory as 32-bit words. */
let joined: Uint8Array = EMPTY;
let joinedWords: Int32Array = /* @__PURE__ */ new Int32Array(0);

/**
 * Copies the encrypted sections of `media[0, length)` one behind the other. The bytes returned are shared memory, valid
 * until the next call, to be given up by `wipeSections`. Their buffer goes on to the end of a block of 16 bytes.
 */
export function joinSections(media: Uint8Array, length: number, clear: Ranges): Uint8Array {
  const total = length - clear.total();
  if (joined.length < total + ROOM) {
    joinedWords = new Int32Array((2 * total + 2 * ROOM) >>> 2);
    joined = new Uint8Array(joinedWords.buffer);
  }
  let at = 0;
  for (let i = 0; i <= clear.count; i++) {
    const start = clear.gapStart(i);
    const end = clear.gapEnd(i, length);
    if (start < end) joined.set(media.subarray(start, end), at);
    at += end - start;
  }
  return joined.subarray(0, total);
}

/** What `joinSections` returned last, as words in the processor's own order. */
export const sectionWords = (): Int32Array => joinedWords;

/** Overwrites what `joinSections` returned, and the rest of its last block. */
export function wipeSections(text: Uint8Array): void {
  joined.fill(0, 0, text.length + ROOM);
}

/** Copies `text` to the places of its sections in `output`. */
export function scatterSections(text: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
  let at = 0;
  for (let i = 0; i <= clear.count; i++) {
    const start = clear.gapStart(i);
    const size = clear.gapEnd(i, length) - start;
    if (size > 0) output.set(size === text.length ? text : text.subarray(at, at + size), start);
    at += size;
  }
}
