// A voice gateway that follows voice-gateway.md (G1–G17). What the rules leave open it asks its choices.

import { type CryptoProvider, createCryptoProvider } from "@puredave/mls";
import type { ServerMessage } from "../../src/index.ts";
import { snowflakeBytes } from "../../src/protocol.ts";
import { clientMessage } from "../support/decoded.ts";
import { CALM, type Choices } from "./choices.ts";
import type { VirtualTime } from "./clock.ts";
import { Connection, type Wire } from "./connection.ts";
import { ExternalSender } from "./external-sender.ts";
import { type CommitMessage, type Package, readPackage, type Verdict, welcomeFor } from "./group.ts";
import { Proposer } from "./proposer.ts";
import { type LostOp, type Seat, Seats } from "./seats.ts";
import { type Pending, Transitions } from "./transitions.ts";

export interface GatewayOptions {
  /** The channel's snowflake. */
  readonly channelId: string;
  readonly time: VirtualTime;
  readonly crypto?: CryptoProvider;
  readonly choices?: Choices;
  /** The transition id before the first; 65533 lets ids wrap soon (G8). */
  readonly firstId?: number;
}

/** How the messages of a connection travel. */
export interface Route {
  readonly deliver: (data: Wire, message: ServerMessage) => void;
  readonly latency?: () => number;
  readonly firstNumber?: number;
}

/** G10: how long the sole member's reset waits for the commit of the Remove, ms. */
const REMOVE_PATIENCE_MS = 4_000;

/**
 * The gateway of one call. It acts when a user comes or goes, when a client's message arrives, and when time passes.
 *
 * @example
 * ```ts
 * const gateway = new VoiceGateway({ channelId, time });
 * const connection = gateway.identify("1", 1, { deliver: (data) => client.receive(data) });
 * // the client: send: (data) => gateway.receive(connection, data)
 * time.advance(1_000);
 * ```
 */
export class VoiceGateway {
  readonly #time: VirtualTime;
  readonly #crypto: CryptoProvider;
  readonly #choices: Choices;
  readonly #sender: ExternalSender;
  readonly #seats: Seats;
  readonly #group: Proposer;
  readonly #transitions: Transitions;
  /** The version executed now; undefined in an empty call. */
  #version: number | undefined;
  /** G11: the id of the version-0 transition that is pending. */
  #downgrade: number | undefined;
  /** G11: from the upgrade's 24 until its transition is executed. */
  #upgrading = false;
  /** G8: whether the next group may have the id 0. */
  #zeroAllowed = true;
  /** G7: commits that came while a transition was pending. */
  #held: { readonly seat: Seat; readonly message: CommitMessage }[] = [];
  /** G10: the Remove of the last other member is committed before the reset. */
  #resetAfterRemove = false;
  /** G15: users whose 13 is still to come. */
  #departing = 0;
  /** G15: no proposals before this instant. */
  #quietUntil = 0;
  /** G13: what clients did that no client may do. */
  readonly faults: string[] = [];

  constructor({ channelId, time, crypto, choices = CALM, firstId = 0 }: GatewayOptions) {
    this.#time = time;
    this.#crypto = crypto ?? createCryptoProvider();
    this.#choices = choices;
    this.#sender = new ExternalSender(this.#crypto, snowflakeBytes(channelId));
    this.#seats = new Seats(choices);
    this.#group = new Proposer(this.#seats, choices, this.#sender);
    this.#transitions = new Transitions(time, firstId, (pending) => this.#execute(pending));
  }

  /** The users who are connected. */
  get users(): readonly string[] {
    return this.#seats.users;
  }

  /** The protocol version that is executed; undefined in an empty call. */
  get version(): number | undefined {
    return this.#version;
  }

  /** The epoch of the group; 0 while it is unestablished. */
  get epoch(): bigint {
    return this.#group.epoch.number;
  }

  /** Whether nothing is under way: no transition, no proposal, every DAVE user in the group. */
  get settled(): boolean {
    const resets = this.#resetAfterRemove || this.#departing > 0;
    const waiting = this.#transitions.pending.length > 0 || this.#upgrading || resets;
    return !waiting && (this.#version === 0 || this.#group.complete);
  }

  // ── coming and going ─────────────────────────────────────────────────────────────────────────────────────

  /** Op 0: a new connection; an older one of the user is over (O4). */
  identify(userId: string, maxVersion: number, route: Route): Connection {
    this.#seats.remove(userId);
    if (this.#seats.all.length === 0) this.#empty();
    for (const other of this.#seats.all) this.#seats.send(other, { op: 11, userIds: [userId] });
    const connection = new Connection(userId, this.#time, route);
    const seat = this.#seats.take(connection, maxVersion > 0);
    // G2: the lowest of the clients' maxima
    this.#version ??= Math.min(maxVersion, 1);
    this.#greet(seat);
    if (!seat.dave) this.#startDowngrade();
    this.#review();
    return connection;
  }

  /** G1: what a new connection is told, in this order. */
  #greet(seat: Seat): void {
    const tell = (message: ServerMessage): void => this.#seats.send(seat, message);
    tell({ op: 11, userIds: this.users });
    const version: ServerMessage = { op: 4, protocolVersion: this.#version ?? 0 };
    if (!seat.dave) return tell(version);
    // G17: 25 may come before 4; at version 0 it may be left to the upgrade.
    const knows = this.#version !== 0 || this.#upgrading || !this.#choices.flip("no-sender-at-version-0");
    const first = knows && this.#choices.flip("sender-first");
    if (first) this.#sendSender(seat);
    tell(version);
    if (knows && !first) this.#sendSender(seat);
    if (this.#upgrading) tell({ op: 24, protocolVersion: 1, epoch: 1n });
    const downgrade = this.#transitions.pending.find(({ id }) => id === this.#downgrade);
    if (downgrade === undefined) return this.#groups ? this.#group.sendFlying(seat) : undefined;
    downgrade.recipients.add(seat.connection);
    tell({ op: 21, protocolVersion: 0, transitionId: downgrade.id });
  }

  #sendSender(seat: Seat): void {
    seat.hasSender = true;
    this.#seats.send(seat, { op: 25, externalSender: this.#sender.package });
  }

  /** G9: the user is gone for good. */
  leave(userId: string): void {
    const seat = this.#seats.remove(userId);
    if (seat === undefined) return;
    const lastPlain = !seat.dave && this.#seats.all.every(({ dave }) => dave);
    const alone = this.#seats.all.length === 1 && this.#seats.daves.length === 1;
    const late = alone && this.#groups && !lastPlain && this.#choices.flip("late-disconnect");
    if (late) this.#tellGoneLater(userId);
    else this.#tellGone(userId);
    // G11 goes first where G10 applies, too.
    if (lastPlain) this.#upgrade();
    if (alone && this.#groups) this.#leftAlone(late);
    this.#transitions.check();
    this.#review();
  }

  /** G1: no 13 for a user who has a newer connection. */
  #tellGone(userId: string): void {
    if (this.#seats.get(userId) !== undefined) return;
    for (const other of this.#seats.all) this.#seats.send(other, { op: 13, userId });
  }

  #tellGoneLater(userId: string): void {
    this.#departing++;
    this.#time.after(this.#choices.duration("disconnect"), () => {
      this.#departing--;
      this.#tellGone(userId);
    });
  }

  #empty(): void {
    this.#transitions.void();
    this.#restart();
    this.#version = undefined;
    this.#downgrade = undefined;
    this.#upgrading = false;
    this.#zeroAllowed = true;
  }

  /** Op 7: the session goes on by another socket. */
  resume(connection: Connection, acknowledged: number, deliver: Route["deliver"]): void {
    connection.resume(acknowledged, deliver, { resumedFirst: !this.#choices.flip("resumed-last") });
  }

  // ── what clients send ────────────────────────────────────────────────────────────────────────────────────

  /** A message of a client; what comes by a connection that is over changes nothing. */
  receive(connection: Connection, data: Wire): void {
    const seat = this.#seats.of(connection);
    if (seat === undefined) return;
    const message = clientMessage(data);
    switch (message.op) {
      case 23:
        return this.#transitions.answered(connection, message.transitionId);
      case 26:
        return this.#takePackage(seat, message.keyPackage);
      case 28:
        return this.#takeCommit(seat, message);
      case 31:
        return this.#takeFlag(seat, message.transitionId);
      default:
        return this.#refuse(seat, `op ${message.op} is not for a client to send`);
    }
  }

  /** G3 */
  #takePackage(seat: Seat, bytes: Uint8Array): void {
    const made = readPackage(this.#crypto, seat.connection, bytes);
    if (typeof made === "string") return this.#refuse(seat, `26: ${made}`);
    if (seat.keyPackage?.ref === made.ref || this.#group.isUsed(made.ref)) return;
    seat.keyPackage = made;
    seat.packageMark = this.#transitions.mark();
    seat.flagged = false;
    this.#review();
  }

  /** G9 */
  #takeFlag(seat: Seat, id: number): void {
    const stale = this.#transitions.announcedAt(id) < seat.packageMark || seat.flaggedIds.has(id);
    seat.flaggedIds.add(id);
    if (!stale) {
      seat.flagged = true;
      // G3: a 31 voids its sender's earlier 26.
      if (this.#group.epoch.leafOf(seat.connection) < 0) seat.keyPackage = undefined;
    }
    this.#transitions.answered(seat.connection, id);
    this.#review();
  }

  #takeCommit(seat: Seat, message: CommitMessage): void {
    if (!this.#groups) return;
    if (this.#busy) return void this.#held.push({ seat, message });
    const verdict = this.#group.epoch.judge(seat.connection, message, this.#choices.flip("lenient"));
    if (verdict.verdict === "refused") return this.#refuse(seat, verdict.reason);
    if (verdict.verdict === "wins" && seat.keyPackage !== undefined)
      this.#win(seat, seat.keyPackage, verdict, message.welcome);
  }

  /** G7: one transition at a time by default. */
  get #busy(): boolean {
    return this.#transitions.pending.length > 0 && !this.#choices.flip("overlap");
  }

  #refuse({ connection }: Seat, reason: string): void {
    this.faults.push(`${connection.userId}: ${reason}`);
    this.leave(connection.userId);
  }

  // ── the group ────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether there are proposals and commits now (G11). */
  get #groups(): boolean {
    return (this.#version === 1 || this.#upgrading) && this.#downgrade === undefined;
  }

  /** Looks at what has changed, and acts on it. */
  #review(): void {
    if (!this.#groups) return;
    if (this.#group.epoch.established && !this.#group.hasCommitter) return this.#noCommitter();
    const wait = Math.max(this.#choices.duration("propose"), this.#quietUntil - this.#time.now);
    if (wait <= 0) this.#propose();
    else this.#time.after(wait, () => this.#propose());
  }

  #propose(): void {
    if (this.#groups && !this.#busy && this.#time.now >= this.#quietUntil) this.#group.propose();
  }

  /** G7: the winner is announced by 29 and 30 under one id. */
  #win(
    seat: Seat,
    own: Package,
    { commit, proposals }: Extract<Verdict, { verdict: "wins" }>,
    welcome: Uint8Array | undefined,
  ): void {
    const id = this.#nextGroupId();
    const { established } = this.#group.epoch;
    const everybody = established || this.#choices.flip("commit-to-pending");
    const members = everybody ? this.#group.audience : [seat];
    const added = this.#group
      .advance(own, proposals)
      .filter(({ owner }) => this.#seats.of(owner) !== undefined);
    const recipients = [
      ...new Set([...members.map(({ connection }) => connection), ...added.map(({ owner }) => owner)]),
    ];
    // G12: the last one gets its 22 first.
    const early = id !== 0 && this.#choices.flip("early-execute") ? recipients.slice(-1) : [];
    for (const connection of early) connection.send({ op: 22, transitionId: id });
    const loser = this.#seats.loserOf(29, members);
    for (const member of members)
      this.#seats.send(member, { op: 29, transitionId: id, commit }, member === loser);
    for (const one of added)
      this.#seats.send(this.#seats.of(one.owner)!, {
        op: 30,
        transitionId: id,
        welcome: welcomeFor(welcome!, one),
      });
    this.#transitions.announce(id, 1, recipients, early);
    if (id === 0) this.#nowAt(1);
    this.#review();
  }

  /** G8 */
  #nextGroupId(): number {
    const zero = this.#zeroAllowed && !this.#group.epoch.established && !this.#choices.flip("first-id-not-0");
    this.#zeroAllowed = false;
    return zero ? 0 : this.#transitions.nextId();
  }

  /** G7: op 22 to the connections that got 29, 30 or 21. */
  #execute({ id, version, recipients, done }: Pending): void {
    const seats = this.#seats.daves.filter(
      ({ connection }) => recipients.has(connection) && !done.has(connection),
    );
    // G14: never a version-0 transition's 22.
    const loser = version > 0 ? this.#seats.loserOf(22, seats) : undefined;
    for (const seat of seats) this.#seats.send(seat, { op: 22, transitionId: id }, seat === loser);
    this.#nowAt(version);
    if (version === 0) {
      this.#downgrade = undefined;
      this.#transitions.void();
      this.#restart();
    }
    if (this.#resetAfterRemove) return this.#leftAlone(true);
    for (const { seat, message } of this.#held.splice(0)) this.#takeCommit(seat, message);
    this.#review();
  }

  #nowAt(version: number): void {
    this.#version = version;
    this.#upgrading = false;
  }

  #restart(): void {
    this.#group.restart();
    this.#held = [];
  }

  // ── resets and versions ──────────────────────────────────────────────────────────────────────────────────

  /** G10: one connected user is left. `now`: no Remove is committed before. */
  #leftAlone(now: boolean): void {
    const removes = !now && this.#group.epoch.established && this.#group.hasCommitter;
    if (removes && this.#choices.flip("remove-before-reset")) {
      this.#resetAfterRemove = true;
      return void this.#time.after(REMOVE_PATIENCE_MS, () => this.#resetAfterRemove && this.#leftAlone(true));
    }
    this.#resetAfterRemove = false;
    const [seat, ...others] = this.#seats.all;
    if (seat === undefined || others.length > 0 || !this.#groups) return this.#review();
    this.#transitions.void();
    this.#restart();
    this.#zeroAllowed = true;
    this.#sendReset(seat);
    this.#nowAt(1);
  }

  /** G10, G15 */
  #sendReset(seat: Seat): void {
    this.#sendEpoch(seat);
    this.#seats.send(seat, { op: 21, protocolVersion: 1, transitionId: 0 });
  }

  #sendEpoch(seat: Seat): void {
    this.#seats.send(seat, { op: 24, protocolVersion: 1, epoch: 1n });
  }

  /** G10: nobody is left who could commit. */
  #noCommitter(): void {
    if (this.#seats.all.length === 1) return this.#leftAlone(true);
    this.#transitions.void();
    this.#restart();
    this.#zeroAllowed = false;
    for (const seat of this.#seats.daves) this.#sendEpoch(seat);
  }

  /** G11: a client without DAVE is here. */
  #startDowngrade(): void {
    const { daves } = this.#seats;
    if (daves.length === 0) this.#version = 0;
    if (!this.#groups) return;
    const id = this.#transitions.nextId();
    this.#downgrade = id;
    this.#resetAfterRemove = false;
    for (const seat of daves) this.#seats.send(seat, { op: 21, protocolVersion: 0, transitionId: id });
    const connections = daves.map(({ connection }) => connection);
    this.#transitions.announce(id, 0, connections);
  }

  /** G11: the last client without DAVE has gone. */
  #upgrade(): void {
    if (this.#downgrade !== undefined) this.#transitions.flush();
    this.#downgrade = undefined;
    if (this.#version !== 0 || this.#seats.daves.length === 0) return;
    this.#transitions.void();
    this.#restart();
    this.#upgrading = true;
    this.#zeroAllowed = false;
    for (const seat of this.#seats.daves) {
      if (!seat.hasSender) this.#sendSender(seat);
      this.#sendEpoch(seat);
    }
  }

  // ── trouble, on request ──────────────────────────────────────────────────────────────────────────────────

  /** G14: the next message of an opcode that this user and others are to get is lost for this user. */
  loseNext(userId: string, op: LostOp): void {
    this.#seats.loseNext(userId, op);
  }

  /** G14: nothing is lost from now on. */
  loseNothing(): void {
    this.#seats.loseNothing();
  }

  /** G15: 24 epoch 1 and 21 id 0 although others are in the call, to one user or to all. */
  race(userId?: string): void {
    const { daves } = this.#seats;
    if (!this.#groups || this.#upgrading || daves.length < 2) return;
    if (userId === undefined) {
      this.#transitions.void();
      this.#restart();
      this.#zeroAllowed = !this.#choices.flip("race-id-not-0");
    }
    this.#quietUntil = this.#time.now + this.#choices.duration("race");
    for (const seat of daves) {
      if (userId !== undefined && seat.connection.userId !== userId) continue;
      this.#transitions.forget(seat.connection);
      this.#sendReset(seat);
      if (this.#choices.flip("race-twice")) this.#sendReset(seat);
    }
  }

  /** G17: op 4 again, with the version that is executed. */
  restateVersion(userId: string): void {
    const seat = this.#seats.get(userId);
    if (seat === undefined || this.#upgrading || this.#downgrade !== undefined) return;
    this.#seats.send(seat, { op: 4, protocolVersion: this.#version ?? 0 });
  }
}
