// The main thread's end: gateway messages go in, messages for the gateway and events come out.

import type { Codec, MediaType } from "@puredave/frame-crypto";
import { copyOf } from "../../bytes.ts";
import { type Fault, guarded } from "../../callbacks.ts";
import {
  type ClientState,
  type DaveEvent,
  type DaveEvents,
  EVENT_NAMES,
  Listeners,
  type PrivacyCode,
} from "../../client/events.ts";
import type { Verification } from "../../client/known-keys.ts";
import { checkListener, comparedKey } from "../../client/options.ts";
import type { ClientSnapshot } from "../../client/snapshot.ts";
import { checkOptionNames, DaveError, expectThat, isFunction } from "../../errors.ts";
import { Inbox, type ReceivedData } from "../../gateway/inbox.ts";
import type { SentMessage } from "../../gateway/opcodes.ts";
import { checkSsrc } from "../../rtp.ts";
import { namedSnowflake, type Snowflake } from "../../snowflake.ts";
import type { PairwiseCode } from "../../verification.ts";
import type { FrameCounters } from "../passage.ts";
import { scriptTransform } from "../ports.ts";
import type { MessageEnd, PeerConnection, RtpReceiver, RtpSender } from "../shapes.ts";
import {
  type AttachConnectionOptions,
  type AttachedConnection,
  ConnectionAttachment,
  type MediaAlarmReason,
} from "./attached-connection.ts";
import { errorOf, type MediaOptions, type WorkerStatus } from "./messages.ts";
import type { AttachSenderOptions, DaveWorkerOptions } from "./options.ts";
import type { MediaReport } from "./served-session.ts";
import { SessionEnd, type Told } from "./session-end.ts";

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** Events of {@link DaveWorker}: those of a client, and one of its own. */
export interface DaveWorkerEvents extends DaveEvents {
  /**
   * Media of an attached connection passes the worker by. Remedy: report it, with the browser's version; attach the
   * connection before anything is added to it or negotiated.
   */
  readonly mediaAlarm: {
    readonly reason: MediaAlarmReason;
    readonly direction: "send" | "receive";
    readonly mediaType: MediaType;
  };
}

/** Every event of a worker session by name. */
const WORKER_EVENT_NAMES = /* @__PURE__ */ Object.freeze([...EVENT_NAMES, "mediaAlarm"]);

const FIRST_STATUS: WorkerStatus = {
  state: "negotiating",
  ready: false,
  seqAck: -1,
  epoch: undefined,
  executedVersion: undefined,
  privacyCode: undefined,
};

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
  /**
   * Resolves when the worker has erased the session's secrets, after `close`. Rejects, as every question does then,
   * when the session could not be opened, or the worker ended.
   */
  readonly closed: Promise<void>;
  readonly #options: DaveWorkerOptions;
  readonly #worker: MessageEnd;
  readonly #session: SessionEnd;
  readonly #listeners: Listeners;
  readonly #inbox: Inbox;
  readonly #send: (message: SentMessage) => void;
  readonly #log: (event: DaveEvent) => void;
  readonly #fault: Fault;
  /** Ids of what is attached. */
  readonly #attachedIds = new WeakMap<object, number>();
  /** By id: resolved once frames pass through the worker. */
  readonly #inPlace = new Map<number, Pending>();
  readonly #connections = new WeakMap<object, AttachedConnection>();
  #status = FIRST_STATUS;
  /** Connections made and lost: what the worker says about an older one counts no more (O4). */
  #link = 0;
  #connection = 0;

  /** @internal */
  constructor(worker: MessageEnd, options: DaveWorkerOptions) {
    this.userId = namedSnowflake(options.userId, "userId");
    this.channelId = namedSnowflake(options.channelId, "channelId");
    this.#options = options;
    this.#worker = worker;
    const tellFault = guarded(options.onFault);
    // O4: a closed session tells nothing, faults included.
    this.#fault = (fault) => {
      if (!this.#session.closing) tellFault(fault);
    };
    this.#listeners = new Listeners(this.#fault);
    this.#send = guarded(options.send, this.#fault);
    this.#log = guarded(options.onEvent, this.#fault);
    this.#inbox = new Inbox({
      // A view's whole buffer would be cloned.
      deliver: (data, connection) => this.#session.post({ type: "receive", data: copyOf(data), connection }),
      unreadable: this.#fault,
    });
    this.#session = new SessionEnd(worker, (message) => this.#told(message), this.#fault);
    this.closed = this.#session.closed;
    const { policy, backend, recoverFromMedia } = options;
    const { userId, channelId } = this;
    this.#session.post({ type: "open", userId, channelId, policy, backend, recoverFromMedia });
  }

  // ── gateway ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Passes on a message of the voice gateway, as it comes from the websocket, in any form that a client takes.
   *
   * @param connection what `beginConnection()` returned, when messages of an older connection may still arrive (O4)
   * @throws DaveError `invalid-argument` when `message` is neither text nor bytes nor a Blob
   */
  receive(message: ReceivedData, connection?: number): void {
    if (!this.#session.closing) this.#inbox.receive(message, connection);
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
    this.#session.post({ type: "lost", link: ++this.#link });
  }

  /**
   * E4: a new identify is about to be sent, not a resume: everything but the signature key is cleared.
   *
   * @returns the number of the new connection, for `receive`
   */
  beginConnection(): number {
    this.#inbox.clear();
    this.#session.post({ type: "identify", link: ++this.#link });
    this.#status = FIRST_STATUS;
    return ++this.#connection;
  }

  /** E31: asks for a recovery by hand. */
  recover(): void {
    this.#session.post({ type: "recover" });
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Says which codec's clear ranges a 32-bit SSRC needs, where frames do not tell. @throws DaveError `invalid-argument` */
  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    checkSsrc(ssrc);
    this.#session.post({ type: "codec", ssrc, codec });
  }

  /**
   * Encrypts what an `RTCRtpSender` sends. Attach before the first frame can leave: before the offer or answer.
   * There is no way back, as a sender without its transform sends plaintext. Attached again, nothing changes.
   *
   * Prefer `attachConnection`, which does it in time for every sender.
   *
   * @returns the id under which `media()` reports it
   * @throws DaveError `invalid-argument`; `unsupported-runtime` without `RTCRtpScriptTransform`
   */
  attachSender(sender: RtpSender, options: AttachSenderOptions = {}): number {
    const known = this.#attachedIds.get(sender);
    if (known !== undefined) return known;
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
   * (`addTrack` makes one) before the offer or answer, as Chromium gives nothing to a transform that comes later;
   * of one that the other side brings, in `ontrack`. Attached again, for another user, the newest counts.
   *
   * Prefer `attachConnection`, which does it in time for every receiver.
   *
   * @param userId who sends; `undefined`: not known yet, and frames are dropped
   * @returns the id under which `media()` reports it
   * @throws DaveError `invalid-argument`, `invalid-snowflake`; `unsupported-runtime` without `RTCRtpScriptTransform`
   */
  attachReceiver(receiver: RtpReceiver, userId: Snowflake | undefined): number {
    const user = userId === undefined ? undefined : namedSnowflake(userId, "userId");
    const known = this.#attachedIds.get(receiver);
    if (known !== undefined) {
      this.#session.post({ type: "user", id: known, userId: user });
      return known;
    }
    return this.#attach(receiver, {
      direction: "receive",
      mediaType: mediaTypeOf(receiver.track?.kind),
      userId: user,
      payloadTypes: undefined,
    });
  }

  #attach(end: { transform: unknown }, options: Omit<MediaOptions, "id">): number {
    const Transform = this.#options.RTCRtpScriptTransform ?? scriptTransform();
    const id = this.#session.nextId();
    this.#inPlace.set(id, new Pending());
    end.transform = new Transform(this.#worker as never, this.#session.seal({ ...options, id }));
    this.#attachedIds.set(end, id);
    return id;
  }

  /**
   * Attaches every sender and receiver that a connection has or gets: call it before anything is added or negotiated.
   * Setting a description waits until the worker is in place for all of them. A sender that cannot be attached, or
   * whose packets pass the worker by, loses its track and sends nothing; the event `mediaAlarm` says so.
   *
   * Called again for the same connection, it changes nothing.
   *
   * @throws DaveError `invalid-argument`, `invalid-snowflake`
   * @example
   * ```ts
   * import { createDaveWorker } from "@puredave/dave/transform";
   * const dave = createDaveWorker(worker, { userId, channelId, send: (message) => socket.send(message) });
   * dave.attachConnection(connection, { userId: otherUserId });
   * dave.on("mediaAlarm", ({ reason, direction }) => console.error(reason, direction));
   * connection.addTrack(microphone); // and whatever else: later tracks, removed and added again, replaced
   * ```
   */
  attachConnection(connection: PeerConnection, options: AttachConnectionOptions): AttachedConnection {
    checkConnection(connection, options);
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const attached = new ConnectionAttachment(connection, options, {
      sender: async (sender, kind) =>
        this.#placed(this.attachSender(sender, { mediaType: mediaTypeOf(kind) })),
      receiver: async (receiver, userId) => this.#placed(this.attachReceiver(receiver, userId)),
      frames: async () => new Map((await this.media()).map(({ id, counters }) => [id, sum(counters)])),
      alarm: (reason, direction, kind) => this.#alarm({ reason, direction, mediaType: mediaTypeOf(kind) }),
      fault: this.#fault,
    });
    this.#connections.set(connection, attached);
    return attached;
  }

  async #placed(id: number): Promise<number> {
    await this.#inPlace.get(id)?.promise;
    return id;
  }

  #alarm(event: DaveWorkerEvents["mediaAlarm"]): void {
    if (!this.#session.closing) this.#listeners.emit({ type: "mediaAlarm", ...event });
  }

  /** Frames of everything attached, by outcome; what has ended is not among them. @throws DaveError `closed` */
  media(): Promise<readonly MediaReport[]> {
    return this.#session.ask({ about: "media" });
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────

  /** M7. */
  get state(): ClientState {
    return this.#status.state;
  }

  /** M7: frames of attached senders leave. */
  get ready(): boolean {
    return !this.#session.closing && this.#status.ready;
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
  get privacyCode(): PrivacyCode | undefined {
    const { privacyCode } = this.#status;
    return privacyCode && { ...privacyCode };
  }

  /** A report without secrets. @throws DaveError `closed` */
  snapshot(): Promise<ClientSnapshot> {
    return this.#session.ask({ about: "snapshot" });
  }

  /** Our public signature key, 65 bytes. @throws DaveError `closed` */
  publicKey(): Promise<Uint8Array> {
    return this.#session.ask({ about: "public-key" });
  }

  /** V1, V2: the code to compare with one member of the group. @throws DaveError `unknown-user`, `closed` */
  async pairwiseCode(userId: Snowflake): Promise<PairwiseCode> {
    return this.#session.ask({ about: "pairwise-code", userId: namedSnowflake(userId, "userId") });
  }

  /** EC-12: what is known of a member's key. @throws DaveError `unknown-user`, `closed` */
  async verificationOf(userId: Snowflake): Promise<Verification> {
    return this.#session.ask({ about: "verification", userId: namedSnowflake(userId, "userId") });
  }

  /**
   * Remembers that the caller has compared this member's code: the key in the roster is theirs.
   *
   * @param compared what was compared: what `pairwiseCode` gave, or the member's 65-byte public key
   * @throws DaveError `verification-mismatch`, `unknown-user`, `store-failed`, `invalid-argument`,
   * `invalid-snowflake`, `closed`
   */
  async markVerified(userId: Snowflake, compared: PairwiseCode | Uint8Array): Promise<void> {
    const publicKey = comparedKey(compared);
    return this.#session.ask({
      about: "verify",
      userId: namedSnowflake(userId, "userId"),
      compared: publicKey,
    });
  }

  // ── events and end ───────────────────────────────────────────────────────────────────────────────────────

  /** Listens to an event; returns what stops it. @throws DaveError `invalid-argument` */
  on<K extends keyof DaveWorkerEvents>(type: K, listener: (event: DaveWorkerEvents[K]) => void): () => void {
    checkListener(type, listener, WORKER_EVENT_NAMES);
    return this.#listeners.on(type, listener, false);
  }

  /** Listens to the next event of that name; returns what stops it. @throws DaveError `invalid-argument` */
  once<K extends keyof DaveWorkerEvents>(
    type: K,
    listener: (event: DaveWorkerEvents[K]) => void,
  ): () => void {
    checkListener(type, listener, WORKER_EVENT_NAMES);
    return this.#listeners.on(type, listener, true);
  }

  /** Stops a listener that `on` or `once` added. @throws DaveError `invalid-argument` */
  off<K extends keyof DaveWorkerEvents>(type: K, listener: (event: DaveWorkerEvents[K]) => void): void {
    checkListener(type, listener, WORKER_EVENT_NAMES);
    this.#listeners.off(type, listener);
  }

  /**
   * O4: ends the session: the worker erases its secrets, and frames of attached media are dropped from now on. The
   * worker itself is its owner's to end, after `closed`. Safe to call twice.
   */
  close(): void {
    this.#listeners.close();
    this.#inbox.clear();
    this.#session.close();
  }

  /** What `console.log` shows, in Node, Bun and Deno. */
  [INSPECT](): string {
    const { state, ready, epoch, userId, channelId } = this;
    return `DaveWorker { userId: ${userId}, channelId: ${channelId}, state: ${state}, ready: ${ready}, epoch: ${epoch} }`;
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  // ── messages ─────────────────────────────────────────────────────────────────────────────────────────────

  #told(message: Told): void {
    switch (message.type) {
      case "send":
        // O4: said to a connection that is gone; what still counts is said again (O3)
        if (message.link === this.#link) this.#send(message.data);
        return;
      case "status":
        if (message.link === this.#link) this.#status = message.status;
        return;
      case "attached":
        return this.#inPlace.get(message.id)?.resolve();
      case "event":
        this.#log(copyOf(message.event));
        return this.#listeners.emit(message.event);
      case "fault":
        return this.#fault(errorOf(message));
    }
  }
}

/** A promise that is resolved from outside. */
class Pending {
  resolve: () => void = () => {};
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

const sum = (counters: FrameCounters): number =>
  Object.values(counters).reduce((all: number, count = 0) => all + count, 0);

function checkConnection(connection: PeerConnection, options: AttachConnectionOptions): void {
  const fits = isFunction(connection?.getTransceivers) && isFunction(connection.addEventListener);
  expectThat(fits, "connection", "an RTCPeerConnection", connection);
  checkOptionNames(options, { userId: true });
  if (!isFunction(options.userId)) namedSnowflake(options.userId as Snowflake, "userId");
}

function mediaTypeOf(kind: string | undefined): MediaType {
  if (kind === "audio" || kind === "video") return kind;
  throw new DaveError("invalid-argument", "mediaType: expected audio or video, or a track");
}
