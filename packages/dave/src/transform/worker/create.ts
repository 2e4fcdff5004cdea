// The main thread's end: gateway messages go in, messages for the gateway and events come out.

import type { BackendChoice, Codec, MediaType } from "@puredave/frame-crypto";
import {
  type ClientState,
  type DaveEvent,
  type DaveEvents,
  Emitter,
  type Listener,
  type PrivacyCode,
} from "../../client/events.ts";
import type { Verification } from "../../client/known-keys.ts";
import { checkEvent, checkSsrc, type NotReadyPolicy } from "../../client/options.ts";
import type { ClientSnapshot } from "../../client/snapshot.ts";
import { DaveError } from "../../errors.ts";
import { viewBytes } from "../../gateway/codec.ts";
import type { GatewayData } from "../../gateway/opcodes.ts";
import { type Snowflake, snowflake } from "../../snowflake.ts";
import { scriptTransform } from "../ports.ts";
import type { MessageEnd, RtpReceiver, RtpSender, ScriptTransformConstructor } from "../shapes.ts";
import { checkMessageEnd, listen } from "./message-end.ts";
import {
  type FromWorker,
  type MediaOptions,
  type Question,
  readFromWorker,
  seal,
  type ToWorker,
  type WorkerStatus,
} from "./messages.ts";
import type { MediaReport } from "./served-session.ts";

/** Options of {@link createDaveWorker}. */
export interface DaveWorkerOptions {
  /** Our own user id. */
  readonly userId: Snowflake;
  /** The voice channel's id; for Go Live, the stream's `rtc_server_id` − 1. */
  readonly channelId: Snowflake;
  /** Sends to the voice gateway: text for JSON opcodes, bytes for MLS. */
  readonly send: (message: string | Uint8Array) => void;
  /** M8. Default: `hold`. Attached media holds nothing: what cannot leave is dropped. */
  readonly policy?: NotReadyPolicy | undefined;
  /** Default: `auto`, the platform's primitives where they are faster. */
  readonly backend?: BackendChoice | undefined;
  /** E31: whether failing media may start a recovery. Default: true. */
  readonly recoverFromMedia?: boolean | undefined;
  /** Sees every event as it is told, never a secret. May throw. */
  readonly logger?: ((event: DaveEvent) => void) | undefined;
  /** Told what went wrong: listeners, `send`, malformed messages, and what the worker reports. May throw. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
  /** Default: the browser's `RTCRtpScriptTransform`. */
  readonly RTCRtpScriptTransform?: ScriptTransformConstructor | undefined;
}

/** Options of `attachSender`. */
export interface AttachSenderOptions {
  /** Default: the kind of the sender's track. Needed while it has none. */
  readonly mediaType?: MediaType | undefined;
  /** Which codec a payload type stands for, for browsers whose frames tell no MIME type. */
  readonly payloadTypes?: ReadonlyMap<number, Codec> | undefined;
}

/** Sessions opened in each worker: no name comes twice. */
const opened = new WeakMap<MessageEnd, number>();

function nameSession(worker: MessageEnd): string {
  const count = (opened.get(worker) ?? 0) + 1;
  opened.set(worker, count);
  return `session ${count}`;
}

const FIRST_STATUS: WorkerStatus = {
  state: "negotiating",
  ready: false,
  seqAck: -1,
  epoch: undefined,
  executedVersion: undefined,
  privacyCode: undefined,
};

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: DaveError) => void;
}

/**
 * A `DaveClient` that lives in a worker, seen from the main thread. Its methods do what the client's do; what the
 * client returns at once is a promise here, and its state is what the worker told last. Made by
 * {@link createDaveWorker}.
 */
export class DaveWorker {
  /** Our own id, in canonical decimal form. */
  readonly userId: string;
  /** The channel's id, in canonical decimal form. */
  readonly channelId: string;
  /** Resolves when the worker has erased the session's secrets, after `close`. */
  readonly closed: Promise<void>;
  readonly #worker: MessageEnd;
  readonly #options: DaveWorkerOptions;
  readonly #session: string;
  readonly #emitter: Emitter;
  readonly #waiting = new Map<number, Waiting>();
  readonly #stop: () => void;
  #settleClosed: () => void = () => {};
  #closing = false;
  #status = FIRST_STATUS;
  /** Connections made and lost: what the worker says about an older one counts no more (O4). */
  #link = 0;
  #connection = 0;
  #lastId = 0;

  /** @internal */
  constructor(worker: MessageEnd, options: DaveWorkerOptions) {
    this.userId = snowflake(options.userId);
    this.channelId = snowflake(options.channelId);
    this.#worker = worker;
    this.#options = options;
    this.#session = nameSession(worker);
    this.#emitter = new Emitter((fault) => this.#tellFault(fault));
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#stop = listen(worker, (message) => this.#heard(message));
    const { policy, backend, recoverFromMedia } = options;
    const { userId, channelId } = this;
    this.#post({ type: "open", userId, channelId, policy, backend, recoverFromMedia });
  }

  // ── gateway ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Passes on a message of the voice gateway, as it comes from the websocket.
   *
   * @param connection what `identify()` returned, when messages of an older connection may still arrive (O4)
   * @throws DaveError `invalid-argument` when `message` is neither text nor bytes
   */
  receive(message: GatewayData, connection?: number): void {
    // a view's whole buffer would be cloned
    const data = typeof message === "string" ? message : new Uint8Array(viewBytes(message));
    this.#post({ type: "receive", data, connection });
  }

  /**
   * O2: what heartbeat (op 3) and resume (op 7) carry as `seq_ack`; -1 before any message. What the worker is still
   * busy with is not in it: a resume brings that again, and the client ignores what it has.
   */
  get seqAck(): number {
    return this.#status.seqAck;
  }

  /** O3: the socket is gone; what is produced from now on waits for op 9 or a new identify. */
  connectionLost(): void {
    this.#post({ type: "lost", link: ++this.#link });
  }

  /**
   * E4: a new identify is about to be sent, not a resume: everything but the signature key is cleared.
   *
   * @returns the number of the new connection, for `receive`
   */
  identify(): number {
    this.#post({ type: "identify", link: ++this.#link });
    this.#status = FIRST_STATUS;
    return ++this.#connection;
  }

  /** E31: asks for a recovery by hand. */
  recover(): void {
    this.#post({ type: "recover" });
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Says which codec's clear ranges a 32-bit SSRC needs, where frames do not tell. @throws DaveError `invalid-argument` */
  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    checkSsrc(ssrc);
    this.#post({ type: "codec", ssrc, codec });
  }

  /**
   * Encrypts what an `RTCRtpSender` sends. Attach before the first frame can leave: before the offer or answer.
   * There is no way back, as a sender without its transform sends plaintext.
   *
   * @returns the id under which `media()` reports it
   * @throws DaveError `invalid-argument`; `unsupported-runtime` without `RTCRtpScriptTransform`
   */
  attachSender(sender: RtpSender, options: AttachSenderOptions = {}): number {
    const { payloadTypes } = options;
    return this.#attach(sender, {
      direction: "send",
      mediaType: mediaTypeOf(options.mediaType ?? sender.track?.kind),
      userId: undefined,
      payloadTypes: payloadTypes && [...payloadTypes],
    });
  }

  /**
   * Decrypts what an `RTCRtpReceiver` receives of a user. Attach as soon as it is there: of a transceiver of ours
   * (`addTrack` makes one) before the offer or answer, as Chromium 156 gives nothing to a transform that comes later;
   * of one that the other side brings, in `ontrack`. Attached again, for another user, the newest counts.
   *
   * @returns the id under which `media()` reports it
   * @throws DaveError `invalid-argument`, `invalid-snowflake`; `unsupported-runtime` without `RTCRtpScriptTransform`
   */
  attachReceiver(receiver: RtpReceiver, userId: Snowflake): number {
    return this.#attach(receiver, {
      direction: "receive",
      mediaType: mediaTypeOf(receiver.track?.kind),
      userId: snowflake(userId),
      payloadTypes: undefined,
    });
  }

  #attach(end: { transform: unknown }, options: Omit<MediaOptions, "id">): number {
    const Transform = this.#options.RTCRtpScriptTransform ?? scriptTransform();
    const id = ++this.#lastId;
    end.transform = new Transform(this.#worker as never, seal(this.#session, { ...options, id }));
    return id;
  }

  /** Frames of everything attached, by outcome; what has ended is not among them. @throws DaveError `disposed` */
  media(): Promise<readonly MediaReport[]> {
    return this.#ask({ about: "media" });
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────

  /** M7. */
  get state(): ClientState {
    return this.#status.state;
  }

  /** M7: frames of attached senders leave. */
  get ready(): boolean {
    return !this.#closing && this.#status.ready;
  }

  /** The MLS epoch; `undefined` without a group, 0 in a pending one. */
  get epoch(): bigint | undefined {
    return this.#status.epoch;
  }

  /** The protocol version executed now; `undefined` before the first transition. */
  get executedVersion(): number | undefined {
    return this.#status.executedVersion;
  }

  /** V4: 30 digits, the same for everybody in the epoch. */
  get voicePrivacyCode(): PrivacyCode | undefined {
    return this.#status.privacyCode;
  }

  /** A report without secrets. @throws DaveError `disposed` */
  snapshot(): Promise<ClientSnapshot> {
    return this.#ask({ about: "snapshot" });
  }

  /** Our public signature key, 65 bytes. @throws DaveError `disposed` */
  publicKey(): Promise<Uint8Array> {
    return this.#ask({ about: "public-key" });
  }

  /** V1, V2: 45 digits to compare with one member of the group. @throws DaveError `unknown-user`, `disposed` */
  async pairwiseCode(userId: Snowflake): Promise<string> {
    return this.#ask({ about: "pairwise-code", userId: snowflake(userId) });
  }

  /** EC-12: what is known of a member's key. @throws DaveError `unknown-user`, `disposed` */
  async verificationOf(userId: Snowflake): Promise<Verification> {
    return this.#ask({ about: "verification", userId: snowflake(userId) });
  }

  /** The caller has compared pair codes with this member. One that is no member is a fault. @throws DaveError `invalid-snowflake` */
  verify(userId: Snowflake): void {
    this.#post({ type: "verify", userId: snowflake(userId) });
  }

  // ── events and end ───────────────────────────────────────────────────────────────────────────────────────

  /** Listens to an event; returns what stops it. @throws DaveError `invalid-argument` */
  on<K extends keyof DaveEvents>(type: K, listener: Listener<K>): () => void {
    checkEvent(type);
    if (typeof listener !== "function")
      throw new DaveError("invalid-argument", "listener: expected a function");
    this.#emitter.on(type, listener);
    return () => this.off(type, listener);
  }

  /** @throws DaveError `invalid-argument` */
  off<K extends keyof DaveEvents>(type: K, listener: Listener<K>): void {
    checkEvent(type);
    this.#emitter.off(type, listener);
  }

  /**
   * O4: ends the session: the worker erases its secrets, and frames of attached media are dropped from now on. The
   * worker itself is its owner's to end, after `closed`. Safe to call twice.
   */
  close(): void {
    this.#post({ type: "close" });
    this.#closing = true;
    for (const { reject } of this.#waiting.values()) reject(closedError());
    this.#waiting.clear();
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  // ── messages ─────────────────────────────────────────────────────────────────────────────────────────────

  #post(message: ToWorker): void {
    if (!this.#closing) this.#worker.postMessage(seal(this.#session, message));
  }

  #ask<T>(question: Question): Promise<T> {
    if (this.#closing) return Promise.reject(closedError());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ type: "ask", id, question });
    });
  }

  #heard(value: unknown): void {
    try {
      const envelope = readFromWorker(value);
      if (envelope?.session === this.#session) this.#apply(envelope.body);
    } catch (fault) {
      this.#tellFault(fault);
    }
  }

  #apply(message: FromWorker): void {
    if (message.type === "closed") return this.#ended();
    if (this.#closing) return;
    switch (message.type) {
      case "send":
        // O4: said to a connection that is gone; what still counts is said again (O3)
        if (message.link === this.#link) this.#options.send(message.data);
        return;
      case "status":
        if (message.link === this.#link) this.#status = message.status;
        return;
      case "event":
        return this.#tell(message.event);
      case "answer":
        return this.#settle(message.id)?.resolve(message.value as never);
      case "refusal":
        return this.#settle(message.id)?.reject(new DaveError(message.code, message.message));
      case "fault":
        return this.#tellFault(
          message.code === undefined
            ? new Error(message.message)
            : new DaveError(message.code, message.message),
        );
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #tell(event: DaveEvent): void {
    try {
      this.#options.logger?.(event);
    } catch (fault) {
      this.#tellFault(fault);
    }
    this.#emitter.emit(event);
  }

  /** By `close`, or because the worker serves no more. */
  #ended(): void {
    this.close();
    this.#stop();
    this.#settleClosed();
  }

  #tellFault(fault: unknown): void {
    try {
      this.#options.onFault?.(fault);
    } catch {
      // whoever is told about faults has none of their own
    }
  }
}

const closedError = (): DaveError => new DaveError("disposed", "the session was closed");

function mediaTypeOf(kind: string | undefined): MediaType {
  if (kind === "audio" || kind === "video") return kind;
  throw new DaveError("invalid-argument", "mediaType: expected audio or video, or a track");
}

function checkOptions(options: DaveWorkerOptions): void {
  if (typeof options !== "object" || options === null)
    throw new DaveError("invalid-argument", "options: expected an object");
  const { send, logger, onFault } = options;
  if (typeof send !== "function") throw new DaveError("invalid-argument", "send: expected a function");
  for (const [name, value] of Object.entries({ logger, onFault }))
    if (value !== undefined && typeof value !== "function")
      throw new DaveError("invalid-argument", `${name}: expected a function`);
}

/**
 * Opens a session in a worker that calls `serveDaveWorker`: MLS and media live there, in one place, away from the
 * page; gateway messages go in, and messages for the gateway and events come out. No secret is posted either way.
 *
 * Any number of sessions may be open in one worker; each is closed by its owner.
 *
 * @throws DaveError `invalid-argument`, `invalid-snowflake`
 * @example
 * ```ts
 * import { createDaveWorker } from "@puredave/dave/transform";
 * const dave = createDaveWorker(worker, { userId, channelId, send: (message) => socket.send(message) });
 * socket.onmessage = ({ data }) => dave.receive(data);
 * dave.attachSender(connection.addTrack(microphone));
 * connection.ontrack = ({ receiver }) => dave.attachReceiver(receiver, otherUserId);
 * dave.on("privacyCode", ({ privacyCode }) => console.log(privacyCode?.code));
 * ```
 */
export function createDaveWorker(worker: MessageEnd, options: DaveWorkerOptions): DaveWorker {
  checkMessageEnd(worker, "worker");
  checkOptions(options);
  return new DaveWorker(worker, options);
}
