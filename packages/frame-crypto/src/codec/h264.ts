// C4 H.264 (ITU-T H.264 §7.3.1, §7.3.3): what depacketizers read of a slice stays clear.
import { sliceHeaderBytes } from "./exp-golomb.ts";
import { planNalUnits } from "./nal-units.ts";
import type { Planner } from "./plan.ts";

const HEADER = 1;

export function h264ClearPrefix(bytes: Uint8Array, start: number, end: number): number {
  const type = bytes[start]! & 0x1f;
  if (type === 1 || type === 5) return HEADER + sliceHeaderBytes(bytes, start + HEADER, end);
  const isOtherSlice = (type >= 2 && type <= 4) || (type >= 19 && type <= 21);
  return isOtherSlice ? HEADER : end - start;
}

export const planH264: Planner = (frame, plan) => planNalUnits(frame, plan, h264ClearPrefix);
