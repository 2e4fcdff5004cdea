// C3 NAL units (H.264, H.265): start codes in, 4-byte start codes out, each unit cut into clear and encrypted.
import type { Plan } from "./plan.ts";

const SHORT_START_CODE = 3;
const START_CODE = 4;

/** Where `00 00 01` next begins in [from, to), or -1. Reads only inside. */
export function findStartCode(bytes: Uint8Array, from: number, to: number): number {
  // A byte above 1 can be no part of a start code: three positions are done with at once.
  let i = from + 2;
  while (i < to) {
    const byte = bytes[i]!;
    if (byte > 1) i += 3;
    else if (byte === 0) i += 1;
    else if (bytes[i - 1] === 0 && bytes[i - 2] === 0) return i - 2;
    else i += 3;
  }
  return -1;
}

/** Clear bytes at the head of the unit [start, end). */
export type ClearPrefix = (bytes: Uint8Array, start: number, end: number) => number;

/** Where the unit before a start code found at `code` ends: one zero before it is part of it. */
const unitEnd = (bytes: Uint8Array, code: number, start: number): number =>
  code > start && bytes[code - 1] === 0 ? code - 1 : code;

/** C3: units from start codes; false for C0. */
export function planNalUnits(frame: Uint8Array, plan: Plan, clearPrefix: ClearPrefix): boolean {
  const first = findStartCode(frame, 0, frame.length);
  if (first < 0) return false;
  for (let i = 0; i < first; i++) if (frame[i] !== 0) return false;
  const growth = shortStartCodes(frame, first);
  if (growth < 0) return false;
  // Zero bytes before the first start code are dropped; without them and short codes nothing moves.
  if (growth === 0 && first === 1) return cutInPlace(frame, plan, clearPrefix);
  return rewrite(frame, plan, clearPrefix, first, growth);
}

/** Start codes of three bytes, each of which grows by one; -1 when a unit is empty. */
function shortStartCodes(frame: Uint8Array, first: number): number {
  let short = first === 0 ? 1 : 0;
  let start = first + SHORT_START_CODE;
  for (;;) {
    const code = findStartCode(frame, start, frame.length);
    const end = code < 0 ? frame.length : unitEnd(frame, code, start);
    if (end === start) return -1;
    if (code < 0) return short;
    if (end === code) short++;
    start = code + SHORT_START_CODE;
  }
}

function cutInPlace(frame: Uint8Array, plan: Plan, clearPrefix: ClearPrefix): boolean {
  let start = START_CODE;
  for (;;) {
    const code = findStartCode(frame, start, frame.length);
    const end = code < 0 ? frame.length : code - 1;
    plan.clear.add(start - START_CODE, start + clearPrefix(frame, start, end));
    if (code < 0) return true;
    start = code + SHORT_START_CODE;
  }
}

function rewrite(
  frame: Uint8Array,
  plan: Plan,
  clearPrefix: ClearPrefix,
  first: number,
  room: number,
): boolean {
  // Every unit moves towards the front: `room` is all that the start codes grow by.
  const work = plan.copyBehind(room, frame);
  let out = 0;
  let start = first + SHORT_START_CODE;
  for (;;) {
    const code = findStartCode(frame, start, frame.length);
    const end = code < 0 ? frame.length : unitEnd(frame, code, start);
    plan.clear.add(out, out + START_CODE + clearPrefix(frame, start, end));
    work[out] = 0;
    work[out + 1] = 0;
    work[out + 2] = 0;
    work[out + 3] = 1;
    work.copyWithin(out + START_CODE, start + room, end + room);
    out += START_CODE + end - start;
    if (code < 0) break;
    start = code + SHORT_START_CODE;
  }
  plan.length = out;
  return true;
}
