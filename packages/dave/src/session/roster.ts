// Members of a group by user id (P2).

import { type Credential, equalBytes, type Group, type Member } from "@puredave/mls";
import { DaveError, expectThat, isFunction } from "../errors.ts";
import { frozenBytesMap } from "../frozen.ts";
import { snowflakeOf } from "../snowflake.ts";
import type { Roster } from "./outcomes.ts";

const NONE = new Uint8Array(0);

/** The identity of a basic credential (P2); empty for any other. */
export const identityOf = (credential: Credential): Uint8Array =>
  credential.credentialType === "basic" ? credential.identity : NONE;

/** A group never changes: who is in it is read once. */
const MEMBERS = new WeakMap<Group, readonly Member[]>();
const ROSTERS = new WeakMap<Group, Roster>();

/** Returns the members of a group. The list is shared: it must not be changed. */
export function membersOf(group: Group): readonly Member[] {
  const members = MEMBERS.get(group) ?? group.members;
  MEMBERS.set(group, members);
  return members;
}

/** Returns user id → 65-byte signature key; members without a Discord identity are left out. It cannot be changed. */
export function rosterOf(group: Group): Roster {
  const known = ROSTERS.get(group);
  if (known !== undefined) return known;
  const entries = membersOf(group).map(
    ({ identity, signatureKey }) => [snowflakeOf(identity), signatureKey] as const,
  );
  const roster = frozenBytesMap(
    entries.filter((entry): entry is [string, Uint8Array] => entry[0] !== undefined),
  );
  ROSTERS.set(group, roster);
  return roster;
}

/** E27, E30: whether op 11 has named a user. We are always recognised ourselves. */
export const isRecognized = (userId: string, recognized: ReadonlySet<string>, ownId: string): boolean =>
  userId === ownId || recognized.has(userId);

/**
 * Compares two rosters: user id → the new 65-byte key of whoever came or changed keys, and an empty key for whoever
 * went.
 */
export function rosterChanges(before: Roster, after: Roster): Map<string, Uint8Array> {
  for (const [name, roster] of Object.entries({ before, after }))
    expectThat(isFunction(roster?.get), name, "a map of public keys by user id", roster);
  const changes = new Map<string, Uint8Array>();
  for (const [userId, key] of after) {
    const known = before.get(userId);
    if (known === undefined || !equalBytes(known, key)) changes.set(userId, key);
  }
  for (const userId of before.keys()) if (!after.has(userId)) changes.set(userId, NONE);
  return changes;
}

/** V4: a key to verify comes from the group's roster only. */
export function memberKey(roster: Roster, ownId: string, userId: string): Uint8Array {
  const key = userId === ownId ? undefined : roster.get(userId);
  if (key === undefined)
    throw new DaveError(
      "unknown-user",
      userId === ownId ? `${userId} is our own id` : `${userId} is no member of the group`,
    );
  return key;
}
