// A bot's connection to the voice server, without I/O: messages, packets and time in, messages and packets out.

import type { DaveClient } from "../client/client.ts";
import type { AmongOutcome } from "../client/options.ts";
import { checkBytes, checkObject, expectThat, isFunction } from "../errors.ts";
import type { GatewayData, SentMessage } from "../gateway/opcodes.ts";
import { OPUS_PAYLOAD_TYPE, readRtp } from "../rtp.ts";
import { closeMeaning, reconnectDelay } from "./close-codes.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Media } from "./media.ts";
import type { VoiceCredentials, VoiceMessage } from "./messages.ts";
import { heartbeatMessage, identifyMessage, readVoiceMessage, resumeMessage } from "./messages.ts";
import type { HeardOutcome, SpeakOutcome, VoiceAddress, VoiceEnd, VoiceLink, VoiceSocket } from "./shapes.ts";

/** Options of {@link VoiceConnection}. */
export interface VoiceConnectionOptions {
  /** The client of this call. Its option `send` must lead to {@link VoiceConnection.send}. */
  readonly client: DaveClient;
  /** What the main gateway told. */
  readonly credentials: VoiceCredentials;
  /** Asks for a websocket to the voice server, `delayMs` from now; give it to {@link VoiceConnection.open}. */
  readonly connect: (delayMs: number) => void;
  /** Sends a packet over UDP. */
  readonly sendPacket: (packet: Uint8Array, to: VoiceAddress) => void;
  /** Told once, when the connection is over for good. */
  readonly ended?: ((end: VoiceEnd) => void) | undefined;
  /** Attempts that may fail in a row; default 8. */
  readonly maxFailures?: number | undefined;
  /** A number from 0 to 1 for each delay; default: 0.5. */
  readonly random?: (() => number) | undefined;
  /** Told what one of these functions, or a websocket's, has thrown. Default: it is ignored. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

const MAX_FAILURES = 8;
/** After so many failed resumes in a row the session is given up. */
const MAX_RESUMES = 3;
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
  #socket: VoiceSocket | undefined;
  #heartbeat: Heartbeat | undefined;
  /** The number of the client's connection: a resumed websocket has that of the one before. */
  #connection: number | undefined;
  #resuming = false;
  #failures = 0;
  #ended = false;

  /** @throws {@link DaveError} `invalid-argument` */
  constructor(options: VoiceConnectionOptions) {
    checkObject(options, "options");
    checkObject(options.client, "client");
    checkObject(options.credentials, "credentials");
    for (const name of ["connect", "sendPacket"] as const)
      expectThat(isFunction(options[name]), name, "a function");
    this.#options = options;
    this.#media = new Media({
      client: options.client,
      say: (message) => this.send(message),
      sendPacket: (packet, to) => this.#guarded(() => options.sendPacket(packet, to)),
    });
  }

  /** The DAVE client of this call. */
  get client(): DaveClient {
    return this.#options.client;
  }

  /** Whether a frame given to `speak` now would leave. */
  get ready(): boolean {
    return this.#media.connected && this.client.ready;
  }

  /** Milliseconds that the last heartbeat's answer took. */
  get latencyMs(): number | undefined {
    return this.#heartbeat?.latencyMs;
  }

  /** When `tick` next has something to do; `undefined`: not before something comes in. */
  get nextAt(): number | undefined {
    if (this.#ended || this.#heartbeat === undefined) return undefined;
    return Math.min(this.#heartbeat.nextAt, this.#media.nextAt);
  }

  /** Asks for the first websocket. */
  start(): void {
    this.#guarded(() => this.#options.connect(0));
  }

  /** Calls a function of the owner: what it throws is theirs, and leaves this connection as it is. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (fault) {
      this.#options.onFault?.(fault);
    }
  }

  /** Sends a message of the client over the current websocket; while there is none it is dropped, as O3 provides. */
  send(message: string | Uint8Array): void {
    const socket = this.#socket;
    if (socket !== undefined) this.#guarded(() => socket.send(message as SentMessage));
  }

  /** Takes a new websocket, which may still be opening. Messages and close of an older one count no more (O4). */
  open(socket: VoiceSocket): VoiceLink {
    this.#socket = socket;
    const current = () => this.#socket === socket && !this.#ended;
    return {
      message: (data, now) => {
        if (current()) this.#receive(data, now);
      },
      closed: (code) => {
        if (current()) this.#closed(code);
      },
    };
  }

  #receive(data: GatewayData, now: number): void {
    const message = readVoiceMessage(data);
    // op 8 is the first of a connection; a new identify comes before anything that the client is to take as its own
    if (message.type === "hello") this.#hello(message.heartbeatIntervalMs, now);
    this.client.receive(data, this.#connection);
    this.#apply(message, now);
  }

  #hello(intervalMs: number, now: number): void {
    this.#heartbeat = new Heartbeat({ intervalMs, now });
    const { client } = this;
    const { credentials } = this.#options;
    if (this.#resuming) {
      this.send(resumeMessage(client, credentials, client.seqAck));
      return;
    }
    this.#media.reset();
    this.#connection = client.identify();
    this.send(identifyMessage(client, credentials));
  }

  #apply(message: VoiceMessage, now: number): void {
    switch (message.type) {
      case "ready":
        if (!this.#media.discover(message, now)) this.#end({ reason: "no-mode" });
        return;
      case "session":
        if (this.#media.key(message.mode, message.secretKey, now)) this.#failures = 0;
        return;
      case "resumed":
        this.#resuming = false;
        this.#failures = 0;
        // an op 5 that was said while the socket was down has not arrived
        this.#media.pause();
        return;
      case "heartbeat-ack":
        return this.#heartbeat?.answered(message.nonce, now);
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
    this.#heartbeat = undefined;
    this.client.connectionLost();
    const { action, meaning } = closeMeaning(code);
    if (action === "never") return this.#end({ reason: "closed", code: code!, meaning });
    const { maxFailures = MAX_FAILURES, connect, random } = this.#options;
    if (this.#failures >= maxFailures) return this.#end({ reason: "gave-up" });
    this.#resuming = action === "resume" && this.#media.connected && this.#failures < MAX_RESUMES;
    if (!this.#resuming) this.#media.reset();
    const delayMs = reconnectDelay({ failures: this.#failures++, random: random?.() });
    this.#guarded(() => connect(delayMs));
  }

  #end(end: VoiceEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#media.reset();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) this.#guarded(() => socket.close(1000));
    this.#guarded(() => this.#options.ended?.(end));
  }

  /** Does what is due at `now`: heartbeats, another try of IP discovery, packets that keep the UDP path open. */
  tick(now: number): void {
    if (this.#ended || this.#heartbeat === undefined) return;
    this.#media.tick(now);
    const due = this.#heartbeat.due(now);
    if (due.outcome === "beat") this.send(heartbeatMessage(due.nonce, this.client.seqAck));
    if (due.outcome !== "dead") return;
    const socket = this.#socket;
    this.#closed(undefined);
    if (socket !== undefined) this.#guarded(() => socket.close(DEAD));
  }

  /**
   * Sends 20 ms of Opus; the first one after a pause is preceded by op 5.
   *
   * @throws {@link DaveError} `invalid-argument` when `frame` is no Uint8Array
   */
  speak(frame: Uint8Array, now: number): SpeakOutcome {
    checkBytes(frame, "frame");
    return this.#media.speak(frame, now);
  }

  /** Ends speaking: five frames of silence, so that nobody's decoder guesses on, and op 5 with flags 0. */
  stopSpeaking(now: number): void {
    this.#media.stop(now);
  }

  /**
   * Takes a packet from the UDP socket. Whatever its bytes are, it does not throw.
   *
   * @throws {@link DaveError} `invalid-argument` when `packet` is no Uint8Array
   */
  packet(packet: Uint8Array, now: number): HeardOutcome {
    checkBytes(packet, "packet");
    if (this.#media.discovered(packet, now)) return { outcome: "none", reason: "ip-discovery" };
    const opened = this.#media.open(packet);
    if (opened.outcome === "failed") {
      if (opened.reason === "not-rtp") return { outcome: "none", reason: "not-rtp" };
      return { outcome: "dropped", reason: "transport", detail: opened.reason };
    }
    const rtp = readRtp(packet, opened.payload);
    if (rtp.kind === "padding") return { outcome: "none", reason: "padding" };
    if (rtp.kind === "malformed") return { outcome: "dropped", reason: "malformed", detail: rtp.reason };
    if (rtp.payloadType !== OPUS_PAYLOAD_TYPE) return { outcome: "none", reason: "not-audio" };
    const { ssrc, sequenceNumber, timestamp } = rtp;
    const heard: AmongOutcome = this.#media.owners.decrypt(ssrc, rtp.frame);
    if (heard.userId === undefined) return { outcome: "dropped", reason: "sender", detail: heard.outcome };
    if (!("frame" in heard)) return { outcome: "dropped", reason: "dave", detail: heard.outcome };
    const { userId, frame } = heard;
    const encrypted = heard.outcome === "ok";
    return { outcome: "heard", userId, ssrc, sequenceNumber, timestamp, encrypted, frame };
  }

  /** Leaves the call: closes the websocket with 1000 and the client. */
  close(): void {
    this.#end({ reason: "left" });
    this.client.close();
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
