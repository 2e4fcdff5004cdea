// A voice gateway that acts by itself and follows the rules of Discord's (G1–G17). What the rules leave open it asks its choices.

import type { CryptoProvider } from "@puredave/mls";
import { createCryptoProvider } from "../crypto.ts";
import { expectThat, isFunction } from "../errors.ts";
import { decodeClientMessage } from "../gateway/codec.ts";
import type { ServerMessage } from "../gateway/opcodes.ts";
import { type Clock, platformClock } from "../ports.ts";
import type { Snowflake } from "../snowflake.ts";
import { CallState } from "./call-state.ts";
import { CALM, type Choices } from "./choices.ts";
import { execute, takeCommit } from "./commits.ts";
import { Connection, type Wire } from "./connection.ts";
import { readPackage } from "./group.ts";
import { ProposalSigner } from "./proposal-signer.ts";
import { leftAlone, review } from "./reviews.ts";
import type { LostOp, Seat } from "./seats.ts";
import { startDowngrade, upgrade } from "./versions.ts";

/** Options of `VoiceGateway`. */
export interface VoiceGatewayOptions {
  /** The channel's snowflake. */
  readonly channelId: Snowflake;
  /** Default: the platform's clock. A `VirtualClock` makes a test that takes no time. */
  readonly clock?: Clock;
  /** Default: `createCryptoProvider()`. */
  readonly crypto?: CryptoProvider;
  /** Default: `CALM`. */
  readonly choices?: Choices;
  /** The transition id before the first. Default 0; 65533 lets ids wrap soon (G8). */
  readonly firstId?: number;
}

/** How the messages of a connection travel. */
export interface Route {
  /** Takes a message for the client: text or bytes, and what they say. */
  readonly deliver: (data: Wire, message: ServerMessage) => void;
  /** How long the next message travels, ms. Default: no time. */
  readonly latency?: () => number;
  /** The number before the first message's. Default 0. */
  readonly firstNumber?: number;
}

/** A clock with timers: without them the gateway could not wait for anybody. */
function withTimers(clock: Clock): Required<Clock> {
  expectThat(isFunction(clock.setTimer), "clock.setTimer", "a function", clock.setTimer);
  return clock as Required<Clock>;
}

/**
 * The gateway of one call, for tests and examples. It acts when a user comes or goes, when a client's message arrives, and
 * when time passes: it names users, proposes them, announces the first valid commit and has everybody change keys together.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const gateway = new VoiceGateway({ channelId, clock });
 * const join = (userId: string) => {
 *   const client = new DaveClient({ userId, channelId, clock, send: (data) => gateway.receive(connection, data) });
 *   const connection = gateway.identify(userId, 1, { deliver: (data) => client.receive(data) });
 *   return client;
 * };
 * const [a, b] = [join("1"), join("2")];
 * clock.advance(100);
 * a.ready && b.ready; // true
 * ```
 */
export class VoiceGateway {
  readonly #crypto: CryptoProvider;
  readonly #call: CallState;
  /** G13: what clients did that no client may do, as `user: what`. Each was disconnected for it. */
  readonly faults: string[] = [];

  /** @throws {@link DaveError} `invalid-snowflake`, `invalid-argument` */
  constructor({ channelId, clock, crypto, choices = CALM, firstId = 0 }: VoiceGatewayOptions) {
    this.#crypto = crypto ?? createCryptoProvider();
    this.#call = new CallState({
      clock: withTimers(clock ?? platformClock()),
      choices,
      signer: new ProposalSigner({ channelId, crypto: this.#crypto }),
      firstId,
      execute: (pending) => execute(this.#call, pending, this.#refuse),
    });
  }

  /** The users who are connected. */
  get users(): readonly string[] {
    return this.#call.seats.users;
  }

  /** The protocol version that is executed; undefined in an empty call. */
  get version(): number | undefined {
    return this.#call.version;
  }

  /** The epoch of the group; 0 while it is unestablished. */
  get epoch(): bigint {
    return this.#call.group.epoch.number;
  }

  /** Whether nothing is under way: no transition, no proposal, every DAVE user in the group. */
  get settled(): boolean {
    return this.#call.settled;
  }

  // ── coming and going ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * Op 0: begins a new connection of a user; an older one is over (O4). `maxVersion` is the highest DAVE version that the
   * client speaks, 0 for a client without DAVE.
   */
  identify(userId: string, maxVersion: number, route: Route): Connection {
    const call = this.#call;
    call.seats.remove(userId);
    if (call.seats.all.length === 0) call.empty();
    for (const other of call.seats.all) call.seats.send(other, { op: 11, userIds: [userId] });
    const connection = new Connection(userId, call.clock, route);
    const seat = call.seats.take(connection, maxVersion > 0);
    // G2: the lowest of the clients' maxima
    call.version ??= Math.min(maxVersion, 1);
    call.greet(seat);
    if (!seat.dave) startDowngrade(call);
    review(call);
    return connection;
  }

  /** G9: the user is gone for good. */
  leave(userId: string): void {
    const call = this.#call;
    const seat = call.seats.remove(userId);
    if (seat === undefined) return;
    const lastPlain = !seat.dave && call.seats.all.every(({ dave }) => dave);
    const alone = call.seats.all.length === 1 && call.seats.daves.length === 1;
    const late = alone && call.groups && !lastPlain && call.choices.flip("late-disconnect");
    if (late) call.tellGoneLater(userId);
    else call.tellGone(userId);
    // G11 goes first where G10 applies, too.
    if (lastPlain) upgrade(call);
    if (alone && call.groups) leftAlone(call, late);
    call.transitions.check();
    review(call);
  }

  /** Op 7: the session goes on by another socket. `acknowledged` is the client's `seqAck`. */
  resume(connection: Connection, acknowledged: number, deliver: Route["deliver"]): void {
    connection.resume(acknowledged, deliver, { resumedFirst: !this.#call.choices.flip("resumed-last") });
  }

  // ── what clients send ────────────────────────────────────────────────────────────────────────────────────

  /** Takes a message of a client; what comes by a connection that is over changes nothing. */
  receive(connection: Connection, data: Wire): void {
    const seat = this.#call.seats.of(connection);
    if (seat === undefined) return;
    const read = decodeClientMessage(data);
    if (read.outcome === "malformed") return this.#refuse(seat, read.reason);
    const { message } = read;
    switch (message.op) {
      case 23:
        return this.#call.transitions.answered(connection, message.transitionId);
      case 26:
        return this.#takePackage(seat, message.keyPackage);
      case 28:
        return takeCommit(this.#call, seat, message, this.#refuse);
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
    if (seat.keyPackage?.ref === made.ref || this.#call.group.isUsed(made.ref)) return;
    seat.keyPackage = made;
    seat.packageMark = this.#call.transitions.mark();
    seat.flagged = false;
    review(this.#call);
  }

  /** G9 */
  #takeFlag(seat: Seat, id: number): void {
    const { transitions, group } = this.#call;
    const stale = transitions.announcedAt(id) < seat.packageMark || seat.flaggedIds.has(id);
    seat.flaggedIds.add(id);
    if (!stale) {
      seat.flagged = true;
      // G3: a 31 voids its sender's earlier 26.
      if (group.epoch.leafOf(seat.connection) < 0) seat.keyPackage = undefined;
    }
    transitions.answered(seat.connection, id);
    review(this.#call);
  }

  readonly #refuse = ({ connection }: Seat, reason: string): void => {
    this.faults.push(`${connection.userId}: ${reason}`);
    this.leave(connection.userId);
  };

  // ── trouble, on request ──────────────────────────────────────────────────────────────────────────────────

  /** G14: the next message of an opcode that this user and others are to get is lost for this user. */
  loseNext(userId: string, op: LostOp): void {
    this.#call.seats.loseNext(userId, op);
  }

  /** G14: nothing is lost from now on. */
  loseNothing(): void {
    this.#call.seats.loseNothing();
  }

  /** G15: sends 24 epoch 1 and 21 id 0 although others are in the call, to one user or to all. */
  race(userId?: string): void {
    const call = this.#call;
    const { daves } = call.seats;
    if (!call.groups || call.upgrading || daves.length < 2) return;
    if (userId === undefined) {
      call.transitions.void();
      call.restart();
      call.zeroAllowed = !call.choices.flip("race-id-not-0");
    }
    call.quietUntil = call.clock.now() + call.choices.duration("race");
    for (const seat of daves) {
      if (userId !== undefined && seat.connection.userId !== userId) continue;
      call.transitions.forget(seat.connection);
      call.sendReset(seat);
      if (call.choices.flip("race-twice")) call.sendReset(seat);
    }
  }

  /** G17: sends op 4 again, with the version that is executed. */
  restateVersion(userId: string): void {
    const call = this.#call;
    const seat = call.seats.get(userId);
    if (seat === undefined || call.upgrading || call.downgrade !== undefined) return;
    call.seats.send(seat, { op: 4, protocolVersion: call.version ?? 0 });
  }
}
