// C6 AV1 (bitstream specification §5.3): OBU headers and minimal sizes clear, payloads encrypted.
import { type Cursor, readUleb128, writeUleb128 } from "../format/uleb128.ts";
import type { Plan, Planner } from "./plan.ts";

const FORBIDDEN = 0x80;
const EXTENSION = 0x04;
const HAS_SIZE = 0x02;
/** AV1 §4.10.5: leb128() takes at most 8 bytes. */
const MAX_SIZE_BYTES = 8;

/** Temporal delimiter, tile list, padding: transports drop them. */
const DROPPED = [2, 8, 15];
const isDropped = (header: number): boolean => DROPPED.includes((header >>> 3) & 15);

/** One OBU of the source frame. */
interface Obu {
  header: number;
  start: number;
  payload: number;
  end: number;
}

/** Reads the OBU at `at`; false for C0. */
function readObu(frame: Uint8Array, at: number, obu: Obu, cursor: Cursor): boolean {
  obu.header = frame[at]!;
  obu.start = at;
  obu.payload = at + 1 + (obu.header & EXTENSION ? 1 : 0);
  if (obu.header & FORBIDDEN || obu.payload > frame.length) return false;
  if (!(obu.header & HAS_SIZE)) {
    obu.end = frame.length;
    return obu.payload < frame.length;
  }
  cursor.at = obu.payload;
  cursor.end = Math.min(frame.length, obu.payload + MAX_SIZE_BYTES);
  const size = readUleb128(cursor);
  if (size < 0 || size > frame.length - cursor.at) return false;
  obu.payload = cursor.at;
  obu.end = obu.payload + size;
  return true;
}

/** Where the last OBU that will be written starts, -1 for none; undefined for C0. */
function lastKept(frame: Uint8Array, obu: Obu, cursor: Cursor): number | undefined {
  let last = -1;
  for (let at = 0; at < frame.length; at = obu.end) {
    if (!readObu(frame, at, obu, cursor)) return undefined;
    if (!isDropped(obu.header)) last = at;
  }
  return last;
}

/** Writes one OBU at `out`, which is never behind its source; returns the place behind it. */
function writeObu(work: Uint8Array, obu: Obu, out: number, isLast: boolean, plan: Plan): number {
  const { header, start, payload, end } = obu;
  let at = out;
  work[at++] = isLast ? header & ~HAS_SIZE : header;
  if (header & EXTENSION) work[at++] = work[start + 1]!;
  if (!isLast) at = writeUleb128(end - payload, work, at);
  plan.clear.add(out, at);
  work.copyWithin(at, payload, end);
  return at + end - payload;
}

export const planAv1: Planner = (frame, plan) => {
  const obu: Obu = { header: 0, start: 0, payload: 0, end: 0 };
  const cursor: Cursor = { bytes: frame, at: 0, end: 0 };
  const last = lastKept(frame, obu, cursor);
  if (last === undefined) return false;
  const work = plan.copyBehind(0, frame);
  let out = 0;
  // `frame`, not the workspace, is read for structure: the workspace is overwritten on the way.
  for (let at = 0; at < frame.length; at = obu.end) {
    readObu(frame, at, obu, cursor);
    if (!isDropped(obu.header)) out = writeObu(work, obu, out, at === last, plan);
  }
  plan.length = out;
  return true;
};
