// E11, E13, E21: who is in the call, and who of them knows the key that our sender uses.

import { MAX_RECOGNIZED_USERS } from "../constants.ts";
import { frozenSet } from "../frozen.ts";
import { type Draft, notify, takeOrder } from "./draft.ts";
import { depart, install, rejoin } from "./keys.ts";
import { drop, executeSoleMember, holdersOf } from "./records.ts";

/** E21: named members of the epoch of the sender's key whom no op 13 has named since; without a key, whoever is named. */
function holders({ state }: Draft): readonly string[] {
  const { sender, recognized } = state;
  return sender.kind === "key" ? holdersOf(state, sender.keySet) : [...recognized];
}

/** E11: adds users, never replaces the set (LIB-07). A known user again changes nothing. */
export function connect(draft: Draft, userIds: readonly string[]): void {
  const { state } = draft;
  const newcomers = userIds.filter((userId) => !state.recognized.has(userId));
  const room = MAX_RECOGNIZED_USERS - state.recognized.size;
  if (newcomers.length > room) notify(draft, { type: "ignored", op: 11, reason: "too-many-users" });
  if (newcomers.length > 0)
    state.recognized = frozenSet([...state.recognized, ...newcomers.slice(0, Math.max(0, room))]);
  rejoin(draft, userIds);
}

/** Whether anything at all is known of a user: an op 13 for anybody else changes nothing. */
const isKnown = ({ state }: Draft, userId: string): boolean =>
  state.recognized.has(userId) ||
  state.roster.includes(userId) ||
  state.keySets.some(({ members }) => members.includes(userId));

/** E13; E21: the op 13 that takes the last holder away while our group is pending or missing. */
export function disconnect(draft: Draft, userId: string): void {
  const { state } = draft;
  if (!isKnown(draft, userId)) return;
  const before = holders(draft).length;
  state.recognized = frozenSet([...state.recognized].filter((other) => other !== userId));
  state.keySets = state.keySets.map((set) =>
    set.holders.includes(userId) ? { ...set, holders: set.holders.filter((other) => other !== userId) } : set,
  );
  depart(draft, userId);
  const lastLeft = before > 0 && holders(draft).length === 0;
  const { executed, group } = state;
  if (lastLeft && group.kind !== "established" && executed !== undefined && executed > 0)
    soleMemberReset(draft, executed, "disconnect");
}

/** E21: a 21 with id 0 and version > 0 while our group is pending or missing. */
export function prepareAlone(draft: Draft, version: number): void {
  draft.state.announced = version;
  // a holder is left: the sender goes on with its key, and nothing is executed or dropped
  if (holders(draft).length > 0) return;
  soleMemberReset(draft, version, "prepare");
}

/**
 * E21: whoever left knows the sender's key, so the sender leaves it for that of the pending group, which nobody else
 * can derive. Without a pending group it is not ready, and takes the key of the next one (E25).
 */
function soleMemberReset(draft: Draft, version: number, by: "prepare" | "disconnect"): void {
  const { state } = draft;
  const { group } = state;
  const order = takeOrder(draft);
  const keySet = group.kind === "pending" ? group.keySet : undefined;
  if (keySet !== undefined) install(draft, keySet, order);
  // M10; at an op 13 a pending version-0 record stays
  for (const older of state.records) if (by === "prepare" || older.version > 0) drop(draft, older);
  state.roster = [];
  state.membership = "in";
  executeSoleMember(draft, { version, order, keySet: keySet?.id });
}
