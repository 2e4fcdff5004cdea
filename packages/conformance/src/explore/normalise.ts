// States that differ only by names, or by times on which nothing depends, are one: each gives the same text.
import type { Bound, World } from "./model.ts";

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

/** Time since or until `now`; whatever is longer ago than any rule looks back (30 s) is equally long ago. */
const relative = (at: number | undefined, now: number): number | undefined =>
  at === undefined ? undefined : Math.max(at - now, -30_001);

/** Replaces numbers by their rank; comparisons are all that key-set ids and orders serve for. */
function ranks(numbers: readonly number[]): (value: number | undefined) => number | undefined {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  return (value) => (value === undefined ? undefined : sorted.indexOf(value));
}

function keySetRanks({ state, witness }: World) {
  return ranks([
    ...state.keySets.map(({ id }) => id),
    ...state.records.flatMap(({ keySet }) => (keySet === undefined ? [] : [keySet])),
    ...state.departures.map(({ newest }) => newest),
    ...(state.group.kind === "none" ? [] : [state.group.keySet.id]),
    ...(state.sender.kind === "key" ? [state.sender.keySet] : []),
    ...witness.forgotten,
    ...Object.keys(witness.expiries).map(Number),
  ]);
}

function orderRanks({ state }: World) {
  return ranks([
    ...state.keySets.map(({ order }) => order),
    ...state.records.map(({ order }) => order),
    ...state.downgrades.map(({ order }) => order),
  ]);
}

interface Names {
  readonly user: (userId: string) => string;
  readonly id: (id: number) => number;
}

function textOf(world: World, { user, id }: Names): string {
  const { state, now, witness } = world;
  const key = keySetRanks(world);
  const order = orderRanks(world);
  const users = (list: Iterable<string>) => [...list].map(user).sort();
  const ids = (list: readonly number[]) => list.map(id).sort((a, b) => a - b);
  const time = (at: number | undefined) => relative(at, now);
  const wait = (w: { at: number; id: number } | undefined) => w && [time(w.at), id(w.id)];
  const known = (keySet: number) => key(keySet) !== -1;
  const { recovery, deafness, group, sender } = state;
  return JSON.stringify([
    [state.connected, users(state.recognized), users(state.roster), state.membership, deafness],
    [state.announced, state.executed, state.everEncrypted, state.groupWanted, world.adopted],
    group.kind === "none" ? 0 : [group.kind, key(group.keySet.id), users(group.keySet.members)],
    sender.kind === "key" ? key(sender.keySet) : sender,
    state.keySets.map((set) => [
      [key(set.id), users(set.members), users(set.holders), set.established],
      [order(set.order), String(time(set.expiresAt)), set.live],
    ]),
    state.records.map((r) => [
      [id(r.id), r.version, order(r.order), key(r.keySet)],
      [time(r.preparedAt), time(r.readyAt), time(r.heardAt)],
    ]),
    ids(state.finished),
    state.remembered.map((r) => [id(r.id), time(r.until)]),
    state.departures.map((d) => [user(d.userId), time(d.at), key(d.newest)]),
    state.downgrades.map((d) => [order(d.order), time(d.until)]),
    [time(state.plaintextTail), String(time(state.plaintextUntil)), state.plaintextOpen],
    [state.lastAnnouncedId === undefined ? -1 : id(state.lastAnnouncedId)],
    [time(recovery.lastAt), time(recovery.lastFaultAt), recovery.delay],
    [wait(recovery.due), recovery.unanswered === undefined ? -1 : id(recovery.unanswered)],
    [wait(state.foreignCommit), wait(state.staleWelcome)],
    Object.entries(witness.holders)
      .filter(([k]) => known(Number(k)))
      .map(([k, list]) => [key(Number(k)), users(list)]),
    [users(witness.named), time(witness.lastInvalidAt), witness.forgotten.map(key)],
    Object.entries(witness.expiries).map(([k, at]) => [key(Number(k)), String(time(at))]),
  ]);
}

/** The naming functions of every symmetry of a bound: of the users, and of the non-zero ids. */
export function symmetries({ users, ids }: Bound): readonly Names[] {
  const others = ids.filter((id) => id !== 0);
  return permutations(users).flatMap((asUsers) =>
    permutations(others).map((asIds) => ({
      user: (userId: string) => asUsers[users.indexOf(userId)] ?? userId,
      id: (id: number) => asIds[others.indexOf(id)] ?? id,
    })),
  );
}

/** One text for all worlds that differ only by names. */
export const normalised = (world: World, names: readonly Names[]): string =>
  names.map((one) => textOf(world, one)).sort()[0] ?? "";
