// §3 The transition function: (state, event, now) → { state, effects }. The only writer of a session's media state.

import { MAX_PROTOCOL_VERSION } from "../constants.ts";
import { type Draft, draftOf, effect, notify } from "./draft.ts";
import type { IgnoredReason, Step, TransitionEvent } from "./events.ts";
import { connect, disconnect, prepareAlone } from "./holders.ts";
import { install, newestEstablished, settleKeys } from "./keys.ts";
import { settlePlaintext } from "./plaintext.ts";
import {
  drop,
  executeById,
  executePlain,
  finish,
  heard,
  missingExecuteAt,
  notifyVersion,
  prepare,
  resumeRecords,
  settleMissingExecutes,
  settleRemembered,
} from "./records.ts";
import {
  canRecover,
  clearMissing,
  fault,
  healed,
  missing,
  recoverFromMedia,
  resetMls,
  resumeRecovery,
  settleRecovery,
} from "./recovery.ts";
import { INITIAL_TRANSITIONS, type KeySet, type KeySetId, type TransitionState } from "./state.ts";

type EventOf<T extends TransitionEvent["type"]> = Extract<TransitionEvent, { type: T }>;

const ignore = (draft: Draft, op: number | undefined, reason: IgnoredReason): void =>
  notify(draft, { type: "ignored", op, reason });

/** E4: a version above ours, in any op: error event, nothing acknowledged, nothing changes. */
function unsupported(draft: Draft, op: number, version: number): boolean {
  if (version <= MAX_PROTOCOL_VERSION) return false;
  ignore(draft, op, "unsupported-version");
  return true;
}

/** Reset, pending group, key package: the way into a group, from op 4 and op 24 epoch 1. */
function startGroup(draft: Draft, version: number): void {
  draft.state.announced = version;
  draft.state.groupWanted = true;
  clearMissing(draft);
  resetMls(draft);
  effect(draft, { type: "send-key-package" });
}

/** E4: a new identify clears everything but the signature key and the memory of having encrypted (M8). */
function identify(draft: Draft): void {
  const { keySets, everEncrypted, nextOrder, plaintextUntil, plaintextOpen, executed } = draft.state;
  Object.assign(draft.state, INITIAL_TRANSITIONS, {
    everEncrypted,
    nextOrder,
    plaintextUntil,
    plaintextOpen,
  });
  effect(draft, { type: "switch-sender", to: "none" });
  for (const { id } of keySets) effect(draft, { type: "forget", keySet: id });
  effect(draft, { type: "reset-mls", keepKeyPackage: false });
  notifyVersion(draft, executed);
}

/** O3: nothing is reset; the waits that were stopped begin anew. */
function resumed(draft: Draft): void {
  if (draft.state.connected) return;
  draft.state.connected = true;
  resumeRecords(draft);
  resumeRecovery(draft);
}

function selectVersion(draft: Draft, { version }: EventOf<"select-version">): void {
  if (unsupported(draft, 4, version)) return;
  if (version > 0) return startGroup(draft, version);
  draft.state.announced = 0;
  clearMissing(draft);
  executePlain(draft);
}

/** Place of the key set that the sender uses. */
function senderOrder({ state }: Draft): number {
  const { sender, keySets } = state;
  const used = sender.kind === "key" ? keySets.find(({ id }) => id === sender.keySet) : undefined;
  return used?.order ?? 0;
}

/** §3: what a 21 with version > 0 moves the sender to. */
function captured(draft: Draft, id: number): KeySet | undefined {
  // the later message completes the record: the keys of its 29 or 30 stay
  if (draft.state.records.some((record) => record.id === id && record.keySet !== undefined)) return undefined;
  const newest = newestEstablished(draft);
  // never back from the key of a sole member to one that those who left know
  return newest !== undefined && newest.order < senderOrder(draft) ? undefined : newest;
}

function prepareTransition(draft: Draft, { id, version }: EventOf<"prepare">): void {
  if (unsupported(draft, 21, version)) return;
  draft.state.lastAnnouncedId = id;
  if (id === 0 && version > 0 && draft.state.group.kind !== "established")
    return prepareAlone(draft, version);
  prepare(draft, id, version, version === 0 ? undefined : captured(draft, id));
}

function prepareEpoch(draft: Draft, { version, epoch }: EventOf<"prepare-epoch">): void {
  if (unsupported(draft, 24, version)) return;
  if (version === 0) return ignore(draft, 24, "version-zero-epoch");
  // E24: another epoch: the group stays, the version is announced
  if (epoch !== 1n) {
    draft.state.announced = version;
    return;
  }
  for (const record of draft.state.records) if (record.version === 0) drop(draft, record);
  startGroup(draft, version);
}

function pendingGroup(draft: Draft, { keySet }: EventOf<"pending-group">): void {
  const { state } = draft;
  state.group = { kind: "pending", keySet };
  // E21: the sender takes its key when a pending group is built
  if (state.sender.kind !== "none" || !state.sender.wanted) return;
  install(draft, keySet, state.nextOrder++);
  state.sender = { kind: "key", keySet: keySet.id };
  effect(draft, { type: "switch-sender", to: keySet.id });
}

/** E29, E30 valid: receivers get the keys, 23; id 0 executes at once. 29 and 30 take the announced version. */
function adopted(draft: Draft, { id, keySet }: EventOf<"adopted">): void {
  const { state } = draft;
  state.group = { kind: "established", keySet };
  state.roster = keySet.members;
  state.membership = "in";
  state.deafness = { ...state.deafness, adopted: true };
  state.lastAnnouncedId = id;
  healed(draft);
  prepare(draft, id, state.announced ?? MAX_PROTOCOL_VERSION, keySet);
}

function removed(draft: Draft, { id, keyPackageWaits }: EventOf<"removed">): void {
  draft.state.lastAnnouncedId = id;
  draft.state.membership = "removed";
  resetMls(draft, keyPackageWaits);
  if (!keyPackageWaits) effect(draft, { type: "send-key-package" });
}

/** E31: only an invalid message flags its id and drops its record. */
function invalid(draft: Draft, { id }: EventOf<"invalid">): void {
  const { state } = draft;
  state.lastAnnouncedId = id;
  const record = state.records.find((other) => other.id === id);
  if (record !== undefined) drop(draft, record, "flagged");
  else finish(draft, id);
  fault(draft, id);
}

/** E27: a 29 was lost; in a pending group it may have been the one that announced our own commit. */
function futureProposals(draft: Draft, { ownCommit }: EventOf<"future-proposals">): void {
  const { group, lastAnnouncedId } = draft.state;
  if (group.kind === "established") fault(draft, lastAnnouncedId ?? 0);
  if (group.kind === "pending" && ownCommit) missing(draft, "foreignCommit", lastAnnouncedId ?? 0);
}

/** E22, E31: a frame decrypted. */
function decrypted(draft: Draft, { keySet }: EventOf<"decrypted">): void {
  heard(draft, keySet);
  if (draft.state.deafness.adopted) draft.state.deafness = INITIAL_TRANSITIONS.deafness;
}

function recover(draft: Draft): void {
  if (!canRecover(draft.state)) return ignore(draft, undefined, "nothing-to-recover");
  fault(draft, draft.state.lastAnnouncedId ?? 0);
}

function passedBy(draft: Draft, id: number, which: "foreignCommit" | "staleWelcome"): void {
  draft.state.lastAnnouncedId = id;
  missing(draft, which, id);
}

type Handlers = { readonly [T in TransitionEvent["type"]]: (draft: Draft, event: EventOf<T>) => void };

const HANDLERS: Handlers = {
  identify,
  "select-version": selectVersion,
  "connection-lost": (draft) => {
    draft.state.connected = false;
  },
  resumed,
  connect: (draft, { userIds }) => connect(draft, userIds),
  disconnect: (draft, { userId }) => disconnect(draft, userId),
  prepare: prepareTransition,
  execute: (draft, { id }) => executeById(draft, id),
  "prepare-epoch": prepareEpoch,
  "pending-group": pendingGroup,
  adopted,
  removed,
  invalid,
  "foreign-commit": (draft, { id }) => passedBy(draft, id, "foreignCommit"),
  "stale-welcome": (draft, { id }) => passedBy(draft, id, "staleWelcome"),
  announced: (draft, { id }) => {
    draft.state.lastAnnouncedId = id;
  },
  "future-proposals": futureProposals,
  decrypted,
  "media-deaf": recoverFromMedia,
  recover,
  tick: () => {},
};

/**
 * Everything the gateway, the clock and the group can do to a session's media (§3).
 *
 * Pure: `state` stays as it was. The order is: expired keys, closed windows and forgotten memories as of `now`; the
 * event; missing op 22s and recoveries that are due, which the event may have made needless; then expiries and windows
 * again, because the event may have opened or ended some.
 *
 * @param now milliseconds, never less than in the step before
 */
export function transition(state: TransitionState, event: TransitionEvent, now: number): Step {
  const draft = draftOf(state, now);
  settleTime(draft);
  (HANDLERS[event.type] as (draft: Draft, event: TransitionEvent) => void)(draft, event);
  settleMissingExecutes(draft);
  settleRecovery(draft);
  settleTime(draft);
  return { state: draft.state, effects: draft.effects };
}

function settleTime(draft: Draft): void {
  settleRemembered(draft);
  settleKeys(draft);
  settlePlaintext(draft);
}

/** Whether the event `decrypted` would change anything: most frames concern no transition. */
export const concernsDecrypted = ({ deafness, records }: TransitionState, keySet: KeySetId): boolean =>
  deafness.adopted || records.some((pending) => pending.keySet === keySet && pending.heardAt === undefined);

/** When the next `tick` has something to do; `undefined`: nothing is waiting. */
export function nextTransitionDeadline(state: TransitionState): number | undefined {
  // keys and memories are valid up to and including their instant, windows and timers end at it
  const inclusive = [
    ...state.keySets.filter(({ live }) => live).map(({ expiresAt }) => expiresAt),
    ...state.departures.map(({ at }) => at).filter(Number.isFinite),
  ].map((at) => at + 1);
  const exclusive = [
    ...(state.plaintextOpen ? [state.plaintextUntil] : []),
    ...state.downgrades.map(({ until }) => until),
  ];
  const next = Math.min(...inclusive, ...exclusive, ...(state.connected ? waits(state) : []));
  return Number.isFinite(next) ? next : undefined;
}

/** O3: the deadlines that stand still while the connection is lost. */
const waits = (state: TransitionState): number[] =>
  [
    state.recovery.due?.at,
    state.foreignCommit?.at,
    state.staleWelcome?.at,
    ...state.remembered.map(({ until }) => until + 1),
    ...state.records.map((record) => missingExecuteAt(state, record)),
  ].filter((at) => at !== undefined);
