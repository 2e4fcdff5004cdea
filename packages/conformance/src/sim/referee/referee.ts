// The invariants of a simulated call, checked at every step. Numbers are those of the list in docs/simulator.md.
import { parseFrame } from "@puredave/frame-crypto";
import { equalBytes } from "@puredave/mls";
import type { GatewayEvent } from "../gateway/call.ts";
import type { WireMessage } from "../network.ts";
import type { Seat } from "../seat.ts";
import type { ArrivalKind, MediaPacket } from "../sfu.ts";
import { type Epoch, EpochBook } from "./epochs.ts";
import { KeyBook } from "./keys.ts";
import type { Label, Mind } from "./mind.ts";
import { type Read, readMessage, Watch } from "./watch.ts";

/** A broken invariant. */
export interface Violation {
  readonly invariant: number;
  readonly atMs: number;
  readonly userId: string;
  readonly text: string;
}

export interface Counts {
  sent: number;
  delivered: number;
  received: number;
  lost: number;
  notEntitled: number;
  /** Frames sealed or accepted in the clear where they must not be. */
  plaintext: number;
}

/** A frame as its sender knew it. */
interface SentFrame {
  readonly from: string;
  readonly original: Uint8Array;
  readonly label: Label;
  readonly acceptedBy: Set<string>;
  readonly number: number;
}

/** Two instants this close are not told apart: clocks drift, timers are a hair late. */
const SLACK_MS = 60;

/** More frames than an SFU without faults ever holds. */
const ON_THEIR_WAY = 200;
/** (11) */
const HEARD_AGAIN_MS = 10_000;
/** E31: the longest delay of a recovery; after so long without a fault it starts anew. */
const LONGEST_DELAY_MS = 30_000;
const RECENT_MS = 70_000;

export const describeLabel = (label: Label): string =>
  label.kind === "epoch" ? `epoch #${label.epoch.serial} (${label.epoch.epoch})` : label.kind;

const acceptKey = (seat: Seat): string => `${seat.userId} ${seat.session?.number ?? ""}`;

export class Referee {
  readonly book: EpochBook;
  /** When the gateway took a user for gone. */
  private readonly leftAt = new Map<string, number>();
  private readonly keys = new KeyBook();
  readonly violations: Violation[] = [];
  readonly counts: Counts = { sent: 0, delivered: 0, received: 0, lost: 0, notEntitled: 0, plaintext: 0 };
  readonly watches = new Map<string, Watch>();
  /** Told about everything that happened to a seat, for the table of faults and states. */
  readonly cover: (fault: string, watch: Watch) => void;
  private readonly frames: (SentFrame | undefined)[] = [];
  private readonly newestNonce = new Map<string, number>();
  private readonly now: () => number;
  /** K7: frames of a user before this one were overtaken by more than a receiver remembers. */
  private readonly overtaken = new Map<string, number>();
  /** (11), (13): how long knobs may delay what heals. */
  private patienceMs = 0;
  /** When somebody said 31. */
  private recoveries: number[] = [];
  private adopted = new Map<string, Watch["current"]>();

  constructor(now: () => number, cover: (fault: string, watch: Watch) => void) {
    this.now = now;
    this.book = new EpochBook(now);
    this.cover = cover;
  }

  /** The gateway's knobs may delay whatever heals by so much. */
  allow(patienceMs: number): void {
    this.patienceMs = patienceMs;
  }

  watch(seat: Seat, clock: () => number): Watch {
    const complain = (invariant: number, text: string) => this.complain(invariant, seat.userId, text);
    const watch = new Watch(seat, this.book, clock, complain, this.cover);
    this.watches.set(seat.userId, watch);
    return watch;
  }

  complain(invariant: number, userId: string, text: string): void {
    if (this.violations.length < 50) this.violations.push({ invariant, atMs: this.now(), userId, text });
  }

  // (9) nothing throws out of the client on any gateway or media input
  threw(seat: Seat, fault: unknown): void {
    const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
    this.complain(9, seat.userId, `threw ${text}`);
  }

  gateway(event: GatewayEvent): void {
    if (event.type === "epoch") this.book.announced(event, this.now());
    if (event.type === "left") this.leftAt.set(event.userId, this.now());
    if (event.type === "flagged") this.recoveries = [...this.recoveries, this.now()];
  }

  arriving(seat: Seat, message: WireMessage): Read | undefined {
    const watch = this.watches.get(seat.userId)!;
    this.adopted.set(seat.userId, watch.current);
    const read = readMessage(message);
    const fresh = watch.arriving(read);
    const operation = typeof message === "string" ? undefined : message[3];
    for (const fault of faultsOf(read, fresh, operation, watch.mind)) this.cover(fault, watch);
    return fresh ? read : undefined;
  }

  delivered(seat: Seat, message: WireMessage): void {
    const watch = this.watches.get(seat.userId)!;
    // a listener may have closed the client at this very message
    if (seat.client && watch.ends.hasEnded(seat.client)) return;
    const before = this.adopted.get(seat.userId);
    watch.delivered(readMessage(message), before);
    this.agree(watch);
    this.checkKeys(watch, before);
    watch.checkNow();
  }

  private checkKeys(watch: Watch, before: Watch["current"]): void {
    const snapshot = watch.seat.guarded((client) => client.snapshot?.());
    if (snapshot === undefined) return;
    const complain = (invariant: number, text: string) => this.complain(invariant, watch.seat.userId, text);
    if (watch.current && watch.current !== before) this.keys.entered(watch.current, snapshot, complain);
    this.keys.check(watch, snapshot, complain);
  }

  // (4) all members of an established epoch agree on authenticator and roster
  private agree(watch: Watch): void {
    const code = watch.seat.client?.privacyCode;
    if (watch.current === undefined || code === undefined || code.stale) return;
    if (!this.book.agree(watch.current, code.code)) {
      this.complain(4, watch.seat.userId, `another authenticator in epoch ${watch.current.epoch}`);
    }
  }

  /** Offers a frame to a member's client; the packet to forward, if it left. */
  speak(
    seat: Seat,
    ssrc: number,
    mediaType: "audio" | "video",
    original: Uint8Array,
  ): MediaPacket | undefined {
    const watch = this.watches.get(seat.userId)!;
    if (seat.client && watch.ends.hasEnded(seat.client)) return undefined;
    const result = seat.guarded((client) => client.encrypt({ mediaType, ssrc, frame: original }));
    watch.mind.settle();
    watch.checkUnordered();
    watch.checkNow();
    // a client without DAVE sends in the clear, whatever the call does
    const label: Label = seat.options.maxVersion === 0 ? { kind: "plain" } : watch.mind.label;
    if (result === undefined) return undefined;
    if (result.outcome !== "encrypted" && result.outcome !== "plain") {
      // (1) once frames have left encrypted, encrypt never fails for want of a key; E21 id 0 without op 25 apart
      if (watch.flowing && label.kind !== "none") this.refused(seat, `${result.outcome} (${result.reason})`);
      return undefined;
    }
    this.checkOutcome(watch, result.outcome, label);
    this.checkKnown(watch, label);
    if (result.outcome === "encrypted") this.checkNonce(seat, result.frame, label);
    this.counts.sent += 1;
    const frameNumber = this.frames.length;
    this.frames.push({ from: seat.userId, original, label, acceptedBy: new Set(), number: frameNumber });
    return { from: seat.userId, ssrc, mediaType, payload: result.frame, frameNumber };
  }

  /** Seals frames that nobody sends: the sender's counter is far on, as after a long epoch. */
  sealUnsent(seat: Seat, ssrc: number, count: number): void {
    const { sent } = this.counts;
    for (let i = 0; i < count; i++) this.speak(seat, ssrc, "audio", Uint8Array.of(i & 0xff));
    this.counts.sent = sent;
    this.overtaken.set(seat.userId, this.frames.length);
  }

  /** For calls that last: drops all frames but the newest, which may still be on their way. */
  forgetOldFrames(): void {
    this.frames.fill(undefined, 0, -ON_THEIR_WAY);
  }

  // (13) no key that only departed members know is used for more than 10 s
  private checkKnown(watch: Watch, label: Label): void {
    const { seat } = watch;
    const onlyDeparted =
      label.kind === "epoch" && !watch.lost && this.onlyDepartedKnow(label.epoch, seat.userId);
    if (!onlyDeparted) watch.soleKeySince = undefined;
    else watch.soleKeySince ??= this.now();
    const { soleKeySince } = watch;
    if (soleKeySince === undefined || this.now() - soleKeySince <= this.limit()) return;
    this.complain(13, seat.userId, `uses the key of ${describeLabel(label)} that only departed members know`);
    watch.soleKeySince = undefined;
  }

  private onlyDepartedKnow(epoch: Epoch, self: string): boolean {
    const others = [...epoch.knownBy].filter(([userId]) => userId !== self);
    // Whoever comes back holds nothing. Nobody is told of a newer connection (G1), nor of a crash before the gateway
    // gives the session up (G12).
    const stays = ([userId, at]: [string, number]) => (this.leftAt.get(userId) ?? -1) < at;
    return others.length > 0 && !others.some(stays);
  }

  /** (11), (13): 10 s, the delays of the knobs, and E31's delay unless the fault is the first in 30 s. */
  private limit(): number {
    const now = this.now();
    this.recoveries = this.recoveries.filter((at) => at > now - RECENT_MS);
    const spacing = this.recoveries.length > 1 ? LONGEST_DELAY_MS : 0;
    return HEARD_AGAIN_MS + this.patienceMs + spacing;
  }

  private refused(seat: Seat, what: string): void {
    this.complain(1, seat.userId, `encrypt said ${what} although frames had left`);
  }

  // (1) never plaintext, except while version 0 is executed; M5
  private checkOutcome(watch: Watch, outcome: "encrypted" | "plain", label: Label): void {
    if (watch.seat.options.maxVersion === 0) return;
    const { userId } = watch.seat;
    if (outcome === "plain" && watch.mind.executedVersion !== 0) {
      this.counts.plaintext += 1;
      this.complain(1, userId, "sent in the clear although version 0 is not executed");
    }
    if (outcome === "encrypted" && label.kind !== "epoch" && label.kind !== "alone") {
      this.complain(3, userId, `sealed a frame although it may use no key (${label.kind})`);
    }
    if (outcome === "encrypted") watch.flowing = true;
  }

  // (6) no nonce is used twice under one key: counters of a key only grow (K3)
  private checkNonce(seat: Seat, frame: Uint8Array, label: Label): void {
    const parsed = parseFrame(frame);
    if (parsed.outcome === "failed") {
      this.complain(1, seat.userId, "sealed what is no protocol frame");
      return;
    }
    const key = `${seat.userId} ${label.kind === "epoch" ? label.epoch.serial : `alone ${label.kind === "alone" ? label.serial : ""}`}`;
    const nonce = Number(parsed.nonce);
    const newest = this.newestNonce.get(key) ?? 0;
    if (nonce <= newest) this.complain(6, seat.userId, `nonce ${nonce} after ${newest} under one key`);
    this.newestNonce.set(key, Math.max(nonce, newest));
  }

  /** A packet reached a member; `eavesdropper`: one who has left and listens in. */
  arrived(seat: Seat, packet: MediaPacket, kind: ArrivalKind, eavesdropper = false): void {
    const watch = this.watches.get(seat.userId)!;
    const { from: userId, mediaType, payload: frame } = packet;
    if (seat.client && watch.ends.hasEnded(seat.client)) return;
    const result = seat.guarded((client) => client.decrypt({ userId, mediaType, frame }));
    if (result === undefined) return;
    const sent = this.frames[packet.frameNumber];
    if (seat.options.maxVersion === 0) {
      if (result.outcome === "plain" && sent?.label.kind === "plain") this.counts.received += 1;
      return;
    }
    const told = result.outcome === "failed" ? result.reason : result.outcome;
    watch.mind.settle();
    watch.mediaOutcome(told);
    if (result.outcome === "plain") this.heardPlain(watch, eavesdropper);
    if (kind === "tampered" || sent === undefined) {
      if (result.outcome === "decrypted") this.forged(seat, sent, result.frame);
      return;
    }
    const read = "frame" in result && result.outcome !== "silence" && equalBytes(result.frame, sent.original);
    if (result.outcome === "decrypted") {
      if (!read) this.complain(2, seat.userId, "decrypted something else than was sent");
      this.heard(watch, sent, kind);
    }
    // a copy that the SFU made may have come first
    const done = read || sent.acceptedBy.has(acceptKey(seat));
    if (kind === "frame" && !eavesdropper) this.account(watch, sent, done, told);
  }

  private forged(seat: Seat, sent: SentFrame | undefined, frame: Uint8Array): void {
    if (sent && equalBytes(sent.original, frame)) return this.accept(seat, sent);
    this.complain(5, seat.userId, "accepted a frame that nobody sent");
  }

  // (5) no frame is accepted twice
  private accept(seat: Seat, sent: SentFrame): void {
    const key = acceptKey(seat);
    if (sent.acceptedBy.has(key)) this.complain(5, seat.userId, "accepted a frame twice");
    sent.acceptedBy.add(key);
  }

  // (3) nobody decrypts a frame sealed under an epoch they are not in; (7) nor under keys whose time is over
  private heard(watch: Watch, sent: SentFrame, kind: ArrivalKind): void {
    const { seat } = watch;
    this.accept(seat, sent);
    const { label } = sent;
    if (label.kind !== "epoch" || !label.epoch.members.has(seat.userId)) {
      this.complain(3, seat.userId, `read a frame of ${sent.from} under ${describeLabel(label)} (${kind})`);
      return;
    }
    watch.mind.heard(label.epoch, watch.nowMs);
    const held = watch.mind.held.get(label.epoch);
    if (held && watch.nowMs > held.expiresAt + SLACK_MS) {
      this.complain(7, seat.userId, `read a frame ${watch.nowMs - held.expiresAt} ms after its key's time`);
    }
  }

  // (10) plaintext is accepted only in the windows of M6
  private heardPlain(watch: Watch, eavesdropper: boolean): void {
    if (eavesdropper || watch.nowMs < watch.mind.plaintextUntil + 1) return;
    this.counts.plaintext += 1;
    this.complain(10, watch.seat.userId, "accepted plaintext outside the windows of M6");
  }

  // (2) every frame delivered to a member entitled to it decrypts, bit-exact
  private account(watch: Watch, sent: SentFrame, read: boolean, outcome: string): void {
    this.counts.delivered += 1;
    if (read) {
      this.counts.received += 1;
      watch.hearing.heard(sent.from);
      return;
    }
    this.checkHearing(watch, sent);
    if (!this.owed(watch, sent)) {
      this.counts.notEntitled += 1;
      return;
    }
    this.counts.lost += 1;
    const text = `lost a frame of ${sent.from} under ${describeLabel(sent.label)}: ${outcome}`;
    this.complain(2, watch.seat.userId, text);
  }

  // (11) whoever the gateway can reach hears each other connected member again in time
  private checkHearing(watch: Watch, { from, number, label }: SentFrame): void {
    const speaker = this.watches.get(from);
    const reached = ({ seat, lost }: Watch) => seat.present && seat.link !== undefined && !lost;
    if (label.kind === "plain" || number < (this.overtaken.get(from) ?? 0)) return;
    if (speaker === undefined || !reached(speaker) || !reached(watch)) return watch.hearing.forget(from);
    if (watch.hearing.failed(from, this.now()) <= this.limit()) return;
    this.complain(11, watch.seat.userId, `has not heard ${from} again in time`);
    watch.hearing.forget(from);
  }

  /** M9; for plaintext M6: while version 0 is executed. */
  private owed(watch: Watch, { label, from, number }: SentFrame): boolean {
    if (number < (this.overtaken.get(from) ?? 0)) return false;
    if (label.kind === "plain") return watch.mind.executedVersion === 0;
    if (label.kind !== "epoch") return false;
    if ((watch.forgotten.get(from) ?? 0) >= label.epoch.serial) return false;
    const held = watch.mind.held.get(label.epoch);
    return held !== undefined && watch.nowMs <= held.expiresAt - SLACK_MS;
  }
}

/** Faults that are seen on the wire; `operation`: the first byte of a binary body. */
function* faultsOf(read: Read, fresh: boolean, operation: number | undefined, mind: Mind): Generator<string> {
  const { op, id, d } = read;
  if (!fresh) return yield "duplicate with its old seq";
  if (op === 9) return yield "resume";
  if (read.seq === undefined) yield "duplicate without seq";
  if (op === 11) yield "somebody joins";
  if (op === 13) yield "somebody leaves";
  if (op === 21 && read.version === 0) yield "downgrade prepared";
  if (op === 21 && id === 0) yield "op 21 id 0";
  if (op === 24) yield d.epoch === 1 ? "epoch 1 (reset)" : "version announced anew";
  if (op === 27 && operation === 1) yield "proposals revoked";
  if ((op === 29 || op === 30) && mind.pendingCount > 0) yield "transitions overlap";
  if (op === 22 && id !== undefined && !mind.isPending(id)) yield "op 22 without its transition";
  if (op === 22 && id !== undefined && mind.waitedFor(id) > 2500) yield "op 22 late";
}
