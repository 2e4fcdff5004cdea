// Clients without DAVE: the whole call goes to version 0 while one is there, and back (G11).

import type { CallState } from "./call-state.ts";

/** G11: a client without DAVE is here. */
export function startDowngrade(call: CallState): void {
  const { daves } = call.seats;
  if (daves.length === 0) call.version = 0;
  if (!call.groups) return;
  const id = call.transitions.nextId();
  call.downgrade = id;
  call.resetAfterRemove = false;
  for (const seat of daves) call.seats.send(seat, { op: 21, protocolVersion: 0, transitionId: id });
  const connections = daves.map(({ connection }) => connection);
  call.transitions.announce(id, 0, connections);
}

/** G11: the last client without DAVE has gone. */
export function upgrade(call: CallState): void {
  if (call.downgrade !== undefined) call.transitions.flush();
  call.downgrade = undefined;
  if (call.version !== 0 || call.seats.daves.length === 0) return;
  call.transitions.void();
  call.restart();
  call.upgrading = true;
  call.zeroAllowed = false;
  for (const seat of call.seats.daves) {
    if (!seat.hasSender) call.sendSender(seat);
    call.sendEpoch(seat);
  }
}
