// The working copy of one step of the transition function: fields are replaced, values never changed in place.

import type { TransitionEffect, TransitionNotice } from "./events.ts";
import type { TransitionState } from "./state.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Draft {
  readonly state: Mutable<TransitionState>;
  readonly effects: TransitionEffect[];
  readonly now: number;
}

export const draftOf = (state: TransitionState, now: number): Draft => ({
  state: { ...state },
  effects: [],
  now,
});

export const effect = (draft: Draft, what: TransitionEffect): void => {
  draft.effects.push(what);
};

export const notify = (draft: Draft, notice: TransitionNotice): void =>
  effect(draft, { type: "notify", notice });

/** A place in the order of preparations (M10). */
export const takeOrder = (draft: Draft): number => draft.state.nextOrder++;
