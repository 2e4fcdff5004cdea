// The one class a bot uses: gateway messages in, frames through, events out (M7, M8, M11, O2–O4).

import type { BackendChoice, Codec, DecryptFailure, EncryptFailure, MediaType } from "@puredave/frame-crypto";
import { CODECS, MEDIA_TYPES } from "@puredave/frame-crypto";
import { type CryptoProvider, createCryptoProvider } from "@puredave/mls";
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
import { GroupMessages } from "./client/group-messages.ts";
import { MediaHealth } from "./client/media-health.ts";
import { type ClientSnapshot, snapshotOf } from "./client/snapshot.ts";
import { checkBytes, DaveError } from "./errors.ts";
import { decodeServerHead, encodeClientMessage, viewBytes } from "./gateway/codec.ts";
import type { ClientMessage, GatewayData, ServerMessage } from "./gateway/opcodes.ts";
import { Media, type MediaCounters } from "./media.ts";
import { Parking } from "./parking.ts";
import { type Clock, platformClock } from "./ports.ts";
import { DaveSession } from "./session.ts";
import { type Snowflake, snowflake } from "./snowflake.ts";
import { nextTransitionDeadline } from "./transitions/reduce.ts";
import { type Identity, pairwiseCode } from "./verification.ts";

/** M8: what `encrypt` does while encryption is expected but not ready. */
export type NotReadyPolicy = "hold" | "drop" | "throw" | "passthrough";

const POLICIES: readonly NotReadyPolicy[] = ["hold", "drop", "throw", "passthrough"];

/** Options of {@link DaveClient}. */
export interface DaveClientOptions {
  /** Our own user id. */
  readonly userId: Snowflake;
  /** The voice channel's id; for Go Live, the stream's `rtc_server_id` − 1. */
  readonly channelId: Snowflake;
  /** Sends to the voice gateway: text for JSON opcodes, bytes for MLS. */
  readonly send: (message: string | Uint8Array) => void;
  /** Default: the platform's monotone clock and timers. */
  readonly clock?: Clock | undefined;
  /** Default: the fastest provider of this runtime, with `randomBytes`. */
  readonly crypto?: CryptoProvider | undefined;
  /** Default: the platform's cryptographic source. Only tests and simulations replace it. */
  readonly randomBytes?: ((length: number) => Uint8Array) | undefined;
  /** A persistent signature key, 32 bytes (P4). Default: a new one. */
  readonly signaturePrivateKey?: Uint8Array | undefined;
  /** M8. Default: `hold`. */
  readonly policy?: NotReadyPolicy | undefined;
  /** Default: `auto`, the platform's primitives where they are faster. */
  readonly backend?: BackendChoice | undefined;
  /** E31: whether failing media may start a recovery. Default: true. */
  readonly recoverFromMedia?: boolean | undefined;
  /** Told about faults of listeners and of `send`, which never reach the caller. May throw. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** A frame to encrypt. */
export interface OutgoingFrame {
  readonly mediaType: MediaType;
  /** 32 bits; its codec is what `assignSsrcToCodec` said, else Opus for audio, unknown for video. */
  readonly ssrc: number;
  readonly frame: Uint8Array;
}

/** Why a frame cannot leave: the client is first alone, or no transition has been executed yet, or it was closed. */
export type NotReadyReason = "alone" | "negotiating" | "closed";

export type EncryptOutcome =
  | { readonly outcome: "encrypted"; readonly frame: Uint8Array }
  /** M5: version 0 is executed, or the policy `passthrough` applies. */
  | { readonly outcome: "plain"; readonly frame: Uint8Array }
  /** Policy `hold`: the caller keeps the frame and offers it again. */
  | { readonly outcome: "not-ready"; readonly reason: NotReadyReason }
  /** Policy `drop`. */
  | { readonly outcome: "dropped"; readonly reason: NotReadyReason }
  | { readonly outcome: "failed"; readonly reason: EncryptFailure };

/** A frame to decrypt. */
export interface IncomingFrame {
  /** Who sent it. */
  readonly userId: Snowflake;
  readonly mediaType: MediaType;
  /** After transport decryption, RTP header extension and padding removed (R1). */
  readonly frame: Uint8Array;
}

export type DecryptOutcome =
  | { readonly outcome: "ok"; readonly frame: Uint8Array }
  /** M6: plaintext, while it is accepted. */
  | { readonly outcome: "plain"; readonly frame: Uint8Array }
  /** F10: the silence frame `F8 FF FE`. */
  | { readonly outcome: "silence"; readonly frame: Uint8Array }
  | { readonly outcome: DecryptFailure | "closed" };

/** Failures that say *no key of ours fits* (E31). */
const DEAF: ReadonlySet<DecryptFailure> = new Set<DecryptFailure>(["authentication", "no-key"]);

/**
 * A DAVE client for one media session.
 *
 * Give it every message of the voice gateway, send what it sends, pass every outgoing frame through `encrypt` and
 * every incoming one through `decrypt`. It throws for misuse only; whatever comes from gateway or media becomes an
 * outcome or an event (M11).
 *
 * @example
 * const client = new DaveClient({ userId, channelId, send: (message) => socket.send(message) });
 * socket.onmessage = ({ data }) => client.receive(data);
 * const sent = client.encrypt({ mediaType: "audio", ssrc, frame: opus });
 * if (sent.outcome === "encrypted" || sent.outcome === "plain") rtp.send(sent.frame);
 */
export class DaveClient {
  readonly userId: string;
  readonly channelId: string;
  readonly #clock: Clock;
  readonly #session: DaveSession;
  readonly #media: Media;
  readonly #driver: Driver;
  readonly #messages: GroupMessages;
  readonly #connection: Connection;
  readonly #health = new MediaHealth();
  readonly #emitter: Emitter;
  readonly #policy: NotReadyPolicy;
  readonly #recoverFromMedia: boolean;
  readonly #pairwiseCodes = new Map<string, string>();
  #events: DaveEvent[] = [];
  #shown: { state: ClientState; ready: boolean } = { state: "negotiating", ready: false };
  /** Calls made by `send` or a listener while a message is being applied: they follow it. */
  #queue: (() => void)[] = [];
  #busy = false;
  #closed = false;
  #deadline: number | undefined;
  #cancelTimer: (() => void) | undefined;

  /** @throws {@link DaveError} `invalid-snowflake`, `invalid-argument` */
  constructor(options: DaveClientOptions) {
    checkOptions(options);
    const { userId, channelId, send, randomBytes, backend, signaturePrivateKey } = options;
    const crypto =
      options.crypto ??
      createCryptoProvider({
        ...(randomBytes === undefined ? {} : { randomBytes }),
        ...(backend === undefined ? {} : { backend }),
      });
    const fault = guarded(options.onFault ?? (() => {}));
    this.#clock = options.clock ?? platformClock();
    this.#policy = options.policy ?? "hold";
    this.#recoverFromMedia = options.recoverFromMedia ?? true;
    this.#emitter = new Emitter(fault);
    this.#session = new DaveSession({ userId, channelId, crypto, signaturePrivateKey });
    this.userId = this.#session.userId;
    this.channelId = this.#session.channelId;
    this.#media = new Media(crypto, this.userId, backend);
    this.#connection = new Connection(guarded(sender(send), fault));
    this.#driver = new Driver({
      session: this.#session,
      media: this.#media,
      parking: new Parking(crypto),
      send: (message) => this.#connection.send(message),
      emit: (event) => this.#events.push(event),
    });
    this.#messages = new GroupMessages(this.#driver);
  }

  // ── gateway ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Applies a message of the voice gateway, as it comes from the websocket. Never throws for its content.
   *
   * @param connection what `identify()` returned, when messages of an older connection may still arrive (O4)
   * @throws {@link DaveError} `invalid-argument` when `message` is neither text nor bytes
   */
  receive(message: GatewayData, connection?: number): void {
    const data = typeof message === "string" ? message : viewBytes(message);
    // a call from within `send` comes later: the caller may use the buffer again
    const kept = this.#busy && typeof data !== "string" ? data.slice() : data;
    this.#run((now) => {
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
    this.#run(() => this.#connection.lost());
  }

  /**
   * E4: a new identify is about to be sent, not a resume: everything but the signature key is cleared.
   *
   * @returns the number of the new connection, for `receive`
   */
  identify(): number {
    this.#run((now) => {
      this.#connection.identify();
      this.#driver.identify(now);
      this.#health.reset();
    });
    return this.#connection.number;
  }

  /** E31: asks for a recovery by hand, under the id announced last. At an executed version 0 it does nothing. */
  recover(): void {
    this.#run((now) => this.#driver.apply({ type: "recover" }, now));
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
    if (this.#closed) return { outcome: "not-ready", reason: "closed" };
    this.#advance();
    if (!this.#driver.ready) return this.#notReady(input.frame);
    const result = this.#media.encrypt(input);
    if (result.outcome === "no-key") return this.#notReady(input.frame);
    if (result.outcome === "failed") return result;
    return { outcome: result.outcome, frame: result.frame };
  }

  #notReady(frame: Uint8Array): EncryptOutcome {
    const reason = this.#driver.clientState === "alone" ? "alone" : "negotiating";
    switch (this.#policy) {
      case "hold":
        return { outcome: "not-ready", reason };
      case "drop":
        return { outcome: "dropped", reason };
      case "throw":
        throw new DaveError("not-ready", `encrypt: ${reason}`);
      case "passthrough":
        // M8: never once a version > 0 has been executed
        if (this.#driver.state.everEncrypted) return { outcome: "not-ready", reason };
        return { outcome: "plain", frame };
    }
  }

  /**
   * Decrypts a frame of one user (F8).
   *
   * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
   */
  decrypt(input: IncomingFrame): DecryptOutcome {
    checkFrame(input);
    const userId = snowflake(input.userId);
    if (this.#closed) return { outcome: "closed" };
    const now = this.#advance();
    const result = this.#media.decrypt({ userId, mediaType: input.mediaType, frame: input.frame, now });
    if (result.outcome !== "failed") {
      if (result.outcome === "ok") this.#health.decrypted(now);
      return result;
    }
    const heard = DEAF.has(result.reason) && this.#session.roster().has(userId);
    if (heard && this.#recoverFromMedia && this.#health.failed(now))
      this.#run((at) => this.#driver.apply({ type: "media-deaf" }, at));
    return { outcome: result.reason };
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
    return !this.#closed && this.#driver.ready;
  }

  /** The MLS epoch; `undefined` without a group, 0 in a pending one. */
  get epoch(): bigint | undefined {
    return this.#session.epoch;
  }

  /** The protocol version executed now; `undefined` before the first transition. */
  get executedVersion(): number | undefined {
    return this.#driver.state.executed;
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
    const id = snowflake(userId);
    const publicKey = this.#session.roster().get(id);
    if (publicKey === undefined || id === this.userId)
      throw new DaveError("unknown-user", "pairwise code: no other member of the group");
    const cacheKey = `${id}:${publicKey.join()}`;
    const known = this.#pairwiseCodes.get(cacheKey);
    if (known !== undefined) return known;
    const self: Identity = { userId: this.userId, publicKey: this.#session.signatureKeyPair.publicKey };
    const code = pairwiseCode(self, { userId: id, publicKey });
    this.#pairwiseCodes.set(cacheKey, code);
    return code;
  }

  // ── events, time, end ────────────────────────────────────────────────────────────────────────────────────

  /** Listens to an event; returns what stops it. */
  on<K extends keyof DaveEvents>(type: K, listener: Listener<K>): () => void {
    if (typeof listener !== "function")
      throw new DaveError("invalid-argument", "listener: expected a function");
    this.#emitter.on(type, listener);
    return () => this.off(type, listener);
  }

  off<K extends keyof DaveEvents>(type: K, listener: Listener<K>): void {
    this.#emitter.off(type, listener);
  }

  /** When `tick` next has something to do, by the clock; `undefined`: nothing is waiting. */
  nextDeadline(): number | undefined {
    return this.#closed ? undefined : this.#deadline;
  }

  /** Does what is due: for owners whose clock has no timers. */
  tick(): void {
    this.#run((now) => this.#tick(now));
  }

  #tick(now: number): void {
    this.#messages.tick(now);
    this.#media.tick(now);
  }

  /** O4: ends the session: every secret is erased, later messages change nothing. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#run((now) => {
      this.#driver.identify(now);
      this.#media.dispose();
      this.#session.dispose();
      this.#closed = true;
    });
    this.#cancelTimer?.();
    this.#pairwiseCodes.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Keeps media exact without a timer of its own: what is due by now is done before a frame. */
  #advance(): number {
    const now = this.#clock.now();
    if (this.#deadline !== undefined && now >= this.#deadline) this.#run((at) => this.#tick(at));
    return now;
  }

  /** One change at a time: calls from within are queued behind it, events follow when it is complete. */
  #run(change: (now: number) => void): void {
    if (this.#closed) return;
    this.#queue.push(() => this.#step(change));
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    } finally {
      this.#busy = false;
    }
  }

  #step(change: (now: number) => void): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    if (this.#deadline !== undefined && now >= this.#deadline) this.#tick(now);
    change(now);
    this.#arm(now);
    this.#tell();
  }

  #tell(): void {
    const { state, ready } = this;
    if (state !== this.#shown.state || ready !== this.#shown.ready) {
      this.#shown = { state, ready };
      this.#events.push({ type: "state", state, ready });
    }
    const events = this.#events;
    this.#events = [];
    for (const event of events) this.#emitter.emit(event);
  }

  #arm(now: number): void {
    const deadlines = [
      nextTransitionDeadline(this.#driver.state),
      this.#driver.parts.parking.deadline,
      this.#media.nextDeadline(now),
    ].filter((at) => at !== undefined);
    const next = deadlines.length === 0 ? undefined : Math.min(...deadlines);
    if (next === this.#deadline) return;
    this.#deadline = next;
    this.#cancelTimer?.();
    this.#cancelTimer =
      next === undefined ? undefined : this.#clock.setTimer?.(Math.max(0, next - now), () => this.tick());
  }
}

function checkOptions(options: DaveClientOptions): void {
  if (typeof options !== "object" || options === null)
    throw new DaveError("invalid-argument", "options: expected an object");
  if (typeof options.send !== "function")
    throw new DaveError("invalid-argument", "send: expected a function");
  if (options.policy !== undefined && !POLICIES.includes(options.policy))
    throw new DaveError("invalid-argument", "policy: expected hold, drop, throw or passthrough");
}

function checkSsrc(ssrc: unknown): void {
  if (!Number.isInteger(ssrc) || (ssrc as number) < 0 || (ssrc as number) > 0xffff_ffff)
    throw new DaveError("invalid-argument", "ssrc: expected 32 bits");
}

function checkFrame(input: { readonly mediaType: MediaType; readonly frame: Uint8Array }): void {
  if (typeof input !== "object" || input === null)
    throw new DaveError("invalid-argument", "frame: expected an object");
  checkBytes(input.frame, "frame");
  if (!MEDIA_TYPES.includes(input.mediaType))
    throw new DaveError("invalid-argument", "mediaType: expected audio or video");
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

const sender =
  (send: (message: string | Uint8Array) => void) =>
  (message: ClientMessage): void =>
    send(encodeClientMessage(message));

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
