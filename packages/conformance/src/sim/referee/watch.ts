// What the referee knows of one seat's client: its events against the gateway's messages.

import type { DaveClient, DaveEvents } from "@puredave/dave";
import { hex, keyPackageCodec } from "@puredave/mls";
import type { WireMessage } from "../network.ts";
import type { Seat, SeatClient } from "../seat.ts";
import { FailingTime, Hearing } from "./deafness.ts";
import { Ends } from "./ends.ts";
import type { Epoch, EpochBook } from "./epochs.ts";
import { Mind, RETENTION_MS } from "./mind.ts";
import { Replay } from "./replay.ts";

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

/** E4, E24: a description, or epoch 1, under a version that there is. */
function startsAnew({ op, d }: Read): boolean {
  const { dave_protocol_version: described, protocol_version: prepared, epoch } = d;
  return (op === 4 && (described === 0 || described === 1)) || (op === 24 && epoch === 1 && prepared === 1);
}

/** Why a client may send op 31 (E31). */
interface Excuses {
  /** A damaged or meaningless message was delivered; virtual instant. */
  faultAt: number;
  /** A 29 or 30 passed it by, or a commit waits for op 11. */
  passedByAt: number;
  /** recover() by hand. */
  asked: boolean;
  /** A recovery was begun for a reason. */
  decided: boolean;
}

/** (11) What a hostile SFU may cause. */
const MOST_IN_AN_HOUR = 20;
const HOUR_MS = 3_600_000;
/** E31: what a frame may come to that says nothing about our keys. */
const HARMLESS: readonly string[] = ["decrypted", "plain", "silence", "not-protocol-frame", "closed"];
const OUTSIDE_LATE_MS = 250;
/** E27: a commit waits so long for the op 11 of its proposals, and what came behind it waits too. */
const PARKED_MS = 2100;
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
  readonly excuses: Excuses = { faultAt: -1e9, passedByAt: 1e18, asked: false, decided: false };
  /** E31: frames that fail, since one opened. */
  readonly failing = new FailingTime();
  /** (11) */
  readonly hearing = new Hearing();
  /** (12) */
  replay: Replay;
  /** (15) */
  readonly ends: Ends;
  /** O3: from the loss of the socket to op 9. */
  lost = false;
  /** (13) Since when only those who have left know the sender's key. */
  soleKeySince: number | undefined;
  private resetsBefore = 0;
  /** E21: the message just delivered demands the sole member's reset. */
  soleResetDue = false;
  private lastOp = 0;
  /** E27: proposals of a user that op 11 has not named were seen in this epoch. */
  private parked = false;
  recoveries: number[] = [];
  mediaRecoveries: number[] = [];
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
    this.replay = new Replay(seat.userId);
    this.ends = new Ends((text) => complain(15, text));
  }

  /** By the client's own clock. */
  get nowMs(): number {
    return this.now();
  }

  /** A new client object: a new process. */
  newProcess(client: SeatClient): void {
    this.signatureKey = undefined;
    this.newConnection();
    this.replay = new Replay(this.seat.userId);
    listen(client, this.ends, this.replay.listeners);
    listen(client, this.ends, {
      transition: (event) => this.transition(event),
      // a pending group's epoch 0, and no group at all, are no epochs that anybody announced
      epoch: ({ epoch, members }) => {
        if (epoch) this.adopted(epoch, members);
        else this.leftGroup();
      },
      version: ({ executed, previous }) => {
        if (executed !== undefined) this.mind.version(executed, previous, this.now());
      },
      invalid: (event) => this.invalid(event),
      // what was decided while the socket was down is said after op 9 (O3)
      recovery: ({ phase }) => {
        if (phase !== "abandoned" && this.excused()) this.excuses.decided = true;
        if (phase === "started") this.recoversNow();
      },
      group: ({ inGroup }) => {
        if (!inGroup) this.leftGroup();
      },
      ignored: ({ op, reason }) => {
        if (op === 30 && reason === "not-for-newest-key-package")
          this.cover("welcome for an old key package");
        if (op === 29 && reason === "pending-group") this.cover("commit passes a pending group");
      },
      deferredUsers: () => {
        this.parked = true;
        this.cover("proposal before its op 11");
      },
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
    this.failing.reset();
    this.hearing.forget();
    this.lost = false;
    this.soleKeySince = undefined;
  }

  /** The socket is gone (O3). */
  connectionLost(): void {
    this.lost = true;
    this.mind.connectionLost();
    this.soleKeySince = undefined;
  }

  // O3: no recovery is carried out while the connection is lost
  private recoversNow(): void {
    this.leftGroup();
    if (this.lost && this.seat.present) this.complain(8, "recovers while its connection is lost");
  }

  private leftGroup(): void {
    this.current = undefined;
    this.parked = false;
    this.mind.established = false;
  }

  /** Before the client sees it. False: an old message that it has to ignore (O2). */
  arriving(read: Read): boolean {
    if (read.seq !== undefined) {
      if (!isNewer(read.seq, this.lastSeq)) return false;
      this.lastSeq = read.seq;
    }
    if (read.op === 25) this.knowsSender = true;
    if (read.op === 9) this.resumed();
    // E24: before the 21 that follows
    if (startsAnew(read)) this.leftGroup();
    this.lastOp = read.op;
    this.resetsBefore = this.mind.soleResets;
    this.soleResetDue = this.demandsSoleReset(read);
    if (read.op === 13) this.userLeft(read.d.user_id);
    // A list that is no list of names is malformed, and names nobody.
    if (read.op === 11 && Array.isArray(read.d.user_ids))
      for (const userId of read.d.user_ids) this.userCame(String(userId));
    // E30: a welcome cannot be held against an op 25 that has not come (knob of G1)
    if (read.op === 30 && !this.knowsSender) this.excuses.faultAt = this.now();
    if (read.op === 22 && read.id !== undefined) this.mind.told(read.id, this.now());
    return true;
  }

  private resumed(): void {
    this.lost = false;
    this.mind.resumed(this.now());
    this.hearing.forget();
  }

  /** E21: whether the sender has to leave its key at this message, because nobody else in the call knows it. */
  private demandsSoleReset({ op, id, version, d }: Read): boolean {
    const { mind } = this;
    if (mind.established) return false;
    if (op === 21 && id === 0 && version === 1) return mind.holders().length === 0;
    if (op !== 13 || mind.executedVersion !== 1 || mind.label.kind !== "epoch") return false;
    const holders = mind.holders();
    return holders.length === 1 && holders[0] === d.user_id;
  }

  private userLeft(userId: unknown): void {
    if (typeof userId !== "string" || userId === this.seat.userId) return;
    this.mind.left(userId);
    // E13: a 13 for somebody who has left already changes nothing
    if (!this.departed.has(userId))
      this.departed.set(userId, { at: this.now(), serial: this.book.newest?.serial ?? 0 });
  }

  /** E13: the keys of somebody who left may go, and are gone after 10 s. */
  mayHaveForgotten(userId: string, epoch: Epoch): boolean {
    return this.departed.has(userId) || (this.forgotten.get(userId) ?? 0) >= epoch.serial;
  }

  // E13: who was gone for 10 s may have lost the keys of every epoch so far
  private userCame(userId: string): void {
    if (userId !== this.seat.userId) this.mind.came(userId);
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
    this.checkSoleReset();
    this.checkRemoval(read, adoptedBefore);
    // E27: a 22 waits behind a commit whose proposals are parked
    const late = this.mind.overdue(this.now(), this.parked ? PARKED_MS : 0);
    // E22: a 22, early or in time, of a known id executes it
    if (late !== undefined) this.complain(3, `transition ${late} was ordered by op 22 and is not executed`);
    this.checkUnordered();
  }

  // (13) E21: never the old key once nobody else knows it, and never another while somebody does
  private checkSoleReset(): void {
    const done = this.mind.soleResets > this.resetsBefore;
    if (this.soleResetDue && !done) this.complain(13, "goes on with a key that only those who left know");
    if (done && !this.soleResetDue) this.complain(13, "has left its key although others know it");
  }

  /** E22: a transition that the others executed long ago. */
  checkUnordered(): void {
    // an outside client is seen to have executed it by the next frame that it seals
    const late = this.seat.client?.outside ? OUTSIDE_LATE_MS : 0;
    const missing = this.mind.unordered(this.now() - late);
    if (missing !== undefined) this.complain(3, `waits for ever for the op 22 of transition ${missing}`);
  }

  /** A frame was given to the client, and this became of it (E31). */
  mediaOutcome(outcome: string): void {
    if (outcome === "decrypted") this.failing.reset();
    // O3: while the connection is lost failing media are not counted
    else if (!this.lost && !HARMLESS.includes(outcome)) this.failing.failed(this.now());
  }

  /** (12), and the checks that no message starts. */
  checkNow(): void {
    const { client } = this.seat;
    if (client === undefined || client.outside || this.seat.options.maxVersion === 0) return;
    if (this.ends.hasEnded(client)) return;
    this.replay.check(client, (text) => this.complain(12, text));
    this.checkUnrecognized(client);
  }

  // (12) E30: strangers are told for as long as they are unnamed
  private checkUnrecognized({ unrecognized = [] }: SeatClient): void {
    const { current, mind, seat } = this;
    if (current === undefined) return;
    const strangers = [...current.members].filter(
      (userId) => userId !== seat.userId && !mind.isNamed(userId),
    );
    if (
      strangers.length !== unrecognized.length ||
      strangers.some((userId) => !unrecognized.includes(userId))
    )
      this.complain(12, `op 11 has not named [${strangers}], the client says [${unrecognized}]`);
  }

  /** (12) E29: a commit that removes us was delivered. */
  private checkRemoval(read: Read, before: Epoch | undefined): void {
    const { client, userId } = this.seat;
    if (read.op !== 29 || before === undefined || client === undefined || client.outside) return;
    const next = this.book.following(before, read.id);
    if (next === undefined || next.members.has(userId) || client.inGroup !== true) return;
    this.complain(12, "was removed by a commit and says that it is in the group");
  }

  private transition(event: DaveEvents["transition"]): void {
    const { phase, transitionId: id, protocolVersion } = event;
    const now = this.now();
    if (phase === "executed" && event.cause === "sole-member")
      return this.mind.soleReset(now, this.lastOp === 13);
    if (phase === "prepared") {
      this.mind.settle();
      this.lastPrepared = id;
      this.mind.prepared(id, protocolVersion, now);
    }
    if (phase === "dropped" || phase === "flagged") this.mind.dropped(id, now);
    if (phase !== "executed") return;
    // M2: the sender changes only when the transition is executed
    if (!this.mind.mayExecute(id, now)) this.complain(3, `transition ${id} executed without op 22`);
    this.mind.executed(id, now);
  }

  private adopted(epoch: bigint, members: readonly string[]): void {
    const known = this.book.find(this.lastPrepared ?? -1, epoch, members);
    if (known === undefined) {
      this.complain(4, `entered epoch ${epoch} with ${members.length} members, which was never announced`);
      return;
    }
    this.parked = false;
    this.mind.adopted(known);
    known.knownBy.set(this.seat.userId, this.book.now());
    const { userId } = this.seat;
    const strange = (member: string) => member !== userId && !this.mind.isNamed(member);
    if ([...known.members].some(strange)) this.cover("stranger in the roster");
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
    const { asked, faultAt, passedByAt } = this.excuses;
    const now = this.now();
    return asked || now - faultAt < EXCUSE_MS || now - passedByAt > 1990 || this.failing.deaf;
  }

  /** The client said something: P4 and E31 are checked on the wire. */
  said(message: WireMessage): void {
    if (typeof message !== "string" && message[0] === 26) this.keyPackage(message.subarray(1));
    if (typeof message !== "string" || !message.includes('"op":31')) return;
    // O3: an unanswered 31 is said again after op 9
    const again = this.recovering && this.lastOp === 9;
    this.recovering = true;
    const now = this.now();
    const excused = again || this.excuses.decided || this.excused();
    this.excuses.decided = false;
    if (!excused) this.complain(8, "op 31 without anything wrong");
    this.recoveries = [...this.recoveries.filter((at) => at > now - 10_000), now];
    if (this.recoveries.length > 6) this.complain(8, "more than 6 recoveries in 10 s");
    this.countMediaRecovery(now);
  }

  // (11) an SFU that replays or makes up frames for an hour
  private countMediaRecovery(now: number): void {
    const onlyMedia = this.failing.deaf && now - this.excuses.faultAt >= EXCUSE_MS && !this.excuses.asked;
    this.failing.reset();
    if (!onlyMedia) return;
    this.mediaRecoveries = [...this.mediaRecoveries.filter((at) => at > now - HOUR_MS), now];
    if (this.mediaRecoveries.length > MOST_IN_AN_HOUR)
      this.complain(11, `${this.mediaRecoveries.length} recoveries in an hour because frames failed`);
  }

  // P4: one signature key a process
  private keyPackage(bytes: Uint8Array): void {
    const key = hex(keyPackageCodec.decode(bytes).leafNode.signatureKey);
    this.signatureKey ??= key;
    if (this.signatureKey !== key) this.complain(4, "a second signature key in one process");
  }
}

type Listeners = { [K in keyof DaveEvents]?: (event: DaveEvents[K]) => void };

function listen(client: SeatClient, ends: Ends, listeners: Listeners): void {
  for (const [type, listener] of Object.entries(listeners)) {
    (client.on as DaveClient["on"])(
      type as keyof DaveEvents,
      ((event: never) => {
        if (ends.heard(client, type)) (listener as (event: never) => void)(event);
      }) as never,
    );
  }
}
