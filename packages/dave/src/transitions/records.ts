// M2, M3, M10, E21, E22: transitions are prepared under an id, then executed or dropped.

import {
  HEARD_EXECUTE_MS,
  MAX_PENDING_TRANSITIONS,
  MISSING_EXECUTE_MS,
  REMEMBER_EXECUTE_MS,
} from "../constants.ts";
import { type Draft, effect, notify, takeOrder } from "./draft.ts";
import { expireDropped, expireOlder, install, settleDepartures } from "./keys.ts";
import { closeDowngrade, enterPlain, leavePlain, moveDowngrade, openDowngrade } from "./plaintext.ts";
import { healed } from "./recovery.ts";
import type { KeySet, KeySetId, Sender, TransitionRecord, TransitionState } from "./state.ts";

/** Ids remembered as executed, dropped or flagged. */
const MAX_FINISHED = 256;
/** Executes remembered before their announcement. */
const MAX_REMEMBERED = 16;

/** E22: a 22 for this id is ignored from now on, unless the id is announced again. */
export function finish(draft: Draft, id: number): void {
  const { state } = draft;
  state.finished = [...state.finished.filter((other) => other !== id), id].slice(-MAX_FINISHED);
  state.remembered = state.remembered.filter((other) => other.id !== id);
}

/** Takes the right to be executed from a record; its receive keys go by M3. */
export function drop(draft: Draft, record: TransitionRecord, phase: "dropped" | "flagged" = "dropped"): void {
  const { state } = draft;
  state.records = state.records.filter(({ id }) => id !== record.id);
  finish(draft, record.id);
  if (record.version === 0) closeDowngrade(draft, record.order);
  notify(draft, {
    type: "transition",
    phase,
    transitionId: record.id,
    protocolVersion: record.version,
  });
}

/** One id announced twice: one record, the later message completes it and moves it to its own place. */
function record(draft: Draft, id: number, version: number, keySet: KeySet | undefined): TransitionRecord {
  const { state } = draft;
  const before = state.records.find((other) => other.id === id);
  const order = takeOrder(draft);
  if (before?.version === 0 && version === 0) moveDowngrade(draft, before.order, order);
  else if (before?.version === 0) closeDowngrade(draft, before.order);
  else if (version === 0) openDowngrade(draft, order);
  const next: TransitionRecord = {
    id,
    version,
    order,
    keySet: version === 0 ? undefined : (keySet?.id ?? before?.keySet),
    preparedAt: draft.now,
    // the op 23 of an id announced before has been sent
    readyAt: before?.readyAt ?? draft.now,
    heardAt: keySet === undefined || keySet.id === before?.keySet ? before?.heardAt : undefined,
  };
  state.records = [...state.records.filter((other) => other.id !== id), next];
  state.finished = state.finished.filter((other) => other !== id);
  // M1: receivers first
  if (keySet !== undefined) install(draft, keySet, order);
  notify(draft, { type: "transition", phase: "prepared", transitionId: id, protocolVersion: version });
  // SES-06: id 0 is neither staged nor acknowledged
  if (id !== 0 && before === undefined) effect(draft, { type: "send-ready", id });
  return next;
}

/** M10: at most 16; the oldest of more is dropped, its keys have 10 s. */
function limit(draft: Draft): void {
  const [oldest] = draft.state.records;
  if (oldest === undefined || draft.state.records.length <= MAX_PENDING_TRANSITIONS) return;
  drop(draft, oldest);
  expireDropped(draft, oldest.keySet);
}

/** Prepares a transition: receivers learn, 23 goes out; id 0, and an id whose 22 came first, execute at once. */
export function prepare(draft: Draft, id: number, version: number, keySet: KeySet | undefined): void {
  const prepared = record(draft, id, version, keySet);
  limit(draft);
  const { state } = draft;
  const early = state.remembered.some((other) => other.id === id);
  state.remembered = state.remembered.filter((other) => other.id !== id);
  if (id === 0 || early) execute(draft, prepared);
}

function toPlain(draft: Draft, order: number): void {
  const { state } = draft;
  state.executed = 0;
  state.sender = { kind: "plain" };
  effect(draft, { type: "switch-sender", to: "plain" });
  expireOlder(draft, order, undefined);
  settleDepartures(draft, undefined);
  enterPlain(draft, order);
  // E31: at version 0 there is nothing to recover, and no group that somebody could be out of
  healed(draft);
  state.membership = "in";
  // E22: unless a transition with version > 0 was prepared after it
  if (state.records.some(({ version }) => version > 0)) return;
  state.groupWanted = false;
  state.group = { kind: "none" };
  state.roster = [];
  effect(draft, { type: "reset-mls", keepKeyPackage: false });
}

/** What execution needs of a transition. */
interface Executed {
  readonly version: number;
  readonly order: number;
  readonly keySet: KeySetId | undefined;
}

function toEncrypted(draft: Draft, executed: Executed, sender: Sender): void {
  const { state } = draft;
  if (state.executed === 0) leavePlain(draft);
  state.executed = executed.version;
  state.everEncrypted = true;
  // M2: sender last
  state.sender = sender;
  if (sender.kind !== "plain")
    effect(draft, { type: "switch-sender", to: sender.kind === "key" ? sender.keySet : "none" });
  // M3: a record without keys gives no key an expiry; E21: a sole member without a pending group gives one to all
  if (executed.keySet !== undefined || sender.kind === "none")
    expireOlder(draft, executed.order, executed.keySet);
  const epoch = state.keySets.find(({ id }) => id === executed.keySet);
  if (epoch !== undefined) settleDepartures(draft, epoch);
}

/** E22: the sender moves to what was prepared; what was prepared before it is dropped (M10). */
export function execute(draft: Draft, executed: TransitionRecord, cause?: "missing-execute"): void {
  const { state } = draft;
  const previous = state.executed;
  state.records = state.records.filter(({ id }) => id !== executed.id);
  finish(draft, executed.id);
  for (const older of state.records.filter(({ order }) => order < executed.order)) drop(draft, older);
  const { id, version, keySet } = executed;
  notifyExecuted(draft, id, version, cause);
  if (version === 0) toPlain(draft, executed.order);
  else if (keySet !== undefined) toEncrypted(draft, executed, { kind: "key", keySet });
  // §3: nothing captured: the version changes only if the sender has a key
  else if (state.sender.kind === "key") toEncrypted(draft, executed, state.sender);
  notifyVersion(draft, previous);
}

const notifyExecuted = (
  draft: Draft,
  transitionId: number,
  protocolVersion: number,
  cause?: "missing-execute" | "sole-member",
): void =>
  notify(draft, {
    type: "transition",
    phase: "executed",
    transitionId,
    protocolVersion,
    ...(cause === undefined ? {} : { cause }),
  });

/** M5: tells about another executed version. */
export function notifyVersion(draft: Draft, previous: number | undefined): void {
  const { executed } = draft.state;
  if (executed !== previous) notify(draft, { type: "version", executed, previous });
}

/** E21: executes the sole-member reset; without keys the sender waits for those of the next pending group. */
export function executeSoleMember(draft: Draft, executed: Executed): void {
  const previous = draft.state.executed;
  const { version, keySet } = executed;
  notifyExecuted(draft, 0, version, "sole-member");
  toEncrypted(
    draft,
    executed,
    keySet === undefined ? { kind: "none", wanted: true } : { kind: "key", keySet },
  );
  notifyVersion(draft, previous);
}

/** Returns the named members of an epoch, other than us, whom no op 13 has named since we adopted it (E21). */
export const holdersOf = ({ keySets, recognized }: TransitionState, keySet: KeySetId): readonly string[] =>
  (keySets.find(({ id }) => id === keySet)?.holders ?? []).filter((userId) => recognized.has(userId));

/** Whether only members who have left know the keys of a record, and they are not those of the group that we are in. */
function isDeserted(state: TransitionState, { keySet }: TransitionRecord): boolean {
  const { group } = state;
  if (keySet === undefined || (group.kind === "established" && group.keySet.id === keySet)) return false;
  return holdersOf(state, keySet).length === 0;
}

/**
 * E22: when a record is executed without its op 22. A version-0 record never is, and neither is one that would move the
 * sender to keys that only departed members know (E21).
 */
export function missingExecuteAt(state: TransitionState, record: TransitionRecord): number {
  const { version, readyAt, heardAt } = record;
  if (version === 0 || isDeserted(state, record)) return Number.POSITIVE_INFINITY;
  const unheard = readyAt + MISSING_EXECUTE_MS;
  return heardAt === undefined ? unheard : Math.min(unheard, heardAt + HEARD_EXECUTE_MS);
}

/** E22: executes the records whose op 22 is missing; not while the connection is lost (O3). */
export function settleMissingExecutes(draft: Draft): void {
  const { state, now } = draft;
  const overdue = (): TransitionRecord | undefined =>
    state.records.find((candidate) => now >= missingExecuteAt(state, candidate));
  for (let next = overdue(); state.connected && next !== undefined; next = overdue())
    execute(draft, next, "missing-execute");
}

/** E22: a frame has decrypted under these keys: others have executed the transitions that hold them. */
export function heard(draft: Draft, keySet: KeySetId): void {
  const { state, now } = draft;
  state.records = state.records.map((pending) =>
    pending.keySet === keySet && pending.heardAt === undefined ? { ...pending, heardAt: now } : pending,
  );
}

/** O3: the waits of E22 begin anew at op 9. */
export function resumeRecords(draft: Draft): void {
  const { state, now } = draft;
  const until = now + REMEMBER_EXECUTE_MS;
  state.remembered = state.remembered.map(({ id }) => ({ id, until }));
  state.records = state.records.map((pending) => ({
    ...pending,
    readyAt: now,
    heardAt: pending.heardAt === undefined ? undefined : now,
  }));
}

/** E4: op 4 with version 0 is executed at once; no id stands for it. */
export function executePlain(draft: Draft): void {
  const { state } = draft;
  const previous = state.executed;
  const order = takeOrder(draft);
  for (const older of state.records) drop(draft, older);
  toPlain(draft, order);
  notifyVersion(draft, previous);
}

/** E22: op 22 for a known, finished or never announced id. */
export function executeById(draft: Draft, id: number): void {
  const { state, now } = draft;
  const pending = state.records.find((other) => other.id === id);
  if (pending !== undefined) return execute(draft, pending);
  if (state.finished.includes(id))
    return notify(draft, { type: "ignored", op: 22, reason: "already-finished", transitionId: id });
  const others = state.remembered.filter((other) => other.id !== id);
  state.remembered = [...others, { id, until: now + REMEMBER_EXECUTE_MS }].slice(-MAX_REMEMBERED);
  notify(draft, { type: "ignored", op: 22, reason: "not-announced", transitionId: id });
}

/** Executes whose announcement never came are forgotten; not while the connection is lost (O3). */
export function settleRemembered(draft: Draft): void {
  const { state, now } = draft;
  if (state.connected && state.remembered.some(({ until }) => now > until))
    state.remembered = state.remembered.filter(({ until }) => now <= until);
}
