// voice-gateway.md G2, G11: the version of the call, downgrade and upgrade.
import type { Call, Session } from "./call.ts";
import { sendExternalSender } from "./connections.ts";
import { nextTransitionId } from "./ids.ts";
import { execute, prepare } from "./transitions.ts";

// G2: the lowest of the clients' maxima, absent = 0
function targetVersion(call: Call): number {
  return Math.min(1, ...[...call.sessions.values()].map((session) => session.maxVersion));
}

/** Starts the downgrade or upgrade that the clients present ask for; true when something was done. */
export function settleVersion(call: Call): boolean {
  if (call.sessions.size === 0) return emptied(call);
  const target = targetVersion(call);
  const downgrade = call.downgradePending();
  if (target === 0 && downgrade === undefined && (call.executedVersion !== 0 || call.upgrading)) {
    startDowngrade(call);
    return true;
  }
  if (target > 0 && !call.upgrading && (downgrade !== undefined || call.executedVersion === 0)) {
    startUpgrade(call);
    return true;
  }
  return false;
}

/** Nobody is left: the next to come finds a new call. */
function emptied(call: Call): boolean {
  const used = call.executedVersion !== undefined;
  call.executedVersion = undefined;
  call.upgrading = false;
  call.reforming = false;
  call.leftAlone = false;
  call.pending = [];
  call.unestablish();
  call.nextGroupIsZero = true;
  return used;
}

// G11: a client without DAVE joins: 21 version 0, a new id
function startDowngrade(call: Call): void {
  call.upgrading = false;
  call.held = [];
  const id = nextTransitionId(call);
  const recipients = new Set(call.daveSessions());
  for (const session of recipients) {
    call.send(session, { op: 21, d: { protocol_version: 0, transition_id: id } });
    call.announced(session, id);
  }
  prepare(call, { id, version: 0, recipients, answering: new Set(recipients) });
}

// G11: the last such client leaves: a pending downgrade is executed first, then 24 epoch 1 version 1 to all
function startUpgrade(call: Call): void {
  const hadGroup = call.established;
  if (call.downgradePending()) for (const transition of [...call.pending]) execute(call, transition);
  call.executedVersion = 0;
  startEpochOne(call, "upgrade");
  call.upgrading = true;
  call.nextGroupIsZero = false; // the new group's transition has an id other than 0
  // G11: where G10 applies too this goes first: "current version" is then 1
  if ((hadGroup || call.leftAlone) && call.sessions.size === 1) aloneNow(call);
}

/** 24 epoch 1 to all who speak DAVE: whatever group there was is gone. */
export function startEpochOne(call: Call, why: "upgrade" | "sole-member" | "no-committer"): void {
  call.pending = []; // G10: pending transitions are void and get no 22
  call.unestablish();
  for (const session of call.daveSessions()) {
    // G17: a client that has not been told the external sender yet
    if (!session.knowsSender) sendExternalSender(call, session);
    call.send(session, { op: 24, d: { protocol_version: 1, epoch: 1 } });
  }
  call.observe({ type: "reset", why, version: 1 });
}

// G10: then 21 id 0
export function aloneNow(call: Call): void {
  for (const session of call.daveSessions()) {
    call.send(session, { op: 21, d: { protocol_version: 1, transition_id: 0 } });
    call.announced(session, 0);
  }
  call.executedVersion = 1;
  call.upgrading = false;
  call.reforming = false;
  call.leftAlone = false;
  call.nextGroupIsZero = true; // G8: id 0 after a sole-member reset
}

/** E24: 24 with the epoch running (the group stays), then a 21 with version 1: the epoch's keys are installed again. */
export function reannounce(call: Call): void {
  if (!call.established || call.epoch === 1n || call.executedVersion !== 1 || call.downgradePending()) return;
  if (call.pending.length > 0 && !call.knobs.overlapping) return;
  const id = nextTransitionId(call);
  const recipients = new Set(call.members());
  for (const session of recipients) {
    call.send(session, { op: 24, d: { protocol_version: 1, epoch: Number(call.epoch) } });
    call.send(session, { op: 21, d: { protocol_version: 1, transition_id: id } });
    call.announced(session, id);
  }
  prepare(call, { id, version: 1, epoch: call.epoch, recipients, answering: new Set(recipients) });
}

/** Whether nothing but an encrypted group is running: no downgrade, no upgrade. */
const steady = (call: Call): boolean =>
  call.established && call.executedVersion === 1 && !call.upgrading && call.downgradePending() === undefined;

// G15: 24 epoch 1 and 21 id 0, perhaps twice, although others are in the call
function sendRace(call: Call, session: Session): void {
  const times = call.random.chance(0.3) ? 2 : 1;
  for (let i = 0; i < times; i++) {
    call.send(session, { op: 24, d: { protocol_version: 1, epoch: 1 } });
    call.send(session, { op: 21, d: { protocol_version: 1, transition_id: 0 } });
  }
  call.announced(session, 0);
}

/**
 * G15: the race to one member; its Remove and Add follow as soon as its new 26 is there, 0.2 to 3 s later. False: the call
 * is in no state in which a race can happen, and nothing was sent.
 */
export function raceOne(call: Call, session: Session): boolean {
  if (!steady(call) || call.sessions.size < 2 || !session.open) return false;
  call.observe({ type: "race", userId: session.userId, all: false });
  call.quietUntil = call.clock.now() + call.random.int(200, 3000);
  sendRace(call, session);
  return true;
}

/** G15: the race to all: there is no group any more, and the next has id 0 or another. False: as for {@link raceOne}. */
export function raceAll(call: Call): boolean {
  const sessions = call.daveSessions();
  if (!steady(call) || sessions.length < 2) return false;
  call.pending = [];
  call.unestablish();
  call.reforming = true;
  call.nextGroupIsZero = call.random.chance(0.5);
  call.quietUntil = call.clock.now() + call.random.int(200, 3000);
  for (const session of sessions) {
    call.observe({ type: "race", userId: session.userId, all: true });
    sendRace(call, session);
  }
  return true;
}

/** G17: 4 once more, with the version executed; never while an upgrade or a downgrade is under way. */
export function describeAgain(call: Call, session: Session): void {
  const { executedVersion, upgrading } = call;
  if (executedVersion === undefined || upgrading || call.downgradePending() || !session.open) return;
  call.send(session, { op: 4, d: { dave_protocol_version: executedVersion } });
}
