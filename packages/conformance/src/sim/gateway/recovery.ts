// voice-gateway.md G9, G10: op 31, the sole member, the group without a committer.
import { type Call, canCommit, type Session } from "./call.ts";
import { aloneNow, startEpochOne } from "./versions.ts";

// G9: a 31 removes the flagging leaf at once and voids its sender's earlier 26
export function flag(call: Call, session: Session, id: number): void {
  const announced = session.announced.get(id);
  const stale = announced !== undefined && (session.offered?.order ?? 0) > announced;
  const counted = !stale && !session.flagged.has(id);
  call.observe({ type: "flagged", userId: session.userId, transitionId: id, counted });
  if (!counted) return;
  session.flagged.add(id);
  for (const transition of call.pending) transition.waitingFor.delete(session); // it is not waited for
  if (session.offered?.state === "fresh") session.offered.state = "void";
  for (const leaf of call.leaves) {
    if (leaf?.session !== session) continue;
    leaf.flagged = true;
    leaf.removeAt = call.clock.now() + call.knobs.reAddWaitMs;
  }
}

/** G9: the gateway removes a member that is still connected; it is added again once its new 26 is there. */
export function removeMember(call: Call, session: Session): void {
  const leaf = call.leaves.find((one) => one?.session === session);
  if (leaf === undefined || call.sessions.size < 3) return;
  leaf.flagged = true;
  leaf.removeAt = call.clock.now();
}

/** G10: the sole member's reset, and the group that nobody can commit for; true when something was done. */
export function settleMembership(call: Call): boolean {
  if (call.executedVersion === undefined || call.downgradePending()) return false;
  const alone = call.sessions.size === 1;
  const orphaned = call.established && !call.leaves.some(canCommit);
  const leaves = call.leaves.filter((leaf) => leaf !== undefined).length;
  const removalDone = !call.knobs.soleByCommit || leaves === 1 || orphaned;
  // G10: one connected user left in an established group, or in a call whose group is unestablished
  if (alone && (call.established ? removalDone : call.leftAlone || call.reforming)) {
    startEpochOne(call, "sole-member");
    aloneNow(call);
    return true;
  }
  if (!orphaned) return false;
  // G10: no committer: as G4 with an id other than 0
  startEpochOne(call, "no-committer");
  call.nextGroupIsZero = false;
  call.reforming = true;
  return true;
}
