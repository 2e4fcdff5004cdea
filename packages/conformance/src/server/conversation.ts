// One websocket: hello, identify or resume, select, heartbeats, speaking; DAVE's own messages go to the gateway.
import { TRANSPORT_MODES, type TransportMode } from "@puredave/dave/voice";
import { Link, type WireMessage } from "../sim/network.ts";
import type { Caller } from "./caller.ts";
import type { Host } from "./host.ts";
import {
  type Request,
  readChannel,
  readHeartbeat,
  readIdentify,
  readRequest,
  readResume,
  readSelectProtocol,
  readSpeaking,
} from "./requests.ts";

/** What is needed of a websocket. */
export interface Socket {
  readonly bufferedAmount: number;
  send(message: WireMessage): void;
  close(code: number): void;
  terminate(): void;
}

/** Close codes as clients were seen to understand them. */
const CODE = {
  notDecoded: 4002,
  notAuthenticated: 4003,
  wrongToken: 4004,
  alreadyAuthenticated: 4005,
  noSession: 4006,
  timeout: 4009,
  unknownProtocol: 4012,
  unknownMode: 4016,
  daveRequired: 4017,
  rateLimited: 4021,
} as const;
/** What a client closes with that has left. */
const LEFT = 1000;
/** Heartbeats that may fail to come before a connection counts as broken. */
const MISSED_HEARTBEATS = 3;

export class Conversation {
  readonly link: Link;
  private readonly host: Host;
  private readonly socket: Socket;
  private readonly version: number;
  private caller: Caller | undefined;
  private second = { number: 0, count: 0 };
  private cancelWatch: () => void;

  constructor(host: Host, socket: Socket, version: number) {
    this.host = host;
    this.socket = socket;
    this.version = version;
    this.link = new Link(host.clock, host.random.fork(`socket ${host.nextNumber()}`), host.control, {
      toClient: (message) => this.deliver(message),
      toServer: (message) => this.hear(message),
      closed: (code) => (code === undefined ? socket.terminate() : socket.close(code)),
    });
    this.cancelWatch = host.clock.setTimer(host.limits.identifyMs, () => this.link.close(CODE.timeout));
    this.say(8, { v: version, heartbeat_interval: host.heartbeatIntervalMs });
  }

  /** A message that has come over the socket. */
  receive(message: WireMessage): void {
    if (this.floods()) return this.end(CODE.rateLimited);
    if (this.caller !== undefined) this.host.record(this.caller, "out", message);
    this.link.send(message);
  }

  /** G13: more messages than this in one second. */
  private floods(): boolean {
    const second = Math.floor(this.host.clock.now() / 1000);
    if (this.second.number !== second) this.second = { number: second, count: 0 };
    this.second.count += 1;
    return this.second.count > this.host.limits.messages;
  }

  /** The socket is gone. */
  gone(code: number): void {
    this.cancelWatch();
    this.link.open = false;
    const { caller } = this;
    if (caller === undefined || caller.link !== this.link) return;
    caller.link = undefined;
    const { session } = caller;
    // before op 1 there is nothing to resume
    if (session === undefined) return this.host.forget(caller);
    if (!session.open) return;
    if (code === LEFT) caller.room.leave(caller);
    else caller.room.gateway.connectionLost(session);
  }

  private say(op: number, d: Record<string, unknown>): void {
    this.link.deliver(JSON.stringify({ op, d }));
  }

  /** Closes; whoever was in the call has left it. */
  private end(code: number): void {
    const { caller } = this;
    this.link.close(code);
    if (caller?.link !== this.link) return;
    if (caller.session === undefined) this.host.forget(caller);
    else caller.room.leave(caller);
  }

  // op 4 of the gateway carries the version alone
  private deliver(message: WireMessage): void {
    const amended =
      typeof message === "string" && message.startsWith('{"op":4,') ? this.withSecrets(message) : message;
    if (this.caller !== undefined) this.host.record(this.caller, "in", amended);
    // G13: a slow reader costs memory, and nobody else time
    if (this.socket.bufferedAmount > this.host.limits.backlogBytes) return this.socket.terminate();
    this.socket.send(amended);
  }

  private withSecrets(message: string): string {
    const parsed = JSON.parse(message) as { readonly d: object };
    return JSON.stringify({ ...parsed, d: { ...parsed.d, ...this.caller?.secrets() } });
  }

  private hear(message: WireMessage): void {
    const code = typeof message === "string" ? this.hearText(message) : this.toGateway(message);
    if (code !== undefined) this.end(code);
  }

  private hearText(message: string): number | undefined {
    const request = readRequest(message);
    if (request === undefined) return CODE.notDecoded;
    const handle = HANDLERS[request.op];
    return handle === undefined ? this.toGateway(message) : handle.call(this, request.d);
  }

  /** DAVE's own messages, and opcodes that concern nobody here. The code to close with, if any. */
  private toGateway(message: WireMessage): number | undefined {
    const session = this.caller?.session;
    if (session === undefined) return CODE.notAuthenticated;
    this.caller!.room.gateway.receive(session, message);
    return undefined;
  }

  /** Op 0 → op 2. */
  identify(d: Request["d"]): number | undefined {
    if (this.caller !== undefined) return CODE.alreadyAuthenticated;
    const identified = readIdentify(d);
    const channelId = readChannel(d, this.version, this.host.channelId);
    if (identified === undefined || channelId === undefined) return CODE.notDecoded;
    // G2: knob "DAVE required"
    if (this.host.knobs.daveRequired && identified.maxVersion === 0) return CODE.daveRequired;
    const caller = this.host.admit(identified, channelId);
    this.adopt(caller);
    const { ip, port, modes } = this.host.media;
    this.say(2, { ssrc: caller.ssrc, ip, port, modes, experiments: [] });
    return undefined;
  }

  private adopt(caller: Caller): void {
    this.caller = caller;
    caller.link = this.link;
    this.link.setDelay(this.host.controlOf(caller.identified.userId));
    this.watchHeartbeats();
  }

  /** Op 1: from here on the caller is in the call (11, 4, 25 of the gateway follow). */
  select(d: Request["d"]): number | undefined {
    const { caller } = this;
    if (caller === undefined) return CODE.notAuthenticated;
    const selected = readSelectProtocol(d);
    if (selected === undefined) return CODE.notDecoded;
    if (selected.protocol !== "udp") return CODE.unknownProtocol;
    const mode = TRANSPORT_MODES.find((name) => name === selected.mode);
    if (mode === undefined || !this.host.media.modes.includes(mode)) return CODE.unknownMode;
    this.enter(caller, selected.endpoint, mode);
    return undefined;
  }

  private enter(caller: Caller, endpoint: { address: string; port: number }, mode: TransportMode): void {
    // loopback only: nobody can have packets sent elsewhere
    caller.endpoint = caller.discovered ?? { address: "127.0.0.1", port: endpoint.port };
    caller.renewKey(mode);
    const { room, identified, session } = caller;
    if (session !== undefined) {
      const version = room.gateway.call.executedVersion ?? 0;
      room.gateway.call.send(session, { op: 4, d: { dave_protocol_version: version } });
      return;
    }
    caller.session = room.gateway.identify(identified.userId, identified.maxVersion, this.link);
    if (caller.session !== undefined) this.host.entered(caller, caller.session);
  }

  /** Op 3 → op 6. */
  heartbeat(d: Request["d"]): number | undefined {
    const nonce = readHeartbeat(d);
    if (this.caller === undefined) return CODE.notAuthenticated;
    this.say(6, nonce === undefined ? {} : { t: nonce });
    this.watchHeartbeats();
    return undefined;
  }

  private watchHeartbeats(): void {
    this.cancelWatch();
    const patience = this.host.heartbeatIntervalMs * MISSED_HEARTBEATS;
    this.cancelWatch = this.host.clock.setTimer(patience, () => this.socket.terminate());
  }

  /** Op 5, to the others. */
  speaking(d: Request["d"]): number | undefined {
    const { caller } = this;
    if (caller?.session === undefined) return CODE.notAuthenticated;
    const said = readSpeaking(d);
    if (said === undefined) return CODE.notDecoded;
    // S1: nobody speaks with another's SSRC
    if (said.ssrc !== caller.ssrc) return undefined;
    caller.speaking = said;
    caller.room.tellOthers(caller, { op: 5, d: { user_id: caller.identified.userId, ...said } });
    return undefined;
  }

  /** Op 7 → op 9 and what was missed, in the order of the knob. */
  resume(d: Request["d"]): number | undefined {
    if (this.caller !== undefined) return CODE.alreadyAuthenticated;
    const asked = readResume(d);
    if (asked === undefined) return CODE.notDecoded;
    const caller = this.host.callerOf(asked.serverId, asked.sessionId);
    if (caller?.session === undefined || !caller.session.open) return CODE.noSession;
    if (caller.identified.token !== asked.token) return CODE.wrongToken;
    const older = caller.link;
    this.adopt(caller);
    older?.drop();
    caller.room.gateway.resume(caller.session, asked.seqAck, this.link);
    return undefined;
  }
}

/** What the gateway does not see. */
const HANDLERS: Readonly<Record<number, (this: Conversation, d: Request["d"]) => number | undefined>> = {
  0: Conversation.prototype.identify,
  1: Conversation.prototype.select,
  3: Conversation.prototype.heartbeat,
  5: Conversation.prototype.speaking,
  7: Conversation.prototype.resume,
};
