// The one class a bot uses: gateway messages in, frames through, events out (M7, M8, M11, O2–O4).

import { CODECS, type Codec } from "@puredave/frame-crypto";
import type { CryptoProvider } from "@puredave/mls";
import { Connection } from "./client/connection.ts";
import { Driver } from "./client/driver.ts";
import {
  type ClientState,
  type DaveEvent,
  type DaveEvents,
  Emitter,
  type Listener,
  type PrivacyCode,
} from "./client/events.ts";
import { Frames } from "./client/frames.ts";
import { GroupMessages } from "./client/group-messages.ts";
import { Identities } from "./client/identities.ts";
import type { Verification } from "./client/known-keys.ts";
import {
  type AmongOutcome,
  type AnonymousFrame,
  checkEvent,
  checkFrame,
  checkOptions,
  checkSsrc,
  type DaveClientOptions,
  type DecryptOutcome,
  type EncryptOutcome,
  type IncomingFrame,
  type NotReadyPolicy,
  type OutgoingFrame,
} from "./client/options.ts";
import { type ClientSnapshot, snapshotOf } from "./client/snapshot.ts";
import { type CaptureRecord, capture, captureServer } from "./client/tap.ts";
import { Turns } from "./client/turns.ts";
import { createCryptoProvider } from "./crypto.ts";
import { DaveError } from "./errors.ts";
import { decodeServerHead, encodeClientMessage, viewBytes } from "./gateway/codec.ts";
import type { ClientMessage, GatewayData, ServerMessage } from "./gateway/opcodes.ts";
import { Media, type MediaCounters } from "./media.ts";
import { Parking } from "./parking.ts";
import { type Clock, platformClock } from "./ports.ts";
import { DaveSession } from "./session.ts";
import { type Snowflake, snowflake, snowflakes } from "./snowflake.ts";
import { nextTransitionDeadline } from "./transitions/reduce.ts";

/**
 * A DAVE client for one media session.
 *
 * Give it every message of the voice gateway, send what it sends, pass every outgoing frame through `encrypt` and
 * every incoming one through `decrypt`. It throws for misuse only; whatever comes from gateway or media becomes an
 * outcome or an event (M11).
 *
 * @example
 * ```ts
 * const client = new DaveClient({ userId, channelId, send: (message) => socket.send(message) });
 * socket.onmessage = ({ data }) => client.receive(data);
 * const sent = client.encrypt({ mediaType: "audio", ssrc, frame: opus });
 * if (sent.outcome === "encrypted" || sent.outcome === "plain") rtp.send(sent.frame);
 * ```
 */
export class DaveClient {
  /** Our own id, in canonical decimal form. */
  readonly userId: string;
  /** The channel's id, in canonical decimal form. */
  readonly channelId: string;
  readonly #clock: Clock;
  readonly #session: DaveSession;
  readonly #media: Media;
  readonly #driver: Driver;
  readonly #messages: GroupMessages;
  readonly #connection: Connection;
  readonly #emitter: Emitter;
  readonly #frames: Frames;
  readonly #identities: Identities;
  readonly #log: (event: DaveEvent) => void;
  readonly #tap: ((record: CaptureRecord) => void) | undefined;
  readonly #turns: Turns;
  #events: DaveEvent[] = [];
  /** What leaves once the change that produced it is complete. */
  #outbox: ClientMessage[] = [];
  readonly #transmit: (data: string | Uint8Array) => void;
  #closing = false;
  #shown: { state: ClientState; ready: boolean } = { state: "negotiating", ready: false };

  /** @throws {@link DaveError} `invalid-snowflake`, `invalid-argument` */
  constructor(options: DaveClientOptions) {
    checkOptions(options);
    const { userId, channelId, backend, signaturePrivateKey } = options;
    const crypto = cryptoOf(options);
    const fault = guarded(options.onFault ?? (() => {}));
    this.#clock = options.clock ?? platformClock();
    const knownKeys = options.knownKeys ?? new Map<string, Uint8Array>();
    this.#log = guarded(options.logger ?? (() => {}), fault);
    this.#tap = options.tap && guarded(options.tap, fault);
    this.#emitter = new Emitter(fault);
    this.#session = new DaveSession({ userId, channelId, crypto, signaturePrivateKey });
    this.userId = this.#session.userId;
    this.channelId = this.#session.channelId;
    this.#media = new Media(crypto, this.userId, backend);
    this.#transmit = guarded(options.send, fault);
    this.#connection = new Connection((message) => this.#outbox.push(message));
    const parking = new Parking(crypto);
    this.#driver = new Driver({
      session: this.#session,
      media: this.#media,
      parking,
      send: (message) => this.#connection.send(message),
      emit: (event) => this.#events.push(event),
      knownKeys,
    });
    this.#messages = new GroupMessages(this.#driver);
    this.#identities = new Identities(this.#session, knownKeys);
    const recover = (): void => this.#turns.run((now) => this.#driver.apply({ type: "media-deaf" }, now));
    this.#frames = new Frames({
      driver: this.#driver,
      policy: options.policy ?? "hold",
      onDeaf: options.recoverFromMedia === false ? undefined : recover,
      onRate: (framesPerSecond) =>
        this.#turns.run(() => this.#events.push({ type: "senderRate", framesPerSecond })),
    });
    this.#turns = new Turns({
      clock: this.#clock,
      tick: (now) => this.#tick(now),
      deadline: (now) =>
        earliest(nextTransitionDeadline(this.#driver.state), parking.deadline, this.#media.nextDeadline(now)),
      settled: () => this.#tell(),
    });
  }

  /** O4: nothing leaves a closed client. */
  #flush(): void {
    const messages = this.#outbox;
    this.#outbox = [];
    for (const message of messages) {
      if (this.#closing) return;
      const data = encodeClientMessage(message);
      this.#tap?.(capture("out", this.#clock.now(), data));
      this.#transmit(data);
    }
  }

  // ── gateway ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Applies a message of the voice gateway, as it comes from the websocket. Never throws for its content.
   *
   * @param connection what `identify()` returned, when messages of an older connection may still arrive (O4)
   * @throws {@link DaveError} `invalid-argument` when `message` is neither text nor bytes
   */
  receive(message: GatewayData, connection?: number): void {
    if (this.#closing) return;
    const data = typeof message === "string" ? message : viewBytes(message);
    // a call from within `send` comes later: the caller may use the buffer again
    const kept = this.#turns.busy && typeof data !== "string" ? data.slice() : data;
    this.#turns.run((now) => {
      if (connection !== undefined && connection !== this.#connection.number)
        return this.#ignored(undefined, "old-connection");
      this.#receive(kept, now);
    });
  }

  #receive(data: string | Uint8Array, now: number): void {
    const head = refused(() => decodeServerHead(data));
    if (head === undefined) return this.#ignored(undefined, "malformed-message");
    // O2: in order, and nothing twice
    if (!this.#connection.accepts(head.seq)) return this.#ignored(head.op, "old-sequence");
    const message = refused(() => head.decode());
    this.#connection.applied(head.seq);
    if (message === undefined) return this.#ignored(head.op, "malformed-message");
    if (message.op !== "unknown") this.#tap?.(captureServer(now, message));
    this.#apply(message, now);
  }

  #apply(message: ServerMessage, now: number): void {
    if (message.op === "unknown") return;
    if (message.op === 9) return this.#connection.resumed(this.#driver.state, this.#session);
    this.#messages.handle(message, now);
  }

  #ignored(op: number | undefined, reason: DaveEvents["ignored"]["reason"]): void {
    this.#events.push({ type: "ignored", op, reason });
  }

  /** O2: what heartbeat (op 3) and resume (op 7) carry as `seq_ack`; -1 before any message. */
  get seqAck(): number {
    return this.#connection.sequence;
  }

  /** O3: the socket is gone; what is produced from now on waits for op 9 or a new identify. */
  connectionLost(): void {
    this.#turns.run(() => this.#connection.lost());
  }

  /**
   * E4: a new identify is about to be sent, not a resume: everything but the signature key is cleared.
   *
   * @returns the number of the new connection, for `receive`
   */
  identify(): number {
    const number = this.#connection.renew();
    this.#turns.runLast((now) => {
      this.#connection.identify();
      this.#driver.identify(now);
      this.#frames.reset();
    });
    return number;
  }

  /** E31: asks for a recovery by hand, under the id announced last. At an executed version 0 it does nothing. */
  recover(): void {
    this.#turns.run((now) => this.#driver.apply({ type: "recover" }, now));
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Says which codec's clear ranges a 32-bit SSRC needs. @throws {@link DaveError} `invalid-argument` */
  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    checkSsrc(ssrc);
    if (!CODECS.includes(codec)) throw new DaveError("invalid-argument", "codec: unknown name");
    this.#media.assignSsrcToCodec(ssrc, codec);
  }

  /** F4: how many bytes `encrypt` may make of a frame at most. */
  maxProtectedLength(input: OutgoingFrame): number {
    checkFrame(input);
    checkSsrc(input.ssrc);
    return this.#media.maxProtectedLength(input);
  }

  /**
   * Encrypts a frame with the key of the last executed transition (M2), or lets it pass while version 0 is executed.
   *
   * @throws {@link DaveError} `invalid-argument`; `not-ready` under the policy `throw`
   */
  encrypt(input: OutgoingFrame): EncryptOutcome {
    checkFrame(input);
    checkSsrc(input.ssrc);
    if (this.#closing) return { outcome: "not-ready", reason: "closed" };
    return this.#frames.encrypt(input, this.#turns.advance());
  }

  /**
   * Decrypts a frame of one user (F8).
   *
   * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
   */
  decrypt(input: IncomingFrame): DecryptOutcome {
    checkFrame(input);
    const userId = snowflake(input.userId);
    if (this.#closing) return { outcome: "closed" };
    return this.#frames.decrypt(userId, input, this.#turns.advance());
  }

  /**
   * Decrypts a frame whose sender is unknown: the first candidate whose key fits sent it (LIB-15). Failures on the
   * way are not counted, and only what authenticates is accepted: plaintext and silence say nothing about a sender.
   *
   * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
   */
  decryptAmong(input: AnonymousFrame): AmongOutcome {
    checkFrame(input);
    const candidates = snowflakes(input.candidates);
    if (this.#closing) return { outcome: "closed", userId: undefined };
    return this.#frames.decryptAmong(candidates, input, this.#turns.advance());
  }

  /** Frames by user and outcome, since the user entered a group with us. */
  get counters(): ReadonlyMap<string, Readonly<MediaCounters>> {
    return this.#media.counters;
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────

  /** M7. */
  get state(): ClientState {
    return this.#driver.clientState;
  }

  /** M7: a frame given to `encrypt` now would leave. */
  get ready(): boolean {
    return !this.#closing && this.#frames.ready;
  }

  /** The MLS epoch; `undefined` without a group, 0 in a pending one. */
  get epoch(): bigint | undefined {
    return this.#session.epoch;
  }

  /** The protocol version executed now; `undefined` before the first transition. */
  get executedVersion(): number | undefined {
    return this.#driver.state.executed;
  }

  /** M8: what `encrypt` does while encryption is expected but not ready. */
  get policy(): NotReadyPolicy {
    return this.#frames.policy;
  }

  /** The group's roster: user id → 65-byte signature key, ourselves included. */
  get roster(): ReadonlyMap<string, Uint8Array> {
    return this.#session.roster();
  }

  /** Users named by op 11, ourselves left out. */
  get recognizedUserIds(): ReadonlySet<string> {
    return new Set(this.#driver.recognized);
  }

  /** V4: 30 digits, the same for everybody in the epoch. */
  get voicePrivacyCode(): PrivacyCode | undefined {
    return this.#driver.privacyCode;
  }

  /** A report without secrets: plain JSON to be pasted into a bug. */
  snapshot(): ClientSnapshot {
    return snapshotOf(this.#driver, this.#connection, this.#clock.now());
  }

  /** Our public signature key, 65 bytes. */
  get publicKey(): Uint8Array {
    return this.#session.signatureKeyPair.publicKey.slice();
  }

  /**
   * V1, V2: 45 digits to compare with one member of the group; the first call for a member takes about a tenth of a
   * second (scrypt).
   *
   * @throws {@link DaveError} `unknown-user` when the user is not in the group's roster (V4)
   */
  pairwiseCode(userId: Snowflake): string {
    return this.#identities.pairwiseCode(snowflake(userId));
  }

  /** EC-12: what is known of a member's key; only `verify` makes it `verified`. @throws {@link DaveError} `unknown-user` */
  verificationOf(userId: Snowflake): Verification {
    return this.#identities.verificationOf(snowflake(userId));
  }

  /** The caller has compared pair codes with this member: the key in the roster is theirs. @throws {@link DaveError} `unknown-user` */
  verify(userId: Snowflake): void {
    this.#identities.verify(snowflake(userId));
  }

  // ── events, time, end ────────────────────────────────────────────────────────────────────────────────────

  /** Listens to an event; returns what stops it. */
  on<K extends keyof DaveEvents>(type: K, listener: Listener<K>): () => void {
    checkEvent(type);
    if (typeof listener !== "function")
      throw new DaveError("invalid-argument", "listener: expected a function");
    this.#emitter.on(type, listener);
    return () => this.off(type, listener);
  }

  /** Stops a listener that `on` added. @throws {@link DaveError} `invalid-argument` */
  off<K extends keyof DaveEvents>(type: K, listener: Listener<K>): void {
    checkEvent(type);
    this.#emitter.off(type, listener);
  }

  /** When `tick` next has something to do, by the clock; `undefined`: nothing is waiting. */
  nextDeadline(): number | undefined {
    return this.#turns.deadline;
  }

  /**
   * Does what is due: for owners whose clock has no timers.
   *
   * @param now the clock's time, ms; default: asks the clock. Time never goes back.
   * @throws {@link DaveError} `invalid-argument`
   */
  tick(now?: number): void {
    if (now !== undefined && !Number.isFinite(now))
      throw new DaveError("invalid-argument", "now: expected milliseconds");
    this.#turns.run((at) => this.#tick(now === undefined ? at : Math.max(at, now)));
  }

  #tick(now: number): void {
    this.#messages.tick(now);
    this.#media.tick(now);
  }

  /** O4: ends the session: every secret is erased, later messages change nothing. Safe to call twice. */
  close(): void {
    this.#closing = true;
    this.#turns.runLast((now) => {
      this.#driver.identify(now);
      this.#media.dispose();
      this.#session.dispose();
      this.#identities.clear();
      this.#turns.close();
    });
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #tell(): void {
    this.#flush();
    const { state, ready } = this;
    if (state !== this.#shown.state || ready !== this.#shown.ready) {
      this.#shown = { state, ready };
      this.#events.push({ type: "state", state, ready });
    }
    const events = this.#events;
    this.#events = [];
    for (const event of events) {
      this.#log(event);
      this.#emitter.emit(event);
    }
  }
}

function cryptoOf({ crypto, randomBytes, backend }: DaveClientOptions): CryptoProvider {
  return (
    crypto ??
    createCryptoProvider({
      ...(randomBytes === undefined ? {} : { randomBytes }),
      ...(backend === undefined ? {} : { backend }),
    })
  );
}

function earliest(...instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Misuse aside, what a decoder refuses is `undefined`. */
function refused<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DaveError && error.code === "malformed-message") return undefined;
    throw error;
  }
}

/** LIB-13: what the owner's callbacks throw disturbs nothing. */
function guarded<T>(callback: (value: T) => void, onFault: (fault: unknown) => void = () => {}) {
  return (value: T): void => {
    try {
      callback(value);
    } catch (fault) {
      onFault(fault);
    }
  };
}
