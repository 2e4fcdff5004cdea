// What the gateway knows about its call, and the messages that say it (G1, G10, G11).

import type { ServerMessage } from "../gateway/opcodes.ts";
import type { Clock } from "../ports.ts";
import type { Choices } from "./choices.ts";
import type { CommitMessage } from "./group.ts";
import type { ProposalSigner } from "./proposal-signer.ts";
import { Proposer } from "./proposer.ts";
import { type Seat, Seats } from "./seats.ts";
import { type Pending, Transitions } from "./transitions.ts";

/** What the gateway of one call is given. */
export interface CallTools {
  readonly clock: Required<Clock>;
  readonly choices: Choices;
  readonly signer: ProposalSigner;
  /** The transition id before the first. */
  readonly firstId: number;
  /** Executes a transition (G7). */
  readonly execute: (pending: Pending) => void;
}

export class CallState {
  readonly clock: Required<Clock>;
  readonly choices: Choices;
  readonly seats: Seats;
  readonly group: Proposer;
  readonly transitions: Transitions;
  readonly #signer: ProposalSigner;
  /** The version executed now; undefined in an empty call. */
  version: number | undefined;
  /** G11: the id of the version-0 transition that is pending. */
  downgrade: number | undefined;
  /** G11: from the upgrade's 24 until its transition is executed. */
  upgrading = false;
  /** G8: whether the next group may have the id 0. */
  zeroAllowed = true;
  /** G7: commits that came while a transition was pending. */
  held: { readonly seat: Seat; readonly message: CommitMessage }[] = [];
  /** G10: the Remove of the last other member is committed before the reset. */
  resetAfterRemove = false;
  /** G15: how many users have left whose 13 is still to come. */
  departing = 0;
  /** G15: the gateway sends no proposals before this instant. */
  quietUntil = 0;

  constructor({ clock, choices, signer, firstId, execute }: CallTools) {
    this.clock = clock;
    this.choices = choices;
    this.#signer = signer;
    this.seats = new Seats(choices);
    this.group = new Proposer(this.seats, choices, signer);
    this.transitions = new Transitions(clock, firstId, execute);
  }

  /** Whether the gateway sends proposals and takes commits now (G11). */
  get groups(): boolean {
    return (this.version === 1 || this.upgrading) && this.downgrade === undefined;
  }

  /** Whether nothing is under way: no transition, no proposal, every DAVE user in the group. */
  get settled(): boolean {
    const resets = this.resetAfterRemove || this.departing > 0;
    const waiting = this.transitions.pending.length > 0 || this.upgrading || resets;
    return !waiting && (this.version === 0 || this.group.complete);
  }

  /** G7: one transition at a time by default. */
  get busy(): boolean {
    return this.transitions.pending.length > 0 && !this.choices.flip("overlap");
  }

  /** The last user has gone: the next call begins from nothing. */
  empty(): void {
    this.transitions.void();
    this.restart();
    this.version = undefined;
    this.downgrade = undefined;
    this.upgrading = false;
    this.zeroAllowed = true;
  }

  /** The group is unestablished. */
  restart(): void {
    this.group.restart();
    this.held = [];
  }

  /** A version is executed. */
  nowAt(version: number): void {
    this.version = version;
    this.upgrading = false;
  }

  // ── messages to one user ─────────────────────────────────────────────────────────────────────────────────

  /** G1: tells a new connection who is there and what holds, in this order. */
  greet(seat: Seat): void {
    const tell = (message: ServerMessage): void => this.seats.send(seat, message);
    tell({ op: 11, userIds: this.seats.users });
    const version: ServerMessage = { op: 4, protocolVersion: this.version ?? 0 };
    if (!seat.dave) return tell(version);
    // G17: 25 may come before 4; at version 0 it may be left to the upgrade.
    const knows = this.version !== 0 || this.upgrading || !this.choices.flip("no-sender-at-version-0");
    const first = knows && this.choices.flip("sender-first");
    if (first) this.sendSender(seat);
    tell(version);
    if (knows && !first) this.sendSender(seat);
    if (this.upgrading) this.sendEpoch(seat);
    const downgrade = this.transitions.pending.find(({ id }) => id === this.downgrade);
    if (downgrade === undefined) return this.groups ? this.group.sendFlying(seat) : undefined;
    downgrade.recipients.add(seat.connection);
    tell({ op: 21, protocolVersion: 0, transitionId: downgrade.id });
  }

  sendSender(seat: Seat): void {
    seat.hasSender = true;
    this.seats.send(seat, { op: 25, externalSender: this.#signer.externalSender });
  }

  sendEpoch(seat: Seat): void {
    this.seats.send(seat, { op: 24, protocolVersion: 1, epoch: 1n });
  }

  /** G10, G15 */
  sendReset(seat: Seat): void {
    this.sendEpoch(seat);
    this.seats.send(seat, { op: 21, protocolVersion: 1, transitionId: 0 });
  }

  /** G1: no 13 for a user who has a newer connection. */
  tellGone(userId: string): void {
    if (this.seats.get(userId) !== undefined) return;
    for (const other of this.seats.all) this.seats.send(other, { op: 13, userId });
  }

  /** G15: the 13 comes late. */
  tellGoneLater(userId: string): void {
    this.departing++;
    this.clock.setTimer(this.choices.duration("disconnect"), () => {
      this.departing--;
      this.tellGone(userId);
    });
  }
}
