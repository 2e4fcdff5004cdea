// voice-gateway.md G6, G7: which commit wins an epoch, and what the next epoch looks like.
import { equalBytes } from "@puredave/mls";
import type { Call, Issued, Occupant, Session } from "./call.ts";
import { type InspectedCommit, snowflake } from "./delivery.ts";
import { proposalsBlocked } from "./proposals.ts";

/** A commit that won. */
export interface Winner {
  readonly author: Session;
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  /** Members of the epoch that it ends. */
  readonly before: readonly Session[];
  /** Sessions of leaves it removes and does not add again. */
  readonly removed: readonly Session[];
  readonly added: readonly { readonly session: Session; readonly refHex: string }[];
}

/** An op 28 arrives. False: malformed, close 4020 (G3). */
export function receiveCommit(call: Call, session: Session, body: Uint8Array): boolean {
  if (call.mls.inspectCommit(body) === undefined) return false;
  // G11: no 28 wins between the 21 of a downgrade and the 24
  if (call.downgradePending()) drop(call, session, "downgrade");
  else call.held.push({ session, body, order: call.order() });
  return true;
}

/** Judges the held commits (G7: while a transition is pending they wait); the first valid one wins. */
export function takeWinner(call: Call): Winner | undefined {
  if (proposalsBlocked(call)) return undefined;
  while (call.held.length > 0) {
    const { session, body, order } = call.held.shift()!;
    const inspected = call.mls.inspectCommit(body)!;
    const reason = faultOf(call, session, inspected, order);
    if (reason === undefined) return win(call, session, inspected);
    drop(call, session, reason);
  }
  return undefined;
}

const drop = (call: Call, session: Session, reason: string): void =>
  call.observe({ type: "commit-dropped", userId: session.userId, reason });

// G6: what makes a commit invalid, or undefined
function faultOf(call: Call, session: Session, commit: InspectedCommit, order: number): string | undefined {
  if (!session.open) return "author left";
  if (!equalBytes(commit.groupId, call.mls.groupId)) return "other group";
  if (commit.epoch !== call.epoch) return "epoch";
  if (!commit.onlyReferences || commit.refs.length === 0) return "not by reference only";
  return authorFault(call, session, commit, order) ?? coverageFault(call, session, commit);
}

function authorFault(
  call: Call,
  session: Session,
  commit: InspectedCommit,
  order: number,
): string | undefined {
  // a newer 26 or a 31 behind it: the author has reset, its commit is nobody's state any more
  if (session.offered && session.offered.order > order) return "author has reset";
  if (!call.established) {
    if (session.offered?.state !== "fresh") return "author is not pending";
    return commit.leafIndex === 0 ? undefined : "author's leaf";
  }
  const leaf = call.leaves[commit.leafIndex];
  if (leaf === undefined || leaf.session !== session) return "author's leaf";
  if (leaf.flagged) return "author flagged";
  // G6: the author's leaf keeps credential and signature key
  if (commit.path && !equalBytes(commit.path.signatureKey, leaf.signatureKey)) return "signature key";
  if (commit.path && !equalBytes(commit.path.identity, snowflake(session.userId))) return "credential";
  return undefined;
}

// G6: each unrevoked proposal of the epoch that was sent to its author and no other, a Welcome covering every Add
function coverageFault(call: Call, session: Session, commit: InspectedCommit): string | undefined {
  const sent = call.issued.filter((issued) => !issued.revoked && issued.sentTo.has(session));
  const held = new Set(commit.refs);
  if (held.size !== commit.refs.length) return "repeats a proposal";
  if (commit.refs.some((ref) => !sent.some((issued) => issued.refHex === ref))) return "unknown or revoked";
  const firstMissing = sent.findIndex((issued) => !held.has(issued.refHex));
  // G6: knob: a commit wins although a later *append* of its epoch is out
  const prefix = firstMissing >= 0 && sent.slice(firstMissing).every((issued) => !held.has(issued.refHex));
  if (firstMissing >= 0 && !(prefix && call.knobs.winDespiteLaterAppend)) return "leaves out a proposal";
  const committed = sent.filter((issued) => held.has(issued.refHex));
  if (committed.some((issued) => issued.kind === "remove") && commit.path === undefined) return "no path";
  const adds = committed.filter((issued) => issued.kind === "add");
  if (adds.some((issued) => !commit.covers.includes(issued.offered!.refHex))) return "welcome";
  return undefined;
}

function win(call: Call, author: Session, commit: InspectedCommit): Winner {
  const byRef = new Map(call.issued.map((issued) => [issued.refHex, issued]));
  const committed = commit.refs.map((ref) => byRef.get(ref)!);
  const before = call.established ? call.members() : [author];
  if (!call.established) foundGroup(call, author);
  const removed = applyRemoves(call, committed);
  const added = applyAdds(call, committed);
  call.epoch += 1n;
  call.epochsSoFar += 1;
  call.established = true;
  // G6: proposals that the winner did not include are issued anew in the next epoch if still wanted
  call.issued = [];
  call.appendAt = undefined;
  const addedSessions = new Set(added.map(({ session }) => session));
  return {
    author,
    commit: commit.commit,
    welcome: commit.welcome,
    before,
    removed: removed.filter((session) => !addedSessions.has(session)),
    added,
  };
}

// G4: the group of the first commit announced; its author sits at leaf 0 and needs its own package no more
function foundGroup(call: Call, author: Session): void {
  const offered = author.offered!;
  offered.state = "added";
  call.leaves = [occupy(author, offered.keyPackage.leafNode.signatureKey)];
}

const occupy = (session: Session, signatureKey: Uint8Array): Occupant => ({
  session,
  signatureKey,
  flagged: false,
  removeAt: 0,
});

// RFC 9420 §12.3: removes first, then adds in commit order into the leftmost blank leaf
function applyRemoves(call: Call, committed: readonly Issued[]): Session[] {
  return committed.flatMap((issued) => {
    if (issued.leafIndex === undefined) return [];
    const leaf = call.leaves[issued.leafIndex];
    call.leaves[issued.leafIndex] = undefined;
    return leaf ? [leaf.session] : [];
  });
}

function applyAdds(call: Call, committed: readonly Issued[]): { session: Session; refHex: string }[] {
  return committed.flatMap(({ offered }) => {
    if (offered === undefined) return [];
    const blank = call.leaves.indexOf(undefined);
    const index = blank < 0 ? call.leaves.length : blank;
    const leaf = occupy(offered.session, offered.keyPackage.leafNode.signatureKey);
    // a package disowned by a 31 whose revoke came too late: the leaf has to go again
    leaf.flagged = offered.state === "void";
    call.leaves[index] = leaf;
    offered.state = "added"; // G3: never added again
    return offered.session.open ? [{ session: offered.session, refHex: offered.refHex }] : [];
  });
}
