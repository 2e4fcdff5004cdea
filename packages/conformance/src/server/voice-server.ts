// A voice server on the loopback interface: TLS websockets around the simulated gateway, UDP around the simulated SFU.
import { DaveError, type TransportMode } from "@puredave/dave/voice";
import type { WebSocket } from "ws";
import { CallHost, LOOPBACK } from "./call-host.ts";
import { makeCertificate } from "./certificate.ts";
import { checkServerOptions, checkValue } from "./check-options.ts";
import { Conversation } from "./conversation.ts";
import { Listener } from "./listener.ts";
import type { VoiceServerOptions } from "./options.ts";
import { CLOSE_CODE, USER_ID } from "./ranges.ts";
import type { PacketCounts } from "./udp-port.ts";

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** What there is now, and packets since the start. */
export interface VoiceServerCounts extends PacketCounts {
  /** Open websockets. */
  readonly sockets: number;
  /** Calls. */
  readonly rooms: number;
  /** Users in calls. */
  readonly callers: number;
  /** Users whom the server remembers: those in calls, and those who have sent op 0 alone. */
  readonly known: number;
}

/** Where the SFU listens. */
export interface VoiceServerMedia {
  readonly ip: string;
  readonly port: number;
  /** What op 2 offers. */
  readonly modes: readonly TransportMode[];
}

/** What a server that listens consists of. */
interface Parts {
  readonly host: CallHost;
  readonly listener: Listener;
  readonly sockets: ReadonlySet<WebSocket>;
  readonly url: string;
  readonly media: VoiceServerMedia;
  readonly certificate: string;
}

/** What `start` has made: nobody else makes a server. */
const MADE = new WeakSet<object>();

/** Takes websockets into a host's calls. */
function welcomeInto(host: CallHost, sockets: Set<WebSocket>): (socket: WebSocket, version: number) => void {
  return (socket, version) => {
    socket.on("error", () => {});
    if (sockets.size >= host.limits.sockets) return socket.terminate();
    if (version !== 8 && version !== 9) return socket.close(4012);
    sockets.add(socket);
    host.clock.turn(() => {
      const conversation = new Conversation(host, socket, version);
      socket.on("message", (data, binary) => {
        const message = binary ? new Uint8Array(data as Buffer) : data.toString();
        host.clock.turn(() => conversation.receive(message));
      });
      socket.on("close", (code) => {
        sockets.delete(socket);
        host.clock.turn(() => conversation.gone(code));
      });
    });
  };
}

/**
 * A voice server as Discord's, for tests of bots and libraries. It listens on 127.0.0.1 alone.
 *
 * @example
 * ```ts
 * const server = await VoiceServer.start({ seed: 7, knobs: { resumedFirst: false } });
 * // connect to server.url, trusting server.certificate
 * await server.close();
 * ```
 */
export class VoiceServer {
  readonly #parts: Parts;
  #closing: Promise<void> | undefined;

  /**
   * Makes a certificate and listens.
   *
   * @throws {@link DaveError} `invalid-argument` for options that make no sense; what the system says (`EADDRINUSE`)
   * for a port that is taken
   */
  static async start(options: VoiceServerOptions = {}): Promise<VoiceServer> {
    checkServerOptions(options);
    const certificate = await makeCertificate();
    const host = new CallHost({ ...options });
    const sockets = new Set<WebSocket>();
    const { messageBytes } = host.limits;
    const listener = new Listener({ certificate, messageBytes, welcome: welcomeInto(host, sockets) });
    try {
      await host.udp.listen(options.udpPort ?? 0);
      const port = await listener.listen(options.port ?? 0, LOOPBACK);
      const url = `wss://${LOOPBACK}:${port}/?v=9`;
      const { media } = host;
      const parts: Parts = { host, listener, sockets, url, media, certificate: certificate.certificate };
      MADE.add(parts);
      return new VoiceServer(parts);
    } catch (error) {
      host.udp.close();
      await listener.close();
      throw error;
    }
  }

  private constructor(parts: Parts) {
    if (!MADE.has(parts))
      throw new DaveError("invalid-argument", "VoiceServer: expected VoiceServer.start(), got new");
    this.#parts = parts;
  }

  /** The websocket's address, version 9 of the gateway. */
  get url(): string {
    return this.#parts.url;
  }

  /** PEM: what a client has to trust. */
  get certificate(): string {
    return this.#parts.certificate;
  }

  /** Where the SFU listens, and the modes that op 2 offers. */
  get media(): VoiceServerMedia {
    return this.#parts.media;
  }

  /** What there is now, and packets since the start. */
  get counts(): VoiceServerCounts {
    const { host, sockets } = this.#parts;
    const callers = [...host.rooms.values()].reduce((sum, room) => sum + room.callers.size, 0);
    return {
      ...host.udp.counts,
      sockets: sockets.size,
      rooms: host.rooms.size,
      callers,
      known: host.known,
    };
  }

  /** Ends everything. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { host, listener, sockets } = this.#parts;
    host.clock.stop();
    for (const socket of sockets) socket.terminate();
    host.udp.close();
    await listener.close();
  }

  /**
   * Breaks a user's websocket, as networks do; the user may resume. False: there is none.
   *
   * @throws {@link DaveError} `invalid-argument` when `userId` is no id in text
   */
  breakSocket(userId: string): boolean {
    checkValue("userId", USER_ID, userId);
    return this.#withCaller(userId, ({ link }) => link?.drop());
  }

  /**
   * Closes a user's session with a code. False: there is none.
   *
   * @param code 1000, or 3000 to 4999
   * @throws {@link DaveError} `invalid-argument`
   */
  kick(userId: string, code: number): boolean {
    checkValue("userId", USER_ID, userId);
    checkValue("code", CLOSE_CODE, code);
    return this.#withCaller(userId, (caller) => {
      caller.link?.close(code);
      caller.room.leave(caller);
    });
  }

  /**
   * G15: 24 epoch 1 and 21 id 0 to one member although others are in the call. False: there is no such member, or the
   * call has no running group of two or more; nothing was sent.
   *
   * @throws {@link DaveError} `invalid-argument` when `userId` is no id in text
   */
  race(userId: string): boolean {
    checkValue("userId", USER_ID, userId);
    let raced = false;
    this.#withCaller(userId, ({ room, session }) => {
      raced = room.gateway.race(session!);
    });
    return raced;
  }

  #withCaller(userId: string, act: Parameters<CallHost["withCaller"]>[1]): boolean {
    return this.#closing === undefined && this.#parts.host.withCaller(userId, act);
  }

  /** What `console.log` shows: no key, and one line. */
  [INSPECT](): string {
    const { sockets, rooms, callers } = this.counts;
    const state = this.#closing === undefined ? "listening" : "closed";
    return `VoiceServer { url: ${this.url}, state: ${state}, sockets: ${sockets}, rooms: ${rooms}, callers: ${callers} }`;
  }
}
