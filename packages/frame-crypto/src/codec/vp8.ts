// C2 VP8: what RFC 7741 packetizers read stays clear.
import type { Planner } from "./plan.ts";

/** RFC 6386 §9.1: frame tag 3, start code 3, width and height 4. */
const KEY_FRAME_HEADER = 10;

export const planVp8: Planner = (frame, plan) => {
  const header = (frame[0]! & 1) === 0 ? KEY_FRAME_HEADER : 1;
  if (frame.length < header) return false;
  plan.clear.add(0, header);
  return true;
};
