// voice-gateway.md G4, G5: which proposals are wanted, who gets them, which are revoked.
import {
  type Call,
  canCommit,
  type Issued,
  type Occupant,
  type OfferedPackage,
  type Session,
} from "./call.ts";
import { vector } from "./wire.ts";

/** True while MLS has nothing to do: version 0 (G11), or a transition pending (G7). */
export function proposalsBlocked(call: Call): boolean {
  if (call.downgradePending()) return true; // G11: from that 21 until the 24 no 27
  if (!call.executedVersion && !call.upgrading) return true;
  return call.pending.length > 0 && !call.knobs.overlapping; // G7: one transition at a time by default
}

/** Packages that should become members: fresh, of a connected user. */
function wantedAdds(call: Call): OfferedPackage[] {
  return call.daveSessions().flatMap(({ offered }) => (offered?.state === "fresh" ? [offered] : []));
}

// G5, G9: a leaf whose user left or has a newer connection, newer package, or flagged
function removalWanted(call: Call, leaf: Occupant): boolean {
  const { session } = leaf;
  if (!session.open || session.offered?.state === "fresh") return true;
  return leaf.flagged && call.clock.now() >= leaf.removeAt;
}

function stillWanted(call: Call, issued: Issued): boolean {
  if (issued.kind === "remove") return true;
  const session = call.sessions.get(issued.userId);
  return session?.offered === issued.offered && issued.offered?.state === "fresh";
}

/** G5: sends the revokes that are due, marks those that are not yet. */
export function revokeProposals(call: Call): boolean {
  if (proposalsBlocked(call)) return false;
  const now = call.clock.now();
  const live = call.issued.filter((issued) => !issued.revoked);
  for (const issued of live) {
    if (!stillWanted(call, issued)) issued.revokeAt ??= now + call.knobs.revokeMs;
  }
  // G5: always before any new Add of that user
  const again = new Set(wantedAdds(call).map((offered) => offered.session.userId));
  const due = live.filter(
    ({ revokeAt, userId }) => revokeAt !== undefined && (revokeAt <= now || again.has(userId)),
  );
  if (due.length > 0) sendRevokes(call, due);
  return due.length > 0;
}

function sendRevokes(call: Call, due: readonly Issued[]): void {
  for (const issued of due) issued.revoked = true;
  const recipients = new Set(due.flatMap((issued) => [...issued.sentTo]));
  for (const session of recipients) {
    const refs = due.filter((issued) => issued.sentTo.has(session)).map((issued) => vector(issued.ref));
    call.send(session, { op: 27, body: proposalBody(1, refs) });
  }
  call.observe({ type: "revoked", epoch: call.epoch, userIds: due.map((issued) => issued.userId) });
}

/** The body of an op 27: the operation, then the list. */
export const proposalBody = (operation: 0 | 1, items: readonly Uint8Array[]): Uint8Array => {
  const list = vector(...items);
  const body = new Uint8Array(1 + list.length);
  body[0] = operation;
  body.set(list, 1);
  return body;
};

/** G4, G5: issues what is wanted and not yet out, and sends it to those who have not got it. */
export function appendProposals(call: Call): boolean {
  if (proposalsBlocked(call)) {
    call.appendAt = undefined;
    return false;
  }
  const now = call.clock.now();
  // G15: the new group is some time in coming
  if (now < call.quietUntil || !anythingToAppend(call)) return false;
  if (call.knobs.batchMs > 0) {
    call.appendAt ??= now + call.knobs.batchMs;
    if (now < call.appendAt) return false;
    call.appendAt = undefined;
  }
  issueRemoves(call);
  issueAdds(call);
  return distribute(call);
}

function anythingToAppend(call: Call): boolean {
  return (
    removesToIssue(call).length > 0 ||
    addsToIssue(call).length > 0 ||
    recipients(call).some((session) => missing(call, session).length > 0)
  );
}

function removesToIssue(call: Call): number[] {
  if (!call.established) return [];
  return call.leaves.flatMap((leaf, index) => {
    const wanted = leaf !== undefined && removalWanted(call, leaf);
    // G5: never two Removes of one leaf in an epoch
    const out = call.issued.some((issued) => issued.kind === "remove" && issued.leafIndex === index);
    return wanted && !out ? [index] : [];
  });
}

function addsToIssue(call: Call): OfferedPackage[] {
  return wantedAdds(call).filter((offered) => !call.issued.some((issued) => issued.offered === offered));
}

// G5: a Remove comes before or together with the Add of the same user, never after
function issueRemoves(call: Call): void {
  for (const leafIndex of removesToIssue(call)) {
    const signed = call.mls.propose(call.epoch, { proposalType: "remove", removed: leafIndex });
    const { userId } = call.leaves[leafIndex]!.session;
    issue(call, { kind: "remove", userId, leafIndex, offered: undefined, ...signed });
  }
}

function issueAdds(call: Call): void {
  for (const offered of addsToIssue(call)) {
    const signed = call.mls.propose(call.epoch, { proposalType: "add", keyPackage: offered.keyPackage });
    issue(call, { kind: "add", userId: offered.session.userId, leafIndex: undefined, offered, ...signed });
  }
}

function issue(call: Call, proposal: Omit<Issued, "sentTo" | "lostTo" | "revoked" | "revokeAt">): void {
  call.issued.push({
    ...proposal,
    sentTo: new Set(),
    lostTo: new Set(),
    revoked: false,
    revokeAt: undefined,
  });
}

// G5: established: members of the epoch only. G4: else all pending members.
function recipients(call: Call): Session[] {
  if (call.established) return call.members();
  return call.daveSessions().filter((session) => session.offered?.state === "fresh");
}

// G4: an Add goes to all *other* pending members; a later joiner first gets those in flight, never a doomed one
function missing(call: Call, session: Session): Issued[] {
  return call.issued.filter(
    (issued) =>
      !issued.revoked &&
      issued.revokeAt === undefined &&
      !issued.sentTo.has(session) &&
      !isLost(call, issued, session) &&
      (call.established || issued.userId !== session.userId),
  );
}

// G14: a lost proposal is not sent again, nor, behind a lost Remove, the Add of the same user (G5)
const isLost = (call: Call, { kind, userId, lostTo }: Issued, session: Session): boolean =>
  lostTo.has(session) ||
  (kind === "add" &&
    call.issued.some(
      (other) => other.kind === "remove" && other.userId === userId && other.lostTo.has(session),
    ));

function distribute(call: Call): boolean {
  const out = new Set<Issued>();
  const batches = recipients(call)
    .map((session) => [session, missing(call, session)] as const)
    .filter(([, batch]) => batch.length > 0);
  const loser = loserOf(call, batches);
  for (const [session, batch] of batches) {
    for (const issued of batch) {
      (session === loser ? issued.lostTo : issued.sentTo).add(session);
      out.add(issued);
    }
    const messages = batch.map((issued) => issued.message);
    if (session === loser) call.lose(session, 27);
    else call.send(session, { op: 27, body: proposalBody(0, messages) });
  }
  if (out.size > 0) observeProposed(call, [...out]);
  return out.size > 0;
}

/** G14: one of the recipients, if others who can commit get every proposal of its batch. */
function loserOf(
  call: Call,
  batches: readonly (readonly [Session, readonly Issued[]])[],
): Session | undefined {
  const loser = call.loser(
    batches.map(([session]) => session),
    27,
  );
  const [, lost = []] = batches.find(([session]) => session === loser) ?? [];
  // A flagged member gets the proposals but cannot commit them, and then no commit of the epoch could ever be valid.
  const committers = new Set(call.leaves.filter(canCommit).map((leaf) => leaf?.session));
  const others = batches
    .filter(([session]) => session !== loser && (!call.established || committers.has(session)))
    .flatMap(([, batch]) => batch);
  return lost.every((issued) => others.includes(issued)) ? loser : undefined;
}

function observeProposed(call: Call, out: readonly Issued[]): void {
  call.observe({
    type: "proposed",
    epoch: call.epoch,
    adds: out.filter((issued) => issued.kind === "add").map((issued) => issued.userId),
    removes: out.flatMap((issued) => (issued.leafIndex === undefined ? [] : [issued.leafIndex])),
  });
}

/** The next instant at which something here falls due. */
export function nextProposalDeadline(call: Call): number | undefined {
  const times = call.issued.flatMap(({ revoked, revokeAt }) =>
    revoked || revokeAt === undefined ? [] : [revokeAt],
  );
  for (const leaf of call.leaves) if (leaf?.flagged) times.push(leaf.removeAt);
  if (call.appendAt !== undefined) times.push(call.appendAt);
  times.push(call.quietUntil);
  return times.filter((at) => at > call.clock.now()).sort((a, b) => a - b)[0];
}
