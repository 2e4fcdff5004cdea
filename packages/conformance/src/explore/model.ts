// What the search moves through: the state of the transition function, and what an onlooker remembers beside it.
import {
  INITIAL_TRANSITIONS,
  type Step,
  type TransitionEvent,
  type TransitionState,
} from "@puredave/dave/protocol";

export interface Bound {
  readonly users: readonly string[];
  readonly epochs: number;
  readonly ids: readonly number[];
}

export const BOUNDS: Readonly<Record<string, Bound>> = {
  A: { users: ["1", "2"], epochs: 2, ids: [0, 5] },
  B: { users: ["1", "2"], epochs: 3, ids: [0, 5, 6] },
};

/** What the effects and events of a path have said, gathered without a look at the state. */
export interface Witness {
  /** Users other than ourselves whom no op 13 has named since the epoch was adopted, by key set. */
  readonly holders: Readonly<Record<number, readonly string[]>>;
  readonly named: readonly string[];
  /** Expiries of the keys that receivers accept. */
  readonly expiries: Readonly<Record<number, number>>;
  readonly forgotten: readonly number[];
  readonly lastInvalidAt: number;
}

export interface World {
  readonly state: TransitionState;
  readonly now: number;
  /** Key sets made so far, those of pending groups too. */
  readonly made: number;
  readonly adopted: number;
  readonly witness: Witness;
}

export type Transition = (state: TransitionState, event: TransitionEvent, now: number) => Step;
export type Deadline = (state: TransitionState) => number | undefined;

/** An event at a time not before that of the world. */
export interface Move {
  readonly event: TransitionEvent;
  readonly at: number;
}

const SELF = "0";
/** Long after the start of the clock, so that no time is 0 by chance. */
const START = 1_000_000;

export const INITIAL_WORLD: World = {
  state: INITIAL_TRANSITIONS,
  now: START,
  made: 0,
  adopted: 0,
  witness: { holders: {}, named: [], expiries: {}, forgotten: [], lastInvalidAt: Number.NEGATIVE_INFINITY },
};

/** Everything that can happen next. Always the same list in the same order for the same world. */
export function movesOf(world: World, bound: Bound, deadline: Deadline): readonly Move[] {
  const at = deadline(world.state);
  const ticks = at === undefined ? [] : [at - 1, at, at + 1].filter((time) => time > world.now);
  return [
    ...eventsOf(world, bound).map((event) => ({ event, at: world.now })),
    ...ticks.map((time) => ({ event: { type: "tick" } as const, at: time })),
  ];
}

function eventsOf({ state, made, adopted }: World, bound: Bound): readonly TransitionEvent[] {
  const { group, connected, announced } = state;
  const events: TransitionEvent[] = [{ type: "identify" }];
  for (const version of [1, 0]) events.push({ type: "select-version", version });
  events.push(connected ? { type: "connection-lost" } : { type: "resumed" });
  for (const userId of bound.users)
    events.push({ type: "connect", userIds: [userId] }, { type: "disconnect", userId });
  for (const id of bound.ids)
    events.push(
      { type: "prepare", version: 1, id },
      { type: "prepare", version: 0, id },
      { type: "execute", id },
    );
  events.push({ type: "prepare-epoch", version: 1, epoch: 1n }, { type: "recover" }, { type: "media-deaf" });
  if (group.kind === "none" && state.groupWanted)
    events.push({ type: "pending-group", keySet: { id: made + 1, members: [SELF], established: false } });
  for (const { id, live } of state.keySets) if (live) events.push({ type: "decrypted", keySet: id });
  if (group.kind === "none" || announced === undefined) return events;
  for (const id of bound.ids) {
    events.push({ type: "invalid", id });
    if (group.kind === "pending") events.push({ type: "foreign-commit", id }, { type: "stale-welcome", id });
    else events.push({ type: "removed", id, keyPackageWaits: false });
    if (adopted >= bound.epochs) continue;
    for (const others of [[bound.users[0] as string], [bound.users[1] as string], bound.users])
      events.push({
        type: "adopted",
        id,
        keySet: { id: made + 1, members: [SELF, ...others], established: true },
      });
  }
  events.push({ type: "future-proposals", ownCommit: true });
  return events;
}

function witnessed(before: Witness, { event, at }: Move, step: Step): Witness {
  if (event.type === "identify") return { ...INITIAL_WORLD.witness, forgotten: before.forgotten };
  const holders: Record<number, readonly string[]> = { ...before.holders };
  const expiries: Record<number, number> = { ...before.expiries };
  const forgotten = [...before.forgotten];
  let { named, lastInvalidAt } = before;
  if (event.type === "connect") named = [...new Set([...named, ...event.userIds])];
  if (event.type === "disconnect") {
    named = named.filter((userId) => userId !== event.userId);
    for (const [id, users] of Object.entries(holders))
      holders[Number(id)] = users.filter((userId) => userId !== event.userId);
  }
  if (event.type === "adopted")
    holders[event.keySet.id] = event.keySet.members.filter((userId) => userId !== SELF);
  for (const effect of step.effects) {
    if (effect.type === "install") expiries[effect.keySet] = Number.POSITIVE_INFINITY;
    if (effect.type === "expire") expiries[effect.keySet] = effect.at;
    if (effect.type === "retire" || effect.type === "forget") delete expiries[effect.keySet];
    if (effect.type === "forget") forgotten.push(effect.keySet);
    if (effect.type === "send-invalid") lastInvalidAt = at;
  }
  return { holders, named, expiries, forgotten, lastInvalidAt };
}

/** The world after a move. */
export function moved(world: World, move: Move, step: Step): World {
  const { event } = move;
  const makes = event.type === "adopted" || event.type === "pending-group";
  return {
    state: step.state,
    now: move.at,
    made: world.made + (makes ? 1 : 0),
    adopted: world.adopted + (event.type === "adopted" ? 1 : 0),
    witness: witnessed(world.witness, move, step),
  };
}
