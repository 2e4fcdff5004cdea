// M1–M3, E13: which key sets receivers hold and for how long.

import { RETENTION_MS } from "../constants.ts";
import { type Draft, effect } from "./draft.ts";
import type { Departure, InstalledKeySet, KeySet, KeySetId } from "./state.ts";

const pendingKeySets = (draft: Draft): ReadonlySet<KeySetId | undefined> =>
  new Set(draft.state.records.map(({ keySet }) => keySet));

const replace = (draft: Draft, next: InstalledKeySet): void => {
  draft.state.keySets = draft.state.keySets.map((set) => (set.id === next.id ? next : set));
};

/** M1, M9: receivers learn the keys in addition to what they accept; prepared keys have no expiry (M3). */
export function install(draft: Draft, keySet: KeySet, order: number): void {
  const others = draft.state.keySets.filter(({ id }) => id !== keySet.id);
  const { members, holders } = draft.state.keySets.find(({ id }) => id === keySet.id) ?? {
    members: keySet.members,
    holders: keySet.members,
  };
  draft.state.keySets = [
    ...others,
    { ...keySet, members, holders, order, expiresAt: Number.POSITIVE_INFINITY, live: true },
  ];
  effect(draft, { type: "install", keySet: keySet.id });
}

/** §3: what a 21 with version > 0 captures: the newest established epoch whose keys are installed. */
export const newestEstablished = (draft: Draft): InstalledKeySet | undefined =>
  draft.state.keySets
    .filter(({ established, live }) => established && live)
    .reduce<InstalledKeySet | undefined>((a, b) => (a !== undefined && a.id > b.id ? a : b), undefined);

/** M3: an expiry 10 s from now, unless one runs already: a running one is never lengthened. */
function expire(draft: Draft, set: InstalledKeySet): void {
  const at = draft.now + RETENTION_MS;
  if (!set.live || set.expiresAt <= at) return;
  replace(draft, { ...set, expiresAt: at });
  effect(draft, { type: "expire", keySet: set.id, at });
}

/** M3: retention runs from execution, for every key older than the transition executed; prepared keys stay. */
export function expireOlder(draft: Draft, order: number, keep: KeySetId | undefined): void {
  const pending = pendingKeySets(draft);
  for (const set of draft.state.keySets)
    if (set.order < order && set.id !== keep && !pending.has(set.id)) expire(draft, set);
}

/** M10: the keys of a record dropped by the limit go after 10 s, unless another record or the sender uses them. */
export function expireDropped(draft: Draft, id: KeySetId | undefined): void {
  const { sender } = draft.state;
  const used = pendingKeySets(draft).has(id) || (sender.kind === "key" && sender.keySet === id);
  const set = draft.state.keySets.find((candidate) => candidate.id === id);
  if (set !== undefined && !used) expire(draft, set);
}

/** Users gone whom no transition has removed yet; more than a call can hold. */
const MAX_DEPARTURES = 1024;

/** E13: starts no expiry; the keys go in 10 s if no transition has removed the user by then. */
export function depart(draft: Draft, userId: string): void {
  const { state, now } = draft;
  if (state.departures.some((departure) => departure.userId === userId)) return;
  const group = state.group.kind === "none" ? 0 : state.group.keySet.id;
  const newest = Math.max(group, ...state.keySets.map(({ id }) => id));
  state.departures = [...state.departures, { userId, at: now + RETENTION_MS, newest }].slice(-MAX_DEPARTURES);
}

/** E13: rejoining cancels that. */
export function rejoin(draft: Draft, userIds: readonly string[]): void {
  draft.state.departures = draft.state.departures.filter(({ userId }) => !userIds.includes(userId));
}

/** E13: an executed epoch that began after a departure, and lacks the user, leaves the rest to M3; version 0 ends all. */
export function settleDepartures(draft: Draft, executed: KeySet | undefined): void {
  draft.state.departures = draft.state.departures.filter(
    ({ userId, newest }) =>
      executed !== undefined && (executed.id <= newest || executed.members.includes(userId)),
  );
}

/**
 * The keys of whoever left 10 s ago go, those of a pending record stay: they go once it is executed and has not
 * removed the user. An epoch that began later and holds the user is not touched: they are back before their op 11.
 */
function eraseDeparted(draft: Draft): void {
  const { state, now } = draft;
  const gone = state.departures.filter(({ at }) => now > at);
  if (gone.length === 0) return;
  if (gone.some(({ at }) => Number.isFinite(at)))
    state.departures = state.departures.map((departure) =>
      now > departure.at ? { ...departure, at: Number.NEGATIVE_INFINITY } : departure,
    );
  const pending = pendingKeySets(draft);
  for (const { userId, newest } of gone)
    for (const set of state.keySets) {
      if (set.id > newest || pending.has(set.id) || !set.members.includes(userId)) continue;
      replace(draft, { ...set, members: set.members.filter((member) => member !== userId) });
      effect(draft, { type: "erase", keySet: set.id, userId });
    }
  const held = ({ userId, newest }: Departure): boolean =>
    draft.state.keySets.some(({ id, members }) => id <= newest && members.includes(userId));
  state.departures = state.departures.filter((departure) => now <= departure.at || held(departure));
}

/** K4: replay state outlives the key while a record, the current epoch or the sender can use it again. */
function forgetUnused(draft: Draft): void {
  const { state } = draft;
  const pending = pendingKeySets(draft);
  const used = (id: KeySetId): boolean =>
    pending.has(id) ||
    (state.group.kind !== "none" && state.group.keySet.id === id) ||
    (state.sender.kind === "key" && state.sender.keySet === id);
  const unused = state.keySets.filter(({ id, live }) => !live && !used(id));
  if (unused.length === 0) return;
  state.keySets = state.keySets.filter((set) => !unused.includes(set));
  for (const { id } of unused) effect(draft, { type: "forget", keySet: id });
}

/** What time has done to keys: a key is valid up to and including its instant (M3). */
export function settleKeys(draft: Draft): void {
  eraseDeparted(draft);
  for (const set of draft.state.keySets)
    if (set.live && draft.now > set.expiresAt) {
      replace(draft, { ...set, live: false });
      effect(draft, { type: "retire", keySet: set.id });
    }
  forgetUnused(draft);
}
