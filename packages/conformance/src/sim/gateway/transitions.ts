// voice-gateway.md G7: announcing the winner (29, 30), collecting 23 and 31, executing (22).
import type { Call, Pending, Session } from "./call.ts";
import type { Winner } from "./commits.ts";
import { joinBytes, u16 } from "./wire.ts";

// G7: 29 to the members of the epoch that it ends, 30 to each added member, under one transition id
export function announceWinner(call: Call, winner: Winner, id: number): void {
  const added = new Set(winner.added.map(({ session }) => session));
  const pendingOnes = call.knobs.announceToPending
    ? call.daveSessions().filter((session) => !winner.before.includes(session))
    : [];
  const recipients = new Set([...winner.before, ...pendingOnes, ...added]);
  const early = id === 0 ? new Set<Session>() : executeEarly(call, recipients, id);
  // G14: at least one member of the epoch that goes on gets the 29
  const staying = winner.before.filter((session) => !winner.removed.includes(session));
  const loser = call.loser(staying, 29);
  for (const session of [...winner.before, ...pendingOnes]) {
    if (session === loser) call.lose(session, 29);
    else sendCommit(call, session, winner, id);
  }
  for (const { session, refHex } of winner.added) sendWelcome(call, session, winner, refHex, id);
  for (const session of recipients) call.announced(session, id);
  observeEpoch(call, winner, id);
  if (id === 0) return; // no 23, no 22
  // a member that the commit only removes, and a pending one that merely overhears, have nothing to get ready for
  const answering = [...winner.before, ...added].filter(
    (session) => session.open && !winner.removed.includes(session) && !isFlagged(call, session),
  );
  prepare(call, { id, version: 1, epoch: call.epoch, recipients, answering: new Set(answering), early });
}

const isFlagged = (call: Call, session: Session): boolean =>
  call.leaves.some((leaf) => leaf?.session === session && leaf.flagged);

// G12 (knob): an early 22 is *sent* early and numbered so
function executeEarly(call: Call, recipients: Iterable<Session>, id: number): Set<Session> {
  const early = new Set<Session>();
  for (const session of recipients) {
    if (!call.random.chance(call.knobs.executeEarly)) continue;
    early.add(session);
    call.send(session, { op: 22, d: { transition_id: id } });
  }
  return early;
}

function sendCommit(call: Call, session: Session, winner: Winner, id: number): void {
  sendMls(call, session, 29, id, winner.commit, call.knobs.badCommit);
}

function sendWelcome(call: Call, session: Session, winner: Winner, refHex: string, id: number): void {
  const cut = call.mls.cutWelcome(winner.welcome!, refHex);
  sendMls(call, session, 30, id, cut, call.knobs.badWelcome);
}

function sendMls(call: Call, to: Session, op: 29 | 30, id: number, bytes: Uint8Array, bad: number): void {
  const spoiled = call.random.chance(bad);
  if (spoiled) call.observe({ type: "damaged", userId: to.userId, op, transitionId: id });
  call.send(to, { op, body: joinBytes(u16(id), spoiled ? damaged(call, bytes) : bytes) });
}

/** Fault: one bit flipped in the last third, where signatures, tags and ciphertext are. */
function damaged(call: Call, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const at = call.random.int(Math.floor((copy.length * 2) / 3), copy.length - 1);
  copy[at] = copy[at]! ^ (1 << call.random.int(0, 7));
  return copy;
}

function observeEpoch(call: Call, winner: Winner, transitionId: number): void {
  call.observe({
    type: "epoch",
    epoch: call.epoch,
    transitionId,
    author: winner.author.userId,
    members: call.leaves.flatMap((leaf) => (leaf ? [leaf.session.userId] : [])),
    added: winner.added.map(({ session }) => session.userId),
    removed: winner.removed.map((session) => session.userId),
  });
}

interface Preparation {
  readonly id: number;
  readonly version: number;
  readonly epoch?: bigint;
  readonly recipients: Set<Session>;
  readonly answering: Set<Session>;
  readonly early?: Set<Session>;
}

/** Puts a transition among those that wait for their 22. */
export function prepare(call: Call, what: Preparation): void {
  const atOnce = call.random.chance(call.knobs.executeAtOnce);
  const now = call.clock.now();
  for (const session of what.early ?? []) what.recipients.delete(session);
  call.pending.push({
    id: what.id,
    version: what.version,
    epoch: what.epoch,
    recipients: what.recipients,
    waitingFor: atOnce ? new Set() : what.answering,
    deadline: now + call.knobs.executeTimeoutMs,
    executeAt: undefined,
  });
  call.observe({ type: "prepared", transitionId: what.id, version: what.version });
}

/** A 23 or a 31 arrived. */
export function answered(call: Call, session: Session, id: number): void {
  for (const transition of call.pending) if (transition.id === id) transition.waitingFor.delete(session);
}

// G7: once every one still connected has sent 23 or 31, or after 2 s
function isDue(call: Call, transition: Pending): boolean {
  const now = call.clock.now();
  const silent = [...transition.waitingFor].filter((session) => session.open);
  if (silent.length > 0 && now < transition.deadline) return false;
  if (transition.executeAt === undefined) {
    for (const { userId } of silent)
      call.observe({ type: "unanswered", userId, transitionId: transition.id });
  }
  transition.executeAt ??= now + call.knobs.executeDelayMs;
  // G11: transitions already prepared are executed before a downgrade
  if (transition.version === 0 && call.pending[0] !== transition) return false;
  return now >= transition.executeAt;
}

/** Executes what is due; returns the versions executed. */
export function executeDue(call: Call): boolean {
  const due = call.pending.find((transition) => isDue(call, transition));
  if (due === undefined) return false;
  execute(call, due);
  return true;
}

/** Sends the 22 of a pending transition. */
export function execute(call: Call, transition: Pending): void {
  call.pending = call.pending.filter((other) => other !== transition);
  // G7: 22 goes to the *connection* that got them
  // G14: never the 22 of a version-0 transition
  const loser = transition.version > 0 ? call.loser(transition.recipients, 22) : undefined;
  for (const session of transition.recipients) {
    if (session === loser) call.lose(session, 22);
    else call.send(session, { op: 22, d: { transition_id: transition.id } });
  }
  call.executedVersion = transition.version;
  call.observe({ type: "executed", transitionId: transition.id, version: transition.version });
  if (transition.version > 0) {
    call.upgrading = false;
    return;
  }
  // G11: once it executes the group is unestablished and every other pending transition void
  call.pending = [];
  call.unestablish();
}

export function nextTransitionDeadline(call: Call): number | undefined {
  const times = call.pending.map(({ executeAt, deadline }) => executeAt ?? deadline);
  return times.filter((at) => at > call.clock.now()).sort((a, b) => a - b)[0];
}
