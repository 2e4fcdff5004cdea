// E31: recoveries and the delays between them; the two waits of E29 and E30 that end in a recovery; O3.

import {
  MEDIA_DEAF_MAX_MS,
  MEDIA_DEAF_PENDING_MS,
  MISSING_WELCOME_MS,
  RECOVERY_MAX_MS,
  RECOVERY_SPACING_MS,
  RESUMED_RECOVERY_MS,
} from "../constants.ts";
import { type Draft, effect, notify } from "./draft.ts";
import type { TransitionState } from "./state.ts";

/** M4: erases MLS state only, whatever the sender and receivers use stays; a pending group follows where one is wanted. */
export function resetMls(draft: Draft, keepKeyPackage = false): void {
  const { state } = draft;
  state.group = { kind: "none" };
  effect(draft, { type: "reset-mls", keepKeyPackage });
  if (state.groupWanted) effect(draft, { type: "build-pending-group" });
}

/** Our own way in has arrived or started anew: nothing is missing any more. */
export function clearMissing(draft: Draft): void {
  draft.state.foreignCommit = undefined;
  draft.state.staleWelcome = undefined;
}

/** E31: 31 with the id, reset, new 26, in this order; media state stays. */
function recoverNow(draft: Draft, id: number): void {
  const { state, now } = draft;
  notify(draft, { type: "recovery", phase: "started", transitionId: id, delayMs: 0 });
  effect(draft, { type: "send-invalid", id });
  resetMls(draft);
  effect(draft, { type: "send-key-package" });
  clearMissing(draft);
  state.membership = "recovering";
  state.recovery = { ...state.recovery, lastAt: now, due: undefined, unanswered: id };
}

/** The delay of a fault that may not be answered at once: 1, 2, 4 … 30 s. */
const nextDelay = (delay: number): number =>
  delay === 0 ? RECOVERY_SPACING_MS : Math.min(delay * 2, RECOVERY_MAX_MS);

/** E31: the first fault is answered at once, those that follow too soon are delayed; one timer, the latest id wins. */
export function fault(draft: Draft, id: number): void {
  const { state, now } = draft;
  const { lastAt, lastFaultAt, due } = state.recovery;
  // a delay of 30 s is no quiet time: it ends with the recovery that it delayed
  const lastTrouble = Math.max(lastFaultAt ?? Number.NEGATIVE_INFINITY, lastAt ?? Number.NEGATIVE_INFINITY);
  const quiet = now - lastTrouble >= RECOVERY_MAX_MS;
  const delay = quiet ? 0 : state.recovery.delay;
  state.recovery = { ...state.recovery, delay, lastFaultAt: now };
  if (due !== undefined) {
    state.recovery = { ...state.recovery, due: { at: due.at, id } };
    return;
  }
  const soon = lastAt !== undefined && now - lastAt < RECOVERY_SPACING_MS;
  const wait = delay === 0 && !soon ? 0 : nextDelay(delay);
  if (wait === 0 && state.connected) return recoverNow(draft, id);
  state.recovery = { ...state.recovery, delay: wait, due: { at: now + wait, id } };
  // O3: while the connection is lost it comes 1 s after op 9 at the earliest
  const delayMs = state.connected ? wait : Math.max(wait, RESUMED_RECOVERY_MS);
  notify(draft, { type: "recovery", phase: "scheduled", transitionId: id, delayMs });
}

/** A commit or welcome was adopted: whatever was wrong is healed. */
export function healed(draft: Draft): void {
  const { state } = draft;
  clearMissing(draft);
  const { due } = state.recovery;
  state.recovery = { ...state.recovery, due: undefined, unanswered: undefined };
  if (due !== undefined)
    notify(draft, { type: "recovery", phase: "abandoned", transitionId: due.id, delayMs: 0 });
}

/** E29, E30: the first message that passed us by starts the wait. */
export function missing(draft: Draft, which: "foreignCommit" | "staleWelcome", id: number): void {
  draft.state[which] ??= { at: draft.now + MISSING_WELCOME_MS, id };
}

/** Carries out what is due. */
export function settleRecovery(draft: Draft): void {
  const { state, now } = draft;
  // O3: while the connection is lost no recovery is carried out, and nothing is concluded from silence
  if (!state.connected) return;
  const { due } = state.recovery;
  if (due !== undefined && now >= due.at) recoverNow(draft, due.id);
  for (const which of ["foreignCommit", "staleWelcome"] as const) {
    const wait = state[which];
    if (wait === undefined || now < wait.at) continue;
    state[which] = undefined;
    fault(draft, wait.id);
  }
}

/** O3: the waits begin anew at op 9, and a recovery that fell due while the connection was lost comes 1 s later. */
export function resumeRecovery(draft: Draft): void {
  const { state, now } = draft;
  const at = now + MISSING_WELCOME_MS;
  for (const which of ["foreignCommit", "staleWelcome"] as const) {
    const wait = state[which];
    if (wait !== undefined) state[which] = { ...wait, at };
  }
  const { due } = state.recovery;
  if (due === undefined) return;
  const delayMs = Math.max(due.at - now, RESUMED_RECOVERY_MS);
  state.recovery = { ...state.recovery, due: { ...due, at: now + delayMs } };
  notify(draft, { type: "recovery", phase: "scheduled", transitionId: due.id, delayMs });
}

/** E31: whether there is a group to get back into: none while version 0 is announced. */
export const canRecover = ({ announced, groupWanted }: TransitionState): boolean =>
  announced !== 0 && groupWanted;

/** E31: whether media that have failed for long enough start a recovery at `now`. */
export const mediaMayRecover = (state: TransitionState, now: number): boolean =>
  state.connected &&
  canRecover(state) &&
  state.records.every(({ preparedAt }) => now - preparedAt >= MEDIA_DEAF_PENDING_MS);

/** E31: each recovery that media start doubles the time after which they start the next. */
export function recoverFromMedia(draft: Draft): void {
  const { state, now } = draft;
  if (!mediaMayRecover(state, now)) return;
  const afterMs = Math.min(2 * state.deafness.afterMs, MEDIA_DEAF_MAX_MS);
  state.deafness = { afterMs, adopted: false };
  fault(draft, state.lastAnnouncedId ?? 0);
}
