// Who is owed what, and who got it: the books of one call (M9).
import { equalBytes } from "@puredave/mls";
import type { WireMessage } from "../sim/network.ts";
import type { Seat } from "../sim/seat.ts";
import type { ArrivalKind, MediaPacket } from "../sim/sfu.ts";

/** One row of the table. */
export interface Account {
  readonly name: string;
  /** Frames that left sealed. */
  sent: number;
  /** Copies that arrived and decrypted bit-exact. */
  received: number;
  /** Copies the member was entitled to and could not read, or read wrong. */
  lost: number;
  /** Copies under an epoch the member had not joined yet. */
  notEntitled: number;
  /** Frames that left, or were accepted, in the clear. */
  plaintext: number;
}

/** A frame as its speaker knew it. */
interface Sealed {
  readonly original: Uint8Array;
  /** Serial number of the epoch it was due to be sealed under; undefined: none executed. */
  readonly epoch: number | undefined;
  readonly index: number;
}

/** What the gateway's messages entitle a member to. */
interface Standing {
  /** Epochs whose commit or welcome its client has processed. */
  readonly processed: Set<number>;
  readonly prepared: Map<number, number>;
  /** M2: the epoch its sender moved to with the last executed transition. */
  executed: number | undefined;
}

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! * 256 + bytes[at + 1]!;

export class Ledger {
  readonly accounts = new Map<string, Account>();
  private readonly standings = new Map<string, Standing>();
  private readonly frames: Sealed[] = [];
  /** Transition id → serial number of the epoch last announced under it. */
  private readonly announced = new Map<number, number>();
  private serial = 0;

  open(userId: string, name: string): Account {
    const account = { name, sent: 0, received: 0, lost: 0, notEntitled: 0, plaintext: 0 };
    this.accounts.set(userId, account);
    return account;
  }

  /** The gateway announced a new epoch under this id. */
  epochAnnounced(transitionId: number): void {
    this.announced.set(transitionId, ++this.serial);
  }

  /** A new connection: nothing of the old one counts. */
  joined(userId: string): void {
    this.standings.set(userId, { processed: new Set(), prepared: new Map(), executed: undefined });
  }

  /** A gateway message was processed by a member's client. */
  delivered(userId: string, message: WireMessage): void {
    const standing = this.standings.get(userId)!;
    if (typeof message === "string") {
      const { op, d } = JSON.parse(message) as { op: number; d: { transition_id?: number } };
      if (op === 22) standing.executed = standing.prepared.get(d.transition_id ?? -1) ?? standing.executed;
      return;
    }
    if (message[2] !== 29 && message[2] !== 30) return;
    const id = u16(message, 3);
    const epoch = this.announced.get(id);
    if (epoch === undefined) return;
    standing.processed.add(epoch);
    standing.prepared.set(id, epoch);
    if (id === 0) standing.executed = epoch;
  }

  /** A frame is about to leave; the number goes with the packet. */
  sent(userId: string, original: Uint8Array, index: number, sealed: boolean): number {
    const account = this.accounts.get(userId)!;
    account.sent += 1;
    if (!sealed) account.plaintext += 1;
    return this.frames.push({ original, epoch: this.standings.get(userId)?.executed, index }) - 1;
  }

  /** True when a copy that arrives now is owed to this member (M9). */
  private entitled(userId: string, epoch: number | undefined): boolean {
    return epoch !== undefined && this.standings.get(userId)?.processed.has(epoch) === true;
  }

  /** A copy arrived; returns the place of the frame in its recording when it was received. */
  arrived(seat: Seat, packet: MediaPacket, kind: ArrivalKind): number | undefined {
    if (kind === "silence" || kind === "duplicate" || packet.frameNumber < 0) return undefined;
    const account = this.accounts.get(seat.userId)!;
    const sealed = this.frames[packet.frameNumber]!;
    const { from: userId, mediaType, payload: frame } = packet;
    const result = seat.client!.decrypt({ userId, mediaType, frame });
    if (result.outcome === "plain") account.plaintext += 1;
    if (result.outcome === "decrypted" && equalBytes(result.frame, sealed.original)) {
      account.received += 1;
      return sealed.index;
    }
    if (this.entitled(seat.userId, sealed.epoch)) account.lost += 1;
    else account.notEntitled += 1;
    return undefined;
  }

  total(column: Exclude<keyof Account, "name">): number {
    return [...this.accounts.values()].reduce((sum, account) => sum + account[column], 0);
  }
}
