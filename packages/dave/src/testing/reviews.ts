// What the gateway does about the group when something has changed: proposals (G5), or a new group (G10).

import type { CallState } from "./call-state.ts";

/** G10: how long the sole member's reset waits for the commit of the Remove, ms. */
const REMOVE_PATIENCE_MS = 4_000;

/** Looks at what has changed, and proposes what follows from it. */
export function review(call: CallState): void {
  if (!call.groups) return;
  if (call.group.epoch.established && !call.group.hasCommitter) return noCommitter(call);
  const wait = Math.max(call.choices.duration("propose"), call.quietUntil - call.clock.now());
  if (wait <= 0) propose(call);
  else call.clock.setTimer(wait, () => propose(call));
}

function propose(call: CallState): void {
  if (call.groups && !call.busy && call.clock.now() >= call.quietUntil) call.group.propose();
}

/** G10: one connected user is left. `now`: no Remove is committed before. */
export function leftAlone(call: CallState, now: boolean): void {
  const removes = !now && call.group.epoch.established && call.group.hasCommitter;
  if (removes && call.choices.flip("remove-before-reset")) {
    call.resetAfterRemove = true;
    const resets = (): unknown => call.resetAfterRemove && leftAlone(call, true);
    return void call.clock.setTimer(REMOVE_PATIENCE_MS, resets);
  }
  call.resetAfterRemove = false;
  const [seat, ...others] = call.seats.all;
  if (seat === undefined || others.length > 0 || !call.groups) return review(call);
  call.transitions.void();
  call.restart();
  call.zeroAllowed = true;
  call.sendReset(seat);
  call.nowAt(1);
}

/** G10: nobody is left who could commit. */
function noCommitter(call: CallState): void {
  if (call.seats.all.length === 1) return leftAlone(call, true);
  call.transitions.void();
  call.restart();
  call.zeroAllowed = false;
  for (const seat of call.seats.daves) call.sendEpoch(seat);
}
