// A member of an end-to-end call: a bot on the kit, over real sockets, that counts what it sends and hears.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { DaveClient } from "@puredave/dave";
import { type HeardOutcome, VoiceConnection, type VoiceEnd } from "@puredave/dave/voice";
import { WebSocket } from "ws";
import type { VoiceServer } from "../server/voice-server.ts";

const now = (): number => performance.now();

/** Waits until `holds` does. @throws Error with what was waited for */
export async function until(what: string, holds: () => boolean, ms = 20_000): Promise<void> {
  const end = now() + ms;
  while (!holds()) {
    if (now() > end) throw new Error(`waited ${ms / 1000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface MemberOptions {
  readonly userId: string;
  readonly channelId: string;
  readonly sessionId?: string;
}

type Heard = Extract<HeardOutcome, { outcome: "heard" }>;
type Dropped = Extract<HeardOutcome, { outcome: "dropped" }>;

export class Member {
  readonly client: DaveClient;
  readonly voice: VoiceConnection;
  readonly heard: Heard[] = [];
  readonly dropped: Dropped[] = [];
  /** JSON opcodes of the server, in order. */
  readonly ops: number[] = [];
  readonly ends: VoiceEnd[] = [];
  readonly faults: unknown[] = [];
  socket: WebSocket | undefined;
  private readonly udp: Socket = createSocket("udp4");
  private readonly timer: NodeJS.Timeout;
  private readonly server: VoiceServer;

  private constructor(server: VoiceServer, options: MemberOptions) {
    const { userId, channelId, sessionId = `session of ${userId}` } = options;
    const onFault = (fault: unknown) => void this.faults.push(fault);
    this.server = server;
    this.client = new DaveClient({ userId, channelId, send: (message) => this.voice.send(message), onFault });
    this.voice = new VoiceConnection({
      client: this.client,
      credentials: { serverId: channelId, sessionId, token: "token" },
      connect: (delayMs) => void setTimeout(() => this.connect(), delayMs),
      sendPacket: (packet, { address, port }) => this.udp.send(packet, port, address),
      ended: (end) => void this.ends.push(end),
      onFault,
    });
    this.udp.on("message", (packet) => this.hear(this.voice.packet(packet, now())));
    this.timer = setInterval(() => this.voice.tick(now()), 20);
  }

  /** Joins; `together` says when it is in the group. */
  static async join(server: VoiceServer, options: MemberOptions): Promise<Member> {
    const member = new Member(server, options);
    member.udp.bind(0, "127.0.0.1");
    await once(member.udp, "listening");
    member.voice.start();
    return member;
  }

  get userId(): string {
    return this.client.userId;
  }

  private connect(): void {
    const socket = new WebSocket(this.server.url, { ca: this.server.certificate });
    this.socket = socket;
    const link = this.voice.open(socket);
    socket.on("message", (data, binary) => {
      if (!binary) this.ops.push(JSON.parse(String(data)).op);
      link.message(binary ? (data as Buffer) : String(data), now());
    });
    socket.on("error", () => {});
    socket.on("close", (code) => link.closed(code));
  }

  private hear(outcome: HeardOutcome): void {
    if (outcome.outcome === "heard") this.heard.push(outcome);
    if (outcome.outcome === "dropped") this.dropped.push(outcome);
  }

  /** In a group of so many, with its keys in use. */
  inGroupOf(members: number): boolean {
    return this.voice.ready && this.client.roster.size === members;
  }

  /** 20 ms of Opus; whether it left, and encrypted. */
  speak(frame: Uint8Array) {
    return this.voice.speak(frame, now());
  }

  close(): void {
    clearInterval(this.timer);
    this.voice.close();
    this.udp.close();
  }
}

/** Everybody is in one group of all. */
export const together = (members: readonly Member[]): Promise<void> =>
  until(`a group of ${members.length}`, () => members.every((member) => member.inGroupOf(members.length)));
