// What the referee knows of one seat's client: its events against the gateway's messages.

import type { DaveClient, DaveEvents } from "@puredave/dave";
import { hex, keyPackageCodec } from "@puredave/mls";
import type { WireMessage } from "../network.ts";
import type { Seat, SeatClient } from "../seat.ts";
import type { Epoch, EpochBook } from "./epochs.ts";
import { Mind, RETENTION_MS } from "./mind.ts";

/** O2: 16-bit serial arithmetic. */
export const isNewer = (seq: number, last: number): boolean =>
  last < 0 || (seq !== last && ((seq - last) & 0xffff) < 0x8000);

/** A gateway message as far as the referee reads it. */
export interface Read {
  readonly op: number;
  readonly seq: number | undefined;
  readonly id: number | undefined;
  readonly version: number | undefined;
  readonly d: Record<string, unknown>;
}

export function readMessage(message: WireMessage): Read {
  if (typeof message !== "string") {
    const id = message[2] === 29 || message[2] === 30 ? message[3]! * 256 + message[4]! : undefined;
    return { op: message[2]!, seq: message[0]! * 256 + message[1]!, id, version: undefined, d: {} };
  }
  const {
    op,
    seq,
    d = {},
  } = JSON.parse(message) as { op: number; seq?: number; d?: Record<string, unknown> };
  const id = d.transition_id as number | undefined;
  return { op, seq, id, version: d.protocol_version as number | undefined, d };
}

/** Why a client may send op 31 (E31). */
interface Excuses {
  /** A damaged or meaningless message was delivered; virtual instant. */
  faultAt: number;
  /** A 29 or 30 passed it by, or a commit waits for op 11. */
  passedByAt: number;
  /** recover() by hand. */
  asked: boolean;
  /** When it last heard somebody. */
  heardAt: number;
  /** A recovery was begun for a reason. */
  decided: boolean;
}

/** Longest delay of a recovery behind its fault, and some. */
const EXCUSE_MS = 70_000;

export class Watch {
  readonly seat: Seat;
  mind = new Mind();
  /** Frames have left encrypted since the last identify. */
  flowing = false;
  /** The epoch its group is in. */
  current: Epoch | undefined;
  /** E13: user → when op 13 named them, and the newest epoch then; gone again with an op 11. */
  readonly departed = new Map<string, { readonly at: number; readonly serial: number }>();
  /** E13: user → serial of the last epoch whose keys of theirs may be gone. */
  readonly forgotten = new Map<string, number>();
  /** The last 31 has not been followed by an adoption. */
  recovering = false;
  readonly excuses: Excuses = { faultAt: -1e9, passedByAt: 1e18, asked: false, heardAt: 0, decided: false };
  recoveries: number[] = [];
  private lastPrepared: number | undefined;
  /** Op 25 has been delivered on this connection. */
  private knowsSender = false;
  private lastSeq = -1;
  private signatureKey: string | undefined;
  private readonly book: EpochBook;
  private readonly now: () => number;
  private readonly complain: (invariant: number, text: string) => void;
  private readonly cover: (fault: string) => void;

  constructor(
    seat: Seat,
    book: EpochBook,
    now: () => number,
    complain: (invariant: number, text: string) => void,
    cover: (fault: string, watch: Watch) => void,
  ) {
    this.cover = (fault) => cover(fault, this);
    this.seat = seat;
    this.book = book;
    this.now = now;
    this.complain = complain;
  }

  /** By the client's own clock. */
  get nowMs(): number {
    return this.now();
  }

  /** A new client object: a new process. */
  newProcess(client: SeatClient): void {
    this.signatureKey = undefined;
    this.newConnection();
    listen(client, {
      transition: (event) => this.transition(event),
      // a pending group's epoch 0, and no group at all, are no epochs that anybody announced
      epoch: ({ epoch, members }) => {
        if (epoch !== undefined && epoch > 0n) this.adopted({ epoch, members });
      },
      version: ({ executed, previous }) => {
        if (executed !== undefined) this.mind.version(executed, previous, this.now());
      },
      invalid: (event) => this.invalid(event),
      // what was decided while the socket was down is said after op 9 (O3)
      recovery: ({ phase }) => {
        if (phase === "started" && this.excused()) this.excuses.decided = true;
      },
      ignored: ({ op, reason }) => {
        if (op === 30 && reason === "not-for-newest-key-package")
          this.cover("welcome for an old key package");
        if (op === 29 && reason === "pending-group") this.cover("commit passes a pending group");
      },
      refusedUser: () => this.cover("proposal before its op 11"),
    });
  }

  /** A new identify: E4 clears everything. */
  newConnection(): void {
    this.mind = new Mind();
    this.flowing = false;
    this.current = undefined;
    this.recovering = false;
    this.knowsSender = false;
    this.lastSeq = -1;
    this.recoveries = [];
    this.departed.clear();
    this.forgotten.clear();
    this.excuses.passedByAt = 1e18;
    this.excuses.asked = false;
    this.excuses.heardAt = this.now();
  }

  /** Before the client sees it. False: an old message that it has to ignore (O2). */
  arriving(read: Read): boolean {
    if (read.seq !== undefined) {
      if (!isNewer(read.seq, this.lastSeq)) return false;
      this.lastSeq = read.seq;
    }
    if (read.op === 25) this.knowsSender = true;
    if (read.op === 13) this.userLeft(read.d.user_id);
    if (read.op === 11) for (const userId of [read.d.user_ids].flat()) this.userCame(String(userId));
    // E30: a welcome cannot be held against an op 25 that has not come (knob of G1)
    if (read.op === 30 && !this.knowsSender) this.excuses.faultAt = this.now();
    if (read.op === 22 && read.id !== undefined) this.mind.told(read.id, this.now());
    return true;
  }

  private userLeft(userId: unknown): void {
    if (typeof userId !== "string" || userId === this.seat.userId) return;
    this.departed.set(userId, { at: this.now(), serial: this.book.newest?.serial ?? 0 });
  }

  /** E13: the keys of somebody who left may go, and are gone after 10 s. */
  mayHaveForgotten(userId: string, epoch: Epoch): boolean {
    return this.departed.has(userId) || (this.forgotten.get(userId) ?? 0) >= epoch.serial;
  }

  // E13: who was gone for 10 s may have lost the keys of every epoch so far
  private userCame(userId: string): void {
    const left = this.departed.get(userId);
    if (left !== undefined && this.now() - left.at >= RETENTION_MS - 100) {
      this.forgotten.set(userId, this.book.newest?.serial ?? 0);
    }
    this.departed.delete(userId);
  }

  /** After the client has dealt with it. */
  delivered(read: Read, adoptedBefore: Epoch | undefined): void {
    this.mind.settle();
    if ((read.op === 29 || read.op === 30) && this.current === adoptedBefore) {
      this.excuses.passedByAt = Math.min(this.excuses.passedByAt, this.now());
    }
    if (read.op === 4 || (read.op === 24 && read.d.epoch === 1)) this.current = undefined;
    const late = this.mind.overdue(this.now());
    // E22: a 22, early or in time, of a known id executes it
    if (late !== undefined) this.complain(3, `transition ${late} was ordered by op 22 and is not executed`);
  }

  private transition(event: DaveEvents["transition"]): void {
    const { phase, transitionId: id, protocolVersion } = event;
    const now = this.now();
    if (phase === "prepared") {
      this.mind.settle();
      this.lastPrepared = id;
      this.mind.prepared(id, protocolVersion, now);
    }
    if (phase === "dropped" || phase === "flagged") this.mind.dropped(id, now);
    if (phase !== "executed") return;
    // M2: the sender changes only when the transition is executed
    if (!this.mind.mayExecute(id)) this.complain(3, `transition ${id} executed without op 22`);
    this.mind.executed(id, now);
  }

  private adopted({ epoch, members }: DaveEvents["epoch"] & { readonly epoch: bigint }): void {
    const known = this.book.find(this.lastPrepared ?? -1, epoch, members);
    if (known === undefined) {
      this.complain(4, `entered epoch ${epoch} with ${members.length} members, which was never announced`);
      return;
    }
    this.mind.adopted(known);
    this.current = known;
    this.recovering = false;
    this.excuses.passedByAt = 1e18;
  }

  private invalid({ op, reason }: DaveEvents["invalid"]): void {
    const excused = this.now() - this.excuses.faultAt < EXCUSE_MS || reason === "parked-too-long";
    if (!excused) this.complain(8, `called a good op ${op} invalid: ${reason}`);
  }

  /** E31: whether there is something to recover from now. */
  private excused(): boolean {
    const { asked, faultAt, passedByAt, heardAt } = this.excuses;
    const now = this.now();
    return asked || now - faultAt < EXCUSE_MS || now - passedByAt > 1990 || now - heardAt >= 4900;
  }

  /** The client said something: P4 and E31 are checked on the wire. */
  said(message: WireMessage): void {
    if (typeof message !== "string" && message[0] === 26) this.keyPackage(message.subarray(1));
    if (typeof message !== "string" || !message.includes('"op":31')) return;
    this.recovering = true;
    const now = this.now();
    const excused = this.excuses.decided || this.excused();
    this.excuses.decided = false;
    if (!excused) this.complain(8, "op 31 without anything wrong");
    this.recoveries = [...this.recoveries.filter((at) => at > now - 10_000), now];
    if (this.recoveries.length > 6) this.complain(8, "more than 6 recoveries in 10 s");
  }

  // P4: one signature key a process
  private keyPackage(bytes: Uint8Array): void {
    const key = hex(keyPackageCodec.decode(bytes).leafNode.signatureKey);
    this.signatureKey ??= key;
    if (this.signatureKey !== key) this.complain(4, "a second signature key in one process");
  }
}

type Listeners = { [K in keyof DaveEvents]?: (event: DaveEvents[K]) => void };

function listen(client: SeatClient, listeners: Listeners): void {
  for (const [type, listener] of Object.entries(listeners)) {
    (client.on as DaveClient["on"])(type as keyof DaveEvents, listener as never);
  }
}
