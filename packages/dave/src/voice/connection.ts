// A bot's connection to the voice server, without I/O: messages, packets and time in, messages and packets out.

import { isBytes } from "../bytes.ts";
import { call, guarded } from "../callbacks.ts";
import type { DaveClient } from "../client/client.ts";
import { checkBytes, checkObject, DaveError, expectThat, isFunction, refuse } from "../errors.ts";
import type { WholeMessage } from "../gateway/inbox.ts";
import type { SentMessage } from "../gateway/opcodes.ts";
import { Attempts } from "./attempts.ts";
import { checkNow } from "./checks.ts";
import { closeMeaning } from "./close-codes.ts";
import { checkConnectionOptions, type VoiceConnectionOptions } from "./connection-options.ts";
import { linkTo } from "./link.ts";
import { heardIn } from "./listening.ts";
import { Liveness } from "./liveness.ts";
import { Media } from "./media.ts";
import { heartbeatMessage, identifyMessage, resumeMessage } from "./messages.ts";
import { readVoiceMessage, type VoiceMessage } from "./read-message.ts";
import type { HeardOutcome, SpeakOutcome, VoiceEnd, VoiceLink, VoiceSocket, VoiceState } from "./shapes.ts";

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** The close code of those who leave. */
const LEFT = 1000;
/** A close code of our own: with 1000 the gateway would take us for gone. */
const DEAD = 4900;

/**
 * A connection to the voice server: identify, heartbeats, IP discovery, transport keys, speaking, resume, identify anew.
 * It owns no socket and no timer: what comes in is passed in, together with the time in milliseconds of any monotone
 * clock; `tick` is to be called at `nextAt`, or every few milliseconds.
 *
 * @example
 * ```ts
 * const voice: VoiceConnection = new VoiceConnection({
 *   client: new DaveClient({ userId, channelId, send: (message) => voice.send(message) }),
 *   credentials: { serverId: channelId, sessionId: "from the main gateway", token: "likewise" },
 *   connect: (delayMs) => {}, // open a websocket, and call voice.open with it
 *   sendPacket: (packet, { address, port }) => {}, // send it over UDP
 * });
 * voice.start();
 * voice.speak(opus, now).outcome // "not-sent"
 * ```
 */
export class VoiceConnection {
  readonly #options: VoiceConnectionOptions;
  readonly #media: Media;
  readonly #attempts: Attempts;
  readonly #fault: (fault: unknown) => void;
  /** Stops listening for the end of the client. */
  readonly #listenNoMore: () => void;
  #socket: VoiceSocket | undefined;
  #liveness: Liveness | undefined;
  /** The number of the client's connection: a resumed websocket has that of the one before. */
  #connection: number | undefined;
  #resuming = false;
  #started = false;
  #ended = false;

  /** @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`; `closed` for a client that was closed */
  constructor(options: VoiceConnectionOptions) {
    const core = checkConnectionOptions(options);
    this.#options = { ...options, credentials: { ...options.credentials } };
    this.#fault = guarded(options.onFault);
    this.#attempts = new Attempts(this.#options, this.#fault, () => this.#notConnected());
    this.#media = new Media({
      client: options.client,
      say: (message) => this.send(message),
      sendPacket: (packet, to) => this.#call(() => options.sendPacket(packet, to)),
    });
    // whoever closes the client has left the call
    this.#listenNoMore = core.onClose(() => this.#end({ reason: "left" }));
  }

  /** The DAVE client of this call. */
  get client(): DaveClient {
    return this.#options.client;
  }

  /** What the connection is about. */
  get state(): VoiceState {
    if (this.#ended) return "ended";
    if (!this.#started) return "idle";
    if (!this.#media.connected) return "connecting";
    return this.#resuming || this.#socket === undefined ? "resuming" : "connected";
  }

  /** Whether a frame given to `speak` now would leave. */
  get ready(): boolean {
    return this.#media.connected && this.client.ready;
  }

  /** Milliseconds that the last heartbeat's answer took. */
  get latencyMs(): number | undefined {
    return this.#liveness?.latencyMs;
  }

  /** When `tick` next has something to do; `undefined`: not before something comes in. */
  get nextAt(): number | undefined {
    const at = Math.min(this.#liveness?.nextAt ?? Number.POSITIVE_INFINITY, this.#media.nextAt);
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /**
   * Asks for the first websocket.
   *
   * @throws {@link DaveError} `invalid-argument` for a second call; `closed` when the connection has ended
   */
  start(): void {
    if (this.#ended) throw new DaveError("closed", "start(): the connection has ended; make a new one");
    if (this.#started) refuse("start()", "one call", "a second one");
    this.#started = true;
    this.#attempts.ask(0);
  }

  /** Calls a function of the owner: what it throws is theirs, and leaves this connection as it is. */
  #call(callback: () => unknown): void {
    call(callback, this.#fault);
  }

  /**
   * Sends a message of the client over the current websocket; while there is none it is dropped, as O3 provides.
   *
   * @throws {@link DaveError} `invalid-argument` when `message` is neither text nor a Uint8Array
   */
  send(message: string | Uint8Array): void {
    expectThat(typeof message === "string" || isBytes(message), "message", "text or Uint8Array", message);
    const socket = this.#socket;
    if (socket !== undefined) this.#call(() => socket.send(message as SentMessage));
  }

  /**
   * Takes the websocket that `connect` has asked for, which may still be opening. Messages and close of an older one
   * count no more (O4). Once the connection has ended, the websocket is closed at once.
   *
   * @throws {@link DaveError} `invalid-argument` for what is no websocket, or when `connect` has asked for none
   */
  open(socket: VoiceSocket): VoiceLink {
    checkObject(socket, "socket");
    const fits = isFunction(socket.send) && isFunction(socket.close);
    expectThat(fits, "socket", "an object with send() and close()", socket);
    if (this.#ended) this.#call(() => socket.close(LEFT));
    else this.#adopt(socket);
    const current = () => this.#socket === socket;
    return linkTo({
      message: (message, now) => {
        if (current()) this.#receive(message, now);
      },
      closed: (code) => {
        if (current()) this.#closed(code);
      },
      unreadable: this.#fault,
    });
  }

  #adopt(socket: VoiceSocket): void {
    this.#attempts.taken();
    this.#socket = socket;
    this.#liveness = new Liveness();
  }

  #receive(data: WholeMessage, now: number): void {
    const message = readVoiceMessage(data);
    // op 8 is the first of a connection; a new identify comes before anything that the client is to take as its own
    if (message.outcome === "hello") this.#hello(message.heartbeatIntervalMs, now);
    this.client.receive(data, this.#connection);
    this.#apply(message, now);
  }

  #hello(intervalMs: number, now: number): void {
    this.#liveness?.hello(intervalMs, now);
    const { client } = this;
    const { credentials } = this.#options;
    if (this.#resuming) {
      this.send(resumeMessage(client, credentials, client.seqAck));
      return;
    }
    this.#media.reset();
    this.#connection = client.beginConnection();
    this.send(identifyMessage(client, credentials));
  }

  #apply(message: VoiceMessage, now: number): void {
    switch (message.outcome) {
      case "ready":
        if (!this.#media.discover(message, now)) this.#end({ reason: "no-mode" });
        return;
      case "session":
        if (this.#media.key(message.mode, message.secretKey, now)) this.#attempts.succeeded();
        return;
      case "resumed":
        this.#resuming = false;
        this.#attempts.succeeded();
        // an op 5 that was said while the socket was down has not arrived
        this.#media.pause();
        return;
      case "heartbeat-ack":
        return this.#liveness?.answered(message.nonce, now);
      case "speaking":
        return this.#media.owners.announce(message.ssrc, message.userId);
      case "left":
        return this.#media.owners.forget(message.userId);
      default:
        return;
    }
  }

  #closed(code: number | undefined): void {
    this.#socket = undefined;
    this.#liveness = undefined;
    this.client.connectionLost();
    const { action, meaning } = closeMeaning(code);
    if (action === "never") return this.#end({ reason: "closed", code: code!, meaning });
    this.#resuming = action === "resume" && this.#media.connected && this.#attempts.mayResume;
    if (!this.#resuming) this.#media.reset();
    this.#tryAgain();
  }

  /** Asks for another websocket, or ends when too many attempts in a row have failed. */
  #tryAgain(): void {
    if (this.#ended) return;
    if (this.#attempts.exhausted) return this.#end({ reason: "gave-up" });
    this.#attempts.again();
  }

  /** `connect` has thrown, or its promise was rejected, and no websocket has come. */
  #notConnected(): void {
    if (this.#ended) return;
    if (this.#attempts.exhausted) this.#end({ reason: "gave-up" });
    else this.#attempts.askLater();
  }

  #end(end: VoiceEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listenNoMore();
    this.#media.reset();
    this.#liveness = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) this.#call(() => socket.close(LEFT));
    this.#call(() => this.#options.ended?.(end));
  }

  /**
   * Does what is due at `now`: heartbeats, another try of IP discovery, packets that keep the UDP path open.
   *
   * @throws {@link DaveError} `invalid-argument` when `now` is no number
   */
  tick(now: number): void {
    checkNow(now);
    // the UDP path is kept open while the websocket is down, too
    this.#media.tick(now);
    if (!this.#ended) this.#attempts.tick(now);
    const due = this.#liveness?.due(now);
    if (due?.outcome === "beat") this.send(heartbeatMessage(due.nonce, this.client.seqAck));
    if (due?.outcome === "dead") this.#giveUpSocket();
  }

  /** The websocket is dead, though nobody has closed it. */
  #giveUpSocket(): void {
    const socket = this.#socket;
    this.#closed(undefined);
    if (socket !== undefined) this.#call(() => socket.close(DEAD));
  }

  /**
   * Sends 20 ms of Opus; the first one after a pause is preceded by op 5.
   *
   * @throws {@link DaveError} `invalid-argument` when `frame` is no Uint8Array, or `now` no number
   */
  speak(frame: Uint8Array, now: number): SpeakOutcome {
    checkBytes(frame, "frame");
    checkNow(now);
    return this.#media.speak(frame, now);
  }

  /**
   * Ends speaking: five frames of silence, so that nobody's decoder guesses on, and op 5 with flags 0.
   *
   * @throws {@link DaveError} `invalid-argument` when `now` is no number
   */
  stopSpeaking(now: number): void {
    checkNow(now);
    this.#media.stop(now);
  }

  /**
   * Takes a packet from the UDP socket. Whatever its bytes are, it does not throw.
   *
   * @throws {@link DaveError} `invalid-argument` when `packet` is no Uint8Array, or `now` no number
   */
  packet(packet: Uint8Array, now: number): HeardOutcome {
    checkBytes(packet, "packet");
    checkNow(now);
    return heardIn(this.#media, packet, now);
  }

  /** Leaves the call: closes the websocket with 1000 and the client. */
  close(): void {
    this.#end({ reason: "left" });
    this.client.close();
  }

  /** What `console.log` shows, in Node, Bun and Deno. */
  [INSPECT](): string {
    const { state, ready, latencyMs } = this;
    const { userId, channelId } = this.client;
    const latency = latencyMs === undefined ? undefined : Math.round(latencyMs);
    return `VoiceConnection { userId: ${userId}, channelId: ${channelId}, state: ${state}, ready: ${ready}, latencyMs: ${latency} }`;
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
