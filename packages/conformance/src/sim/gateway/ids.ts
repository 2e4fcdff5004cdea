// voice-gateway.md G8: transition ids.
import type { Call } from "./call.ts";

// G8: 1…65535, wrapping, never one still pending
export function nextTransitionId(call: Call): number {
  do {
    call.lastId = (call.lastId % 0xffff) + 1;
  } while (call.pending.some((transition) => transition.id === call.lastId));
  return call.lastId;
}

// G8: 0 only for the first group of a call or after a sole-member reset; upgrades use others
export function groupTransitionId(call: Call, wasEstablished: boolean): number {
  const zero = !wasEstablished && call.nextGroupIsZero && !call.upgrading;
  call.nextGroupIsZero = false;
  return zero ? 0 : nextTransitionId(call);
}
