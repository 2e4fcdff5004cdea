// C5 H.265 (RFC 7798 §1.1.4): the two-byte NAL unit header of coded slices stays clear, parameter sets and the like whole.
import { planNalUnits } from "./nal-units.ts";
import type { Planner } from "./plan.ts";

const HEADER = 2;
/** Types below this are VCL units: they carry coded picture data. */
const FIRST_NON_VCL = 32;

export function h265ClearPrefix(bytes: Uint8Array, start: number, end: number): number {
  const type = (bytes[start]! >>> 1) & 0x3f;
  return type < FIRST_NON_VCL ? Math.min(HEADER, end - start) : end - start;
}

export const planH265: Planner = (frame, plan) => planNalUnits(frame, plan, h265ClearPrefix);
