// C0–C6 the table codec → planner.
import { planAv1 } from "./av1.ts";
import type { Codec } from "./codec.ts";
import { planH264 } from "./h264.ts";
import { planH265 } from "./h265.ts";
import type { Plan, Planner } from "./plan.ts";
import { planVp8 } from "./vp8.ts";

/** C1: frames of codecs without one are encrypted whole. */
const PLANNERS: Readonly<Partial<Record<Codec, Planner>>> = {
  vp8: planVp8,
  h264: planH264,
  h265: planH265,
  av1: planAv1,
};

/** Plans one frame. Never throws for what the frame holds. */
export function makePlan(codec: Codec, frame: Uint8Array, plan: Plan): void {
  plan.keep(frame);
  // C0: what a planner cannot read is encrypted whole, as it came.
  if (PLANNERS[codec]?.(frame, plan) === false) plan.keep(frame);
}
