// M6: when receivers accept plaintext.

import { PLAINTEXT_PENDING_MS, PLAINTEXT_TAIL_MS } from "../constants.ts";
import { type Draft, effect, notify } from "./draft.ts";
import type { TransitionState } from "./state.ts";

/** Plaintext is accepted before this instant. */
const acceptedUntil = (state: TransitionState): number =>
  state.executed === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(state.plaintextTail, ...state.downgrades.map(({ until }) => until));

/** A version-0 transition was prepared: 120 s at most. */
export function openDowngrade(draft: Draft, order: number): void {
  draft.state.downgrades = [...draft.state.downgrades, { order, until: draft.now + PLAINTEXT_PENDING_MS }];
}

/** It was dropped, or something newer executed: 10 s more, never longer than it had. */
export function closeDowngrade(draft: Draft, order: number): void {
  const { state, now } = draft;
  for (const { until } of state.downgrades.filter((window) => window.order === order))
    state.plaintextTail = Math.max(state.plaintextTail, Math.min(until, now + PLAINTEXT_TAIL_MS));
  state.downgrades = state.downgrades.filter((window) => window.order !== order);
}

/** The same id announced again at version 0 has the window it had: 120 s from the first preparation. */
export function moveDowngrade(draft: Draft, from: number, to: number): void {
  draft.state.downgrades = draft.state.downgrades.map((window) =>
    window.order === from ? { ...window, order: to } : window,
  );
}

/** Version 0 is executed: only downgrades prepared after it still have a window of their own. */
export function enterPlain(draft: Draft, order: number): void {
  draft.state.downgrades = draft.state.downgrades.filter((window) => window.order > order);
  draft.state.plaintextTail = Number.NEGATIVE_INFINITY;
}

/** Version 0 was executed until now. */
export function leavePlain(draft: Draft): void {
  draft.state.plaintextTail = draft.now + PLAINTEXT_TAIL_MS;
}

/** Tells receivers and listeners what has changed; a window closes at its instant, exclusively. */
export function settlePlaintext(draft: Draft): void {
  const { state, now } = draft;
  if (state.downgrades.some(({ until }) => until <= now))
    state.downgrades = state.downgrades.filter(({ until }) => until > now);
  const latest = acceptedUntil(state);
  const until = latest > now ? latest : Number.NEGATIVE_INFINITY;
  if (until !== state.plaintextUntil) {
    state.plaintextUntil = until;
    effect(draft, { type: "accept-plaintext", until });
  }
  const open = until > now;
  if (open !== state.plaintextOpen) {
    state.plaintextOpen = open;
    notify(draft, { type: "plaintext", accepted: open });
  }
}
