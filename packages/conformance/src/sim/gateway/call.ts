// The state of one simulated call and the few verbs every part of the gateway uses.
import type { Timeline } from "../clock.ts";
import type { ServerLink, WireMessage } from "../network.ts";
import type { SeededRandom } from "../random.ts";
import type { DeliveryMls, InspectedKeyPackage } from "./delivery.ts";
import type { GatewayKnobs } from "./knobs.ts";
import { encodeServerSays, type ServerSays } from "./wire.ts";

/** One identified connection of a user; a resume continues it, a new identify replaces it. */
export interface Session {
  readonly userId: string;
  readonly number: number;
  /** G2: the client's maximum, absent = 0. */
  readonly maxVersion: number;
  /** Undefined while the socket is down and a resume may come. */
  link: ServerLink | undefined;
  /** False once left, replaced or closed. */
  open: boolean;
  /** G12: numbers of JSON and binary together; the next one to give out. */
  nextSeq: number;
  /** What a resume may ask for again, newest last, and how much was sent in all. */
  readonly sent: SentMessage[];
  sentCount: number;
  /** Op 25 has been sent on it. */
  knowsSender: boolean;
  /** The newest 26. */
  offered: OfferedPackage | undefined;
  /** G9: announced id → order. */
  readonly announced: Map<number, number>;
  readonly flagged: Set<number>;
  /** G13: messages received in the running second. */
  flood: { second: number; count: number };
}

/** G14: what a gateway may lose. */
export type LostOp = 22 | 27 | 29;

/** A message under a seq; `undefined`: the gateway lost it, and its seq is used up all the same (G14). */
type SentMessage = WireMessage | undefined;

/** The newest 26 of a session, or one before it. */
export interface OfferedPackage extends InspectedKeyPackage {
  readonly session: Session;
  /** Place among everything the gateway received or sent; later is larger. */
  readonly order: number;
  /** `fresh`: may be added; `added`: was, once (G3); `void`: superseded, or disowned by a 31 or a reset. */
  state: "fresh" | "added" | "void";
}

/** An occupied leaf of the group. */
export interface Occupant {
  readonly session: Session;
  readonly signatureKey: Uint8Array;
  /** G9: a 31 was sent; the leaf is to be removed. */
  flagged: boolean;
  /** G9 (knob): when the Remove goes out even without the new 26. */
  removeAt: number;
}

/** Whether the occupant of a leaf can still commit: it is connected and has sent neither a 31 nor a newer 26. */
export const canCommit = (leaf: Occupant | undefined): boolean =>
  leaf?.session.open === true && !leaf.flagged && leaf.session.offered?.state !== "fresh";

/** A proposal issued in the current epoch. */
export interface Issued {
  readonly kind: "add" | "remove";
  readonly userId: string;
  readonly refHex: string;
  readonly ref: Uint8Array;
  readonly message: Uint8Array;
  readonly leafIndex: number | undefined;
  readonly offered: OfferedPackage | undefined;
  readonly sentTo: Set<Session>;
  /** G14: those who were to get it and never do. */
  readonly lostTo: Set<Session>;
  revoked: boolean;
  /** G5: no longer wanted; the revoke goes out then, later joiners never see it. */
  revokeAt: number | undefined;
}

/** A transition that waits for its 22. */
export interface Pending {
  readonly id: number;
  readonly version: number;
  readonly epoch: bigint | undefined;
  /** G7: everybody who got 29, 30 or 21. */
  readonly recipients: Set<Session>;
  readonly waitingFor: Set<Session>;
  /** At the latest. */
  readonly deadline: number;
  /** Set once everybody answered: deadline of the delayed 22. */
  executeAt: number | undefined;
}

/** What an observer may be told; the referee, the timeline and the tests live on it. */
export type GatewayEvent =
  /** G7: 2 s are over and this member has not answered. */
  | { readonly type: "unanswered"; readonly userId: string; readonly transitionId: number }
  | {
      readonly type: "connected" | "left" | "resumed" | "closed";
      readonly userId: string;
      readonly code?: number;
    }
  | { readonly type: "proposed"; readonly epoch: bigint; readonly adds: string[]; readonly removes: number[] }
  /** Fault: a 29 or 30 went out damaged. */
  | { readonly type: "damaged"; readonly userId: string; readonly op: 29 | 30; readonly transitionId: number }
  /** G14: this member never gets what the others got. */
  | { readonly type: "lost"; readonly userId: string; readonly op: LostOp }
  /** G15: 24 epoch 1 and 21 id 0 went to somebody who is not alone. */
  | { readonly type: "race"; readonly userId: string; readonly all: boolean }
  /** G5: the commit with which a member would have added somebody who has left again. */
  | { readonly type: "passer-by"; readonly userId: string; readonly epoch: bigint; readonly body: Uint8Array }
  | { readonly type: "revoked"; readonly epoch: bigint; readonly userIds: string[] }
  | { readonly type: "commit-dropped"; readonly userId: string; readonly reason: string }
  | {
      readonly type: "epoch";
      readonly epoch: bigint;
      readonly transitionId: number;
      readonly author: string;
      readonly members: string[];
      readonly added: string[];
      readonly removed: string[];
    }
  | { readonly type: "prepared"; readonly transitionId: number; readonly version: number }
  | { readonly type: "executed"; readonly transitionId: number; readonly version: number }
  | {
      readonly type: "reset";
      readonly why: "sole-member" | "no-committer" | "upgrade";
      readonly version: number;
    }
  | {
      readonly type: "flagged";
      readonly userId: string;
      readonly transitionId: number;
      readonly counted: boolean;
    };

export class Call {
  readonly clock: Timeline;
  readonly random: SeededRandom;
  readonly mls: DeliveryMls;
  knobs: GatewayKnobs;
  readonly observe: (event: GatewayEvent) => void;

  /** Present users: the newest session of each. */
  readonly sessions = new Map<string, Session>();
  /** The version now executed; undefined in an empty call. */
  executedVersion: number | undefined;
  /** G11: from the 24 of an upgrade until its transition is executed. */
  upgrading = false;
  /** G10: 24 epoch 1 was sent to members of a lost group, the next one is being formed. */
  reforming = false;
  established = false;
  epoch = 0n;
  /** How many epochs were announced in all; each group counts its own from 1. */
  epochsSoFar = 0;
  leaves: (Occupant | undefined)[] = [];
  issued: Issued[] = [];
  pending: Pending[] = [];
  held: { readonly session: Session; readonly body: Uint8Array; readonly order: number }[] = [];
  /** G8: the next group's transition takes id 0. */
  nextGroupIsZero = true;
  lastId: number;
  appendAt: number | undefined;
  /** G15: no 27 goes out before this instant. */
  quietUntil = 0;
  /** G10: somebody left, one user stayed, and has not been told so yet. */
  leftAlone = false;
  /** G14: who is to miss the next message of this kind that others get. */
  readonly doomed = new Map<LostOp, string>();
  private ticks = 0;
  private sessionNumber = 0;

  constructor(
    clock: Timeline,
    random: SeededRandom,
    mls: DeliveryMls,
    knobs: GatewayKnobs,
    observe: (event: GatewayEvent) => void,
  ) {
    this.clock = clock;
    this.random = random;
    this.mls = mls;
    this.knobs = knobs;
    this.observe = observe;
    this.lastId = knobs.lastId;
  }

  /** The order of everything: larger is later. */
  order(): number {
    return ++this.ticks;
  }

  newSession(userId: string, maxVersion: number, link: ServerLink): Session {
    return {
      userId,
      number: this.sessionNumber++,
      maxVersion,
      link,
      open: true,
      nextSeq: this.knobs.firstSeq,
      sent: [],
      sentCount: 0,
      knowsSender: false,
      offered: undefined,
      announced: new Map(),
      flagged: new Set(),
      flood: { second: 0, count: 0 },
    };
  }

  /** Open sessions that speak DAVE, in order of connection. */
  daveSessions(): Session[] {
    return [...this.sessions.values()].filter((session) => session.maxVersion > 0);
  }

  /** Open sessions that hold a leaf of the epoch. */
  members(): Session[] {
    return this.leaves.flatMap((leaf) => (leaf?.session.open ? [leaf.session] : []));
  }

  downgradePending(): Pending | undefined {
    return this.pending.find((transition) => transition.version === 0);
  }

  // G12: seq counts JSON and binary together
  send(session: Session, message: ServerSays): void {
    if (!session.open) return;
    const wire = encodeServerSays(message, session.nextSeq);
    this.record(session, wire);
    session.link?.deliver(wire);
    this.duplicate(session, message, wire);
  }

  /** G14: the message takes its seq and never leaves. */
  lose(session: Session, op: LostOp): void {
    if (!session.open) return;
    this.record(session, undefined);
    this.observe({ type: "lost", userId: session.userId, op });
  }

  private record(session: Session, wire: SentMessage): void {
    session.nextSeq = (session.nextSeq + 1) & 0xffff;
    session.sent.push(wire);
    session.sentCount += 1;
    if (session.sent.length > 2048) session.sent.shift();
  }

  /** G14 (knob): whoever is to miss a message that all of `recipients` are to get; never the only one who gets it. */
  loser(recipients: Iterable<Session>, op: LostOp): Session | undefined {
    const open = [...recipients].filter((session) => session.open);
    const loses = this.random.chance(this.knobs.lose);
    if (open.length < 2) return undefined;
    const doomed = open.find(({ userId }) => this.doomed.get(op) === userId);
    if (doomed !== undefined) this.doomed.delete(op);
    return doomed ?? (loses ? this.random.pick(open) : undefined);
  }

  // G12: a duplicate has its old seq, or (knob) none at all; the latter directly behind the message it repeats
  private duplicate(session: Session, message: ServerSays, wire: WireMessage): void {
    const again = this.random.chance(this.knobs.duplicate);
    const later = this.random.float() * 3000;
    const bare = this.random.chance(this.knobs.duplicateWithoutSeq) && "d" in message;
    if (bare) session.link?.deliver(encodeServerSays(message, undefined));
    if (again) this.clock.setTimer(later, () => session.open && session.link?.deliver(wire));
  }

  /** An id goes out to a connection: a 31 about it counts (again) from here on (G9). */
  announced(session: Session, id: number): void {
    session.announced.set(id, this.order());
    session.flagged.delete(id);
  }

  sendAll(sessions: Iterable<Session>, message: ServerSays): void {
    for (const session of sessions) this.send(session, message);
  }

  /** G10, G11: there is no group any more, every package and proposal of it is void. */
  unestablish(): void {
    this.established = false;
    this.epoch = 0n;
    this.leaves = [];
    this.issued = [];
    this.held = [];
    this.appendAt = undefined;
    for (const session of this.sessions.values()) {
      if (session.offered?.state === "fresh") session.offered.state = "void";
    }
  }
}
