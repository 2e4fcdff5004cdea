// voice-gateway.md G1, G2, G12, G13: who is connected, what a newcomer is told, resume and close.
import type { ServerLink, WireMessage } from "../network.ts";
import type { Call, Session } from "./call.ts";
import { encodeServerSays } from "./wire.ts";

const connectMessage = (userIds: string[]) => ({ op: 11, d: { user_ids: userIds } });
/** G13: more messages than this in one second close the connection. */
const FLOOD_LIMIT = 200;

/** A new identify. Undefined: refused (G2, knob "DAVE required"). */
export function connect(
  call: Call,
  userId: string,
  maxVersion: number,
  link: ServerLink,
): Session | undefined {
  // G2: knob "DAVE required"
  if (call.knobs.daveRequired && maxVersion === 0) {
    link.close(4017);
    return undefined;
  }
  const older = call.sessions.get(userId);
  if (older) retire(older, 4006);
  const session = call.newSession(userId, maxVersion, link);
  // a Map keeps the place of a key it holds: a reconnecting user goes to the end
  call.sessions.delete(userId);
  call.sessions.set(userId, session);
  call.executedVersion ??= maxVersion;
  call.leftAlone = false;
  call.observe({ type: "connected", userId });
  welcomeNewcomer(call, session);
  announceNewcomer(call, session);
  return session;
}

// G1: 11 with all present users, 4 with the version now executed, 25, 24 if an upgrade is under way, a pending downgrade's 21
function welcomeNewcomer(call: Call, session: Session): void {
  namePresent(call, session);
  const describe = () =>
    call.send(session, { op: 4, d: { dave_protocol_version: call.executedVersion ?? 0 } });
  // G17 (knob): 25 before 4
  if (!call.knobs.senderFirst) describe();
  introduceSender(call, session);
  if (call.knobs.senderFirst) describe();
  if (session.maxVersion === 0) return;
  if (call.upgrading) call.send(session, { op: 24, d: { protocol_version: 1, epoch: 1 } });
  const downgrade = call.downgradePending();
  if (downgrade) {
    call.send(session, { op: 21, d: { protocol_version: 0, transition_id: downgrade.id } });
    call.announced(session, downgrade.id);
    downgrade.recipients.add(session);
  }
}

// G1: 11 with all present users; knob: a member of the group is named later
function namePresent(call: Call, session: Session): void {
  const members = call.members().filter((member) => member.userId !== session.userId);
  const stranger = call.knobs.strangerMs > 0 && members.length > 1 ? call.random.pick(members) : undefined;
  const named = [...call.sessions.keys()].filter((userId) => userId !== stranger?.userId);
  call.send(session, connectMessage(named));
  if (stranger === undefined) return;
  call.clock.setTimer(call.knobs.strangerMs, () => {
    if (stranger.open) call.send(session, connectMessage([stranger.userId]));
  });
}

// G1: 25; knobs: late, or (G17) not before the upgrade's 24 while version 0 is executed
function introduceSender(call: Call, session: Session): void {
  if (session.maxVersion === 0) return;
  const { senderAtUpgrade, lateExternalSenderMs } = call.knobs;
  if (senderAtUpgrade && call.executedVersion === 0 && !call.upgrading) return;
  const late = session.maxVersion > 0 ? lateExternalSenderMs : 0;
  if (late > 0) call.clock.setTimer(late, () => sendExternalSender(call, session));
  else sendExternalSender(call, session);
}

/** Op 25 to a client that speaks DAVE. */
export function sendExternalSender(call: Call, session: Session): void {
  call.send(session, { op: 25, body: call.mls.externalSender });
  session.knowsSender = true;
}

// G1: 11 with the newcomer to all others; knob: late
function announceNewcomer(call: Call, session: Session): void {
  const others = [...call.sessions.values()].filter((other) => other !== session);
  const tell = () => {
    if (session.open) call.sendAll(others, connectMessage([session.userId]));
  };
  if (call.knobs.lateConnectMs > 0) call.clock.setTimer(call.knobs.lateConnectMs, tell);
  else tell();
}

/** The session ends; nothing that comes from its socket counts any more. */
function retire(session: Session, code: number): void {
  session.open = false;
  session.link?.close(code);
  session.link = undefined;
}

// G9: 13 to all; the Remove is a matter of proposals.ts. G1: no 13 for a user who has a newer connection
export function leave(call: Call, session: Session): void {
  if (!session.open) return;
  session.open = false;
  session.link?.drop();
  session.link = undefined;
  if (call.sessions.get(session.userId) !== session) return;
  call.sessions.delete(session.userId);
  call.leftAlone = call.sessions.size === 1;
  call.observe({ type: "left", userId: session.userId });
  const { lateDisconnectMs } = call.knobs;
  // G15 (knob): the sole member's 24 and 21 come first
  if (call.leftAlone && lateDisconnectMs > 0)
    call.clock.setTimer(lateDisconnectMs, () => announceLeft(call, session.userId));
  else announceLeft(call, session.userId);
}

// G9: 13 to all. G1: not for a user who has a newer connection
function announceLeft(call: Call, userId: string): void {
  if (!call.sessions.has(userId)) call.sendAll(call.sessions.values(), { op: 13, d: { user_id: userId } });
}

// G13: garbage, half messages and floods close; G3: 4020 for what does not hold
export function closeWith(call: Call, session: Session, code: number): void {
  if (!session.open) return;
  call.observe({ type: "closed", userId: session.userId, code });
  const { link } = session;
  session.link = undefined;
  link?.close(code);
  leave(call, session);
}

/** G13: true when this message is one too many for its second. */
export function floods(call: Call, session: Session): boolean {
  const second = Math.floor(call.clock.now() / 1000);
  if (session.flood.second !== second) session.flood = { second, count: 0 };
  session.flood.count += 1;
  return session.flood.count > FLOOD_LIMIT;
}

/** The socket broke; the session may resume within the window. */
export function connectionLost(call: Call, session: Session, expired: () => void): void {
  const lost = session.link;
  session.link = undefined;
  call.clock.setTimer(call.knobs.resumeWindowMs, () => {
    if (session.open && session.link === undefined && lost !== undefined) expired();
  });
}

// G12: a resumed connection gets what it missed, in order, nothing twice; gone for longer: refused
export function resume(call: Call, session: Session, seqAck: number, link: ServerLink): boolean {
  const missed = session.open ? missedSince(session, seqAck) : undefined;
  if (missed === undefined) {
    link.close(4006);
    return false;
  }
  session.link?.drop();
  session.link = link;
  call.observe({ type: "resumed", userId: session.userId });
  const resumed = encodeServerSays({ op: 9, d: {} }, undefined);
  if (call.knobs.resumedFirst) link.deliver(resumed);
  for (const wire of missed) link.deliver(wire);
  if (!call.knobs.resumedFirst) link.deliver(resumed);
  return true;
}

/** Everything after the message numbered `seqAck` (-1: everything); undefined when no longer kept. */
function missedSince(session: Session, seqAck: number): WireMessage[] | undefined {
  const { sent, sentCount } = session;
  const behind = seqAck < 0 ? sentCount : (session.nextSeq - 1 - seqAck) & 0xffff;
  if (behind > sent.length) return undefined;
  return sent.slice(sent.length - behind).filter((wire) => wire !== undefined);
}
