// What listeners know of the group. Replaying the events gives what the getters say.

import type { Roster } from "../session/outcomes.ts";
import { rosterChanges } from "../session/roster.ts";
import type { DaveEvent } from "./events.ts";

/** What the getters of a client say about its group. */
export interface GroupView {
  readonly epoch: bigint | undefined;
  /** Members of the epoch, pending or established, with ourselves. */
  readonly members: readonly string[];
  readonly roster: Roster;
  readonly unrecognized: readonly string[];
  readonly inGroup: boolean;
}

const NOTHING: GroupView = {
  epoch: undefined,
  members: [],
  roster: new Map(),
  unrecognized: [],
  inGroup: true,
};

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** Compares what was told with what holds now, and makes the events between them. */
export class ToldGroup {
  readonly #ownId: string;
  #told = NOTHING;

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /**
   * The events that lead from what was told to `view`.
   *
   * @param adopted an epoch was reached: `epoch` and `roster` are told even when they look the same (E30)
   */
  update(view: GroupView, adopted: boolean): DaveEvent[] {
    const told = this.#told;
    this.#told = view;
    const { epoch, inGroup, unrecognized } = view;
    const changes = rosterChanges(told.roster, view.roster);
    changes.delete(this.#ownId);
    const events: DaveEvent[] = [];
    if (adopted || epoch !== told.epoch) events.push({ type: "epoch", epoch, members: [...view.members] });
    if (adopted || changes.size > 0 || !same(unrecognized, told.unrecognized)) {
      const added = [...changes].filter(([, key]) => key.length > 0).map(([userId]) => userId);
      const removed = [...changes].filter(([, key]) => key.length === 0).map(([userId]) => userId);
      events.push({ type: "roster", added, removed, unrecognized: [...unrecognized] });
    }
    if (inGroup !== told.inGroup) events.push({ type: "group", inGroup });
    return events;
  }
}
