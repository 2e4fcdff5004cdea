// A voice server on the loopback interface: TLS websockets around the simulated gateway, UDP around the simulated SFU.
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { TRANSPORT_MODES } from "@puredave/dave/voice";
import { type WebSocket, WebSocketServer } from "ws";
import { captureLine } from "../capture/capture.ts";
import type { Session } from "../sim/gateway/call.ts";
import { type GatewayKnobs, PLAIN_KNOBS } from "../sim/gateway/knobs.ts";
import type { DelayKnobs, WireMessage } from "../sim/network.ts";
import { SeededRandom } from "../sim/random.ts";
import { PLAIN_SFU } from "../sim/sfu.ts";
import { Caller, type Identified } from "./caller.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { Conversation } from "./conversation.ts";
import type { Host } from "./host.ts";
import { LIMITS, type Limits, PLAIN_RTP, type VoiceServerOptions } from "./options.ts";
import { RealClock } from "./real-clock.ts";
import { Room } from "./room.ts";
import { UdpPort } from "./udp-port.ts";
import { withoutSecrets } from "./without-secrets.ts";

const LOOPBACK = "127.0.0.1";
const NO_DELAY: DelayKnobs = { minDelayMs: 0, maxDelayMs: 0 };
const NO_LOSS = { ...PLAIN_SFU, ...NO_DELAY };
const CHANNEL = "927310423890473011";
const HEARTBEAT_MS = 5000;
/** Two for each caller: audio and video. */
const SSRC_STEP = 2;

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
export class VoiceServer implements Host {
  readonly clock: RealClock;
  readonly random: SeededRandom;
  readonly limits: Limits;
  readonly knobs: GatewayKnobs;
  readonly control: DelayKnobs;
  readonly heartbeatIntervalMs: number;
  readonly channelId: string;
  /** PEM: what a client has to trust. */
  readonly certificate: string;
  private readonly options: VoiceServerOptions;
  private readonly tls: TlsServer;
  private readonly http: HttpServer;
  private readonly sockets: WebSocketServer;
  private readonly udp: UdpPort;
  private readonly rooms = new Map<string, Room<Caller>>();
  private readonly bySsrc = new Map<number, Caller>();
  private readonly open = new Set<WebSocket>();
  /** TCP connections, half open ones too: they would keep the server from closing. */
  private readonly raw = new Set<Socket>();
  private number = 0;
  private lastSsrc = 0;

  /** Makes a certificate and listens. */
  static async start(options: VoiceServerOptions = {}): Promise<VoiceServer> {
    const server = new VoiceServer(options, await makeCertificate());
    const { port = 0, udpPort = 0 } = options;
    await server.udp.listen(udpPort);
    server.tls.listen(port, LOOPBACK);
    await once(server.tls, "listening");
    return server;
  }

  private constructor(options: VoiceServerOptions, { certificate, privateKey }: Certificate) {
    const { seed = 1, onFault = (fault) => void process.stderr.write(`fault: ${String(fault)}\n`) } = options;
    this.options = options;
    this.certificate = certificate;
    this.clock = new RealClock(onFault);
    this.random = new SeededRandom(seed);
    this.limits = { ...LIMITS, ...options.limits };
    this.knobs = { ...PLAIN_KNOBS, ...options.knobs };
    this.control = { ...NO_DELAY, ...options.paths?.control };
    this.heartbeatIntervalMs = options.heartbeatIntervalMs ?? HEARTBEAT_MS;
    this.channelId = options.channelId ?? CHANNEL;
    const { clock, random, limits } = this;
    const rtp = { ...PLAIN_RTP, ...options.rtp };
    const callerOf = (ssrc: number) => this.bySsrc.get(ssrc - (ssrc % SSRC_STEP));
    this.udp = new UdpPort({ clock, random: random.fork("rtp"), limits, rtp, callerOf });
    this.http = createHttpServer((_request, response) => response.writeHead(426).end());
    this.http.on("clientError", (_error, socket) => socket.destroy());
    // node:https would select by ALPN and refuse a client that offers h2 alone, as Deno's websocket does
    this.tls = createTlsServer({ cert: certificate, key: privateKey }, (socket) => {
      socket.on("error", () => {});
      this.http.emit("connection", socket);
    });
    this.tls.on("connection", (socket: Socket) => {
      this.raw.add(socket);
      socket.once("close", () => this.raw.delete(socket));
    });
    this.tls.on("tlsClientError", () => {});
    this.sockets = new WebSocketServer({ server: this.http, maxPayload: limits.messageBytes });
    this.sockets.on("connection", (socket, request) => this.welcome(socket, request.url ?? "/"));
  }

  /** The websocket's address, version 9 of the gateway. */
  get url(): string {
    return `wss://${LOOPBACK}:${(this.tls.address() as AddressInfo).port}/?v=9`;
  }

  get media() {
    return { ip: LOOPBACK, port: this.udp.port, modes: this.options.modes ?? TRANSPORT_MODES };
  }

  /** What there is now, and packets since the start. */
  get counts() {
    const callers = [...this.rooms.values()].flatMap((room) => [...room.callers]);
    return {
      ...this.udp.counts,
      sockets: this.open.size,
      rooms: this.rooms.size,
      callers: callers.length,
      known: this.bySsrc.size,
    };
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.clock.stop();
    for (const socket of this.open) socket.terminate();
    this.sockets.close();
    this.udp.close();
    this.http.closeAllConnections();
    for (const socket of this.raw) socket.destroy();
    this.tls.close();
    await once(this.tls, "close");
  }

  /** Breaks a user's websocket, as networks do; the user may resume. False: there is none. */
  breakSocket(userId: string): boolean {
    return this.withCaller(userId, ({ link }) => link?.drop());
  }

  /** Closes a user's session with a code. False: there is none. */
  kick(userId: string, code: number): boolean {
    return this.withCaller(userId, (caller) => {
      caller.link?.close(code);
      caller.room.leave(caller);
    });
  }

  /**
   * G15: 24 epoch 1 and 21 id 0 to one member although others are in the call. False: there is no such member, or the
   * call has no running group of two or more; nothing was sent.
   */
  race(userId: string): boolean {
    let raced = false;
    this.withCaller(userId, ({ room, session }) => {
      raced = room.gateway.race(session!);
    });
    return raced;
  }

  /** Does something to a user who is connected to a call. */
  private withCaller(userId: string, act: (caller: Caller) => void): boolean {
    for (const caller of this.bySsrc.values()) {
      const connected = caller.session?.open === true && caller.link !== undefined;
      if (caller.identified.userId !== userId || !connected) continue;
      this.clock.turn(() => act(caller));
      return true;
    }
    return false;
  }

  private welcome(socket: WebSocket, url: string): void {
    const version = Number(new URL(url, "ws://localhost").searchParams.get("v") ?? 8);
    socket.on("error", () => {});
    if (this.open.size >= this.limits.sockets) return socket.terminate();
    if (version !== 8 && version !== 9) return socket.close(4012);
    this.open.add(socket);
    this.clock.turn(() => {
      const conversation = new Conversation(this, socket, version);
      socket.on("message", (data, binary) => {
        const message = binary ? new Uint8Array(data as Buffer) : data.toString();
        this.clock.turn(() => conversation.receive(message));
      });
      socket.on("close", (code) => {
        this.open.delete(socket);
        this.clock.turn(() => conversation.gone(code));
      });
    });
  }

  // ── what conversations ask for ───────────────────────────────────────────────────────────────────────────

  nextNumber(): number {
    return ++this.number;
  }

  admit(identified: Identified, channelId: string): Caller {
    this.lastSsrc += SSRC_STEP;
    const caller = new Caller(identified, this.roomOf(channelId), this.lastSsrc);
    this.bySsrc.set(caller.ssrc, caller);
    return caller;
  }

  private roomOf(channelId: string): Room<Caller> {
    const found = this.rooms.get(channelId);
    if (found !== undefined) return found;
    const room: Room<Caller> = new Room<Caller>({
      channelId,
      clock: this.clock,
      random: this.random.fork(`room ${channelId}`),
      knobs: this.knobs,
      media: NO_LOSS,
      observe: (event) => {
        this.options.observe?.(channelId, event);
        if (event.type === "left") this.clock.setTimer(0, () => this.sweep(room));
      },
      sendTo: (caller, media) => this.udp.sendTo(caller, media),
    });
    this.rooms.set(channelId, room);
    return room;
  }

  /** Callers whose session has ended are forgotten, and so is an empty room: its next call is a new one. */
  private sweep(room: Room<Caller>): void {
    for (const caller of this.bySsrc.values())
      if (caller.room === room && caller.session?.open === false) this.forget(caller);
  }

  forget(caller: Caller): void {
    caller.room.remove(caller);
    this.bySsrc.delete(caller.ssrc);
    for (const other of this.bySsrc.values()) if (other.room === caller.room) return;
    if (this.rooms.get(caller.room.channelId) === caller.room) this.rooms.delete(caller.room.channelId);
  }

  controlOf(userId: string): DelayKnobs {
    return { ...this.control, ...this.options.clients?.[userId]?.control };
  }

  entered(caller: Caller, session: Session): void {
    const { paths, clients } = this.options;
    const media = { ...NO_LOSS, ...paths?.media, ...clients?.[caller.identified.userId]?.media };
    caller.room.attach(caller, session, media);
    // a newer identify of the same user has closed the older session
    this.sweep(caller.room);
    if (this.options.repeatSpeaking !== false) this.repeatSpeaking(caller, session);
  }

  private repeatSpeaking(newcomer: Caller, session: Session): void {
    const { callers, gateway } = newcomer.room;
    for (const { identified, speaking } of callers)
      if (speaking !== undefined)
        gateway.call.send(session, { op: 5, d: { user_id: identified.userId, ...speaking } });
  }

  callerOf(serverId: string, sessionId: string): Caller | undefined {
    const all = [...this.bySsrc.values()].reverse();
    return all.find(
      ({ identified }) => identified.serverId === serverId && identified.sessionId === sessionId,
    );
  }

  record(caller: Caller, direction: "in" | "out", message: WireMessage): void {
    const { capture } = this.options;
    if (capture === undefined) return;
    const content = typeof message === "string" ? { text: withoutSecrets(message) } : { binary: message };
    capture(
      caller.identified.userId,
      captureLine({ direction, at: Math.round(this.clock.now()), ...content }),
    );
  }
}
