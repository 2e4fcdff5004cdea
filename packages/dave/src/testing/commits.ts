// Which commit wins, how it is announced, and when its transition is executed (G6–G8).

import type { CallState } from "./call-state.ts";
import type { CommitMessage, Package, Verdict } from "./group.ts";
import { cutWelcome } from "./proposal-signer.ts";
import { leftAlone, review } from "./reviews.ts";
import type { Seat } from "./seats.ts";
import type { Pending } from "./transitions.ts";

/** Ends the connection of a client that has sent what no client may send (G13). */
export type Refuse = (seat: Seat, reason: string) => void;

/** G6: takes the 28 of a client. */
export function takeCommit(call: CallState, seat: Seat, message: CommitMessage, refuse: Refuse): void {
  if (!call.groups) return;
  if (call.busy) return void call.held.push({ seat, message });
  const verdict = call.group.epoch.judge(seat.connection, message, call.choices.flip("lenient"));
  if (verdict.verdict === "refused") return refuse(seat, verdict.reason);
  if (verdict.verdict === "wins" && seat.keyPackage !== undefined)
    win(call, seat, seat.keyPackage, verdict, message.welcome);
}

/** G7: announces the winner by 29 and 30 under one id. */
function win(
  call: CallState,
  seat: Seat,
  own: Package,
  { commit, proposals }: Extract<Verdict, { verdict: "wins" }>,
  welcome: Uint8Array | undefined,
): void {
  const { seats, group, choices } = call;
  const id = nextGroupId(call);
  const everybody = group.epoch.established || choices.flip("commit-to-pending");
  const members = everybody ? group.audience : [seat];
  const added = group.advance(own, proposals).filter(({ owner }) => seats.of(owner) !== undefined);
  const owners = added.map(({ owner }) => owner);
  const recipients = [...new Set([...members.map(({ connection }) => connection), ...owners])];
  // G12: the last one gets its 22 first.
  const early = id !== 0 && choices.flip("early-execute") ? recipients.slice(-1) : [];
  for (const connection of early) connection.send({ op: 22, transitionId: id });
  const loser = seats.loserOf(29, members);
  for (const member of members) seats.send(member, { op: 29, transitionId: id, commit }, member === loser);
  for (const one of added)
    seats.send(seats.of(one.owner)!, { op: 30, transitionId: id, welcome: cutWelcome(welcome!, one.ref) });
  call.transitions.announce(id, 1, recipients, early);
  if (id === 0) call.nowAt(1);
  review(call);
}

/** G8 */
function nextGroupId(call: CallState): number {
  const zero = call.zeroAllowed && !call.group.epoch.established && !call.choices.flip("first-id-not-0");
  call.zeroAllowed = false;
  return zero ? 0 : call.transitions.nextId();
}

/** G7: sends op 22 to the connections that got 29, 30 or 21. */
export function execute(call: CallState, { id, version, recipients, done }: Pending, refuse: Refuse): void {
  const isDue = ({ connection }: Seat): boolean => recipients.has(connection) && !done.has(connection);
  const due = call.seats.daves.filter(isDue);
  // G14: never a version-0 transition's 22.
  const loser = version > 0 ? call.seats.loserOf(22, due) : undefined;
  for (const seat of due) call.seats.send(seat, { op: 22, transitionId: id }, seat === loser);
  call.nowAt(version);
  if (version === 0) {
    call.downgrade = undefined;
    call.transitions.void();
    call.restart();
  }
  if (call.resetAfterRemove) return leftAlone(call, true);
  for (const { seat, message } of call.held.splice(0)) takeCommit(call, seat, message, refuse);
  review(call);
}
