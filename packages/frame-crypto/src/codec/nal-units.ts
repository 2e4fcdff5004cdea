// C3 NAL units (H.264, H.265): start codes in, 4-byte start codes out, each unit cut into clear and encrypted.
import type { Plan } from "./plan.ts";

const SHORT_START_CODE = 3;
const START_CODE = 4;

/** Clear bytes at the head of the unit [start, end). */
export type ClearPrefix = (bytes: Uint8Array, start: number, end: number) => number;

/** C3: units from start codes; false for C0. */
export function planNalUnits(frame: Uint8Array, plan: Plan, clearPrefix: ClearPrefix): boolean {
  const first = plan.findStartCode(frame, 0, frame.length);
  if (first < 0) return false;
  // Zero bytes before the first start code are dropped, but for the one it may have; anything else: C0.
  for (let i = 0; i < first; i++) if (frame[i] !== 0) return false;
  const growth = findUnits(frame, first, plan);
  if (growth < 0) return false;
  // Where all start codes have four bytes and nothing comes before, nothing moves.
  if (growth > 0 || first !== 1) plan.copyBehind(growth, frame);
  cut(frame, plan, clearPrefix, growth);
  return true;
}

/**
 * Notes start and end of each unit. Returns by how much 3-byte start codes make the frame grow,
 * -1 when a unit is empty.
 */
function findUnits(frame: Uint8Array, first: number, plan: Plan): number {
  let growth = first === 0 ? 1 : 0;
  let start = first + SHORT_START_CODE;
  plan.units = 0;
  for (;;) {
    const code = plan.findStartCode(frame, start, frame.length);
    let end = code < 0 ? frame.length : code;
    // One zero before a start code is part of it.
    if (code > start && frame[code - 1] === 0) end--;
    if (end === start) return -1;
    plan.bounds[2 * plan.units] = start;
    plan.bounds[2 * plan.units + 1] = end;
    plan.units++;
    if (code < 0) return growth;
    if (end === code) growth++;
    start = code + SHORT_START_CODE;
  }
}

/**
 * Says of each unit what stays clear, and in a copy moves it to its place: towards the front, since the copy starts
 * `room` bytes behind, all that the start codes grow by.
 */
function cut(frame: Uint8Array, plan: Plan, clearPrefix: ClearPrefix, room: number): void {
  const work = plan.media;
  let out = 0;
  for (let u = 0; u < plan.units; u++) {
    const start = plan.bounds[2 * u]!;
    const end = plan.bounds[2 * u + 1]!;
    plan.clear.add(out, out + START_CODE + clearPrefix(frame, start, end));
    if (work !== frame) {
      work[out] = 0;
      work[out + 1] = 0;
      work[out + 2] = 0;
      work[out + 3] = 1;
      work.copyWithin(out + START_CODE, start + room, end + room);
    }
    out += START_CODE + end - start;
  }
  plan.length = out;
}
