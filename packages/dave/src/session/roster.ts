// Members of a group by user id (P2).

import { type Credential, equalBytes, type Group } from "@puredave/mls";
import { DaveError } from "../errors.ts";
import { snowflakeOf } from "../snowflake.ts";
import type { Roster } from "./outcomes.ts";

const NONE = new Uint8Array(0);

/** The identity of a basic credential (P2); empty for any other. */
export const identityOf = (credential: Credential): Uint8Array =>
  credential.credentialType === "basic" ? credential.identity : NONE;

/** User id → a copy of the 65-byte signature key; members without a Discord identity are left out. */
export function rosterOf(group: Group): Roster {
  const roster = new Map<string, Uint8Array>();
  for (const { identity, signatureKey } of group.members) {
    const userId = snowflakeOf(identity);
    if (userId !== undefined) roster.set(userId, signatureKey);
  }
  return roster;
}

/** Who came or changed keys, and, with an empty key, who went. */
export function rosterChanges(before: Roster, after: Roster): Map<string, Uint8Array> {
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
  if (key === undefined) throw new DaveError("unknown-user", "no other member of the group");
  return key;
}
