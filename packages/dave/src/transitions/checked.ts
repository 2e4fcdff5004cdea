// The transition function as callers outside meet it: what makes no sense is refused before anything is done.

import { checkObject, expectOneOf, expectThat } from "../errors.ts";
import type { Step, TransitionEvent } from "./events.ts";
import { nextTransitionDeadline as deadlineOf, transition as step } from "./reduce.ts";
import type { KeySet, TransitionState } from "./state.ts";

type Check = (value: never, name: string) => void;

const u16: Check = (value: number, name) =>
  expectThat(Number.isInteger(value) && value >= 0 && value <= 0xffff, name, "an integer of 16 bits", value);
const flag: Check = (value: unknown, name) =>
  expectThat(typeof value === "boolean", name, "true or false", value);
const keySetId: Check = (value: number, name) =>
  expectThat(Number.isSafeInteger(value) && value >= 0, name, "the id of a key set", value);
const epoch: Check = (value: bigint, name) =>
  expectThat(typeof value === "bigint" && value >= 0n, name, "a bigint from 0 on", value);

/** Ids are compared as text: a bigint would be another user. */
const isUserId = (value: unknown): boolean => typeof value === "string" && value !== "";
const userId: Check = (value: unknown, name) => expectThat(isUserId(value), name, "a user id as text", value);
const userIds: Check = (value: unknown, name) =>
  expectThat(Array.isArray(value) && value.every(isUserId), name, "a list of user ids as text", value);

function keySet(value: KeySet, name: string): void {
  checkObject(value, name);
  keySetId(value.id as never, `${name}.id`);
  userIds(value.members as never, `${name}.members`);
  flag(value.established as never, `${name}.established`);
}

/** Every event with the checks of its fields. */
const EVENTS: { readonly [T in TransitionEvent["type"]]: Readonly<Record<string, Check>> } = {
  identify: {},
  "select-version": { version: u16 },
  "connection-lost": {},
  resumed: {},
  connect: { userIds },
  disconnect: { userId },
  prepare: { version: u16, id: u16 },
  execute: { id: u16 },
  "prepare-epoch": { version: u16, epoch },
  "pending-group": { keySet },
  adopted: { id: u16, keySet },
  removed: { id: u16, keyPackageWaits: flag },
  invalid: { id: u16 },
  "foreign-commit": { id: u16 },
  "stale-welcome": { id: u16 },
  announced: { id: u16 },
  "future-proposals": { ownCommit: flag },
  decrypted: { keySet: keySetId },
  "media-deaf": {},
  recover: {},
  tick: {},
};

function checkState(state: TransitionState): void {
  const fits = Array.isArray(state?.records) && Array.isArray(state.keySets);
  expectThat(fits, "state", "INITIAL_TRANSITIONS or the state of a step", state);
}

/**
 * Everything the gateway, the clock and the group can do to a session's media (§3), as a pure function: `state` stays as
 * it was. The effects are to be carried out in order: those for which `isMediaEffect` holds by a `SessionMedia`, the others
 * by whoever keeps the MLS session and the connection.
 *
 * @param now milliseconds, never less than in the step before
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * const { state, effects } = transition(INITIAL_TRANSITIONS, { type: "select-version", version: 0 }, 0);
 * console.log(state.executed, effects.map(({ type }) => type)); // 0, what is to be done
 * ```
 */
export function transition(state: TransitionState, event: TransitionEvent, now: number): Step {
  checkState(state);
  checkObject(event, "event");
  expectOneOf(Object.keys(EVENTS), event.type, "event.type");
  for (const [name, check] of Object.entries(EVENTS[event.type])) check((event as never)[name], name);
  expectThat(Number.isFinite(now), "now", "milliseconds", now);
  return step(state, event, now);
}

/**
 * When the next `tick` has something to do, in milliseconds; `undefined`: nothing is waiting.
 *
 * @throws {@link DaveError} `invalid-argument`
 */
export function nextTransitionDeadline(state: TransitionState): number | undefined {
  checkState(state);
  return deadlineOf(state);
}
