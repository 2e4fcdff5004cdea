// A bot over real sockets, on top of the kit: what the server's tests speak with.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { DaveClient } from "@puredave/dave";
import { type HeardOutcome, VoiceConnection, type VoiceEnd } from "@puredave/dave/voice";
import { WebSocket } from "ws";
import type { VoiceServer } from "../../src/server.ts";

const now = () => performance.now();
export const CHANNEL = "927310423890473011";
export const user = (n: number): string => String(158049329150427136n + BigInt(n));

/** Resolves once `holds` does; fails after a while with what was waited for. */
export async function until(what: string, holds: () => boolean, ms = 20_000): Promise<void> {
  const end = now() + ms;
  while (!holds()) {
    if (now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface BotOptions {
  readonly userId: string;
  readonly channelId?: string;
  readonly sessionId?: string;
}

export class Bot {
  readonly client: DaveClient;
  readonly voice: VoiceConnection;
  readonly heard: Extract<HeardOutcome, { outcome: "heard" }>[] = [];
  readonly dropped: Extract<HeardOutcome, { outcome: "dropped" }>[] = [];
  readonly ops: number[] = [];
  readonly ends: VoiceEnd[] = [];
  socket: WebSocket | undefined;
  private readonly udp: Socket = createSocket("udp4");
  private readonly timer: NodeJS.Timeout;

  constructor(
    server: VoiceServer,
    { userId, channelId = CHANNEL, sessionId = `session of ${userId}` }: BotOptions,
  ) {
    this.client = new DaveClient({ userId, channelId, send: (message) => this.voice.send(message) });
    this.voice = new VoiceConnection({
      client: this.client,
      credentials: { serverId: channelId, sessionId, token: "token" },
      connect: (delayMs) => void setTimeout(() => this.connect(server), delayMs),
      sendPacket: (packet, { address, port }) => this.udp.send(packet, port, address),
      ended: (end) => void this.ends.push(end),
    });
    this.udp.on("message", (packet) => this.hear(this.voice.packet(packet, now())));
    this.timer = setInterval(() => this.voice.tick(now()), 20);
  }

  static async join(server: VoiceServer, options: BotOptions): Promise<Bot> {
    const bot = new Bot(server, options);
    bot.udp.bind(0, "127.0.0.1");
    await once(bot.udp, "listening");
    bot.voice.start();
    return bot;
  }

  private connect(server: VoiceServer): void {
    const socket = new WebSocket(server.url, { ca: server.certificate });
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
  inCall(members: number): boolean {
    return this.voice.ready && this.client.roster.size === members;
  }

  close(): void {
    clearInterval(this.timer);
    this.voice.close();
    this.udp.close();
  }
}

/** Everybody is in one group of all. */
export const together = (bots: readonly Bot[]): Promise<void> =>
  until(`a group of ${bots.length}`, () => bots.every((bot) => bot.inCall(bots.length)));

/** Sends frames from one bot, one every `everyMs`. */
export async function speak(bot: Bot, frames: readonly Uint8Array[], everyMs = 5): Promise<void> {
  for (const frame of frames) {
    bot.voice.speak(frame, now());
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export const numbered = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => new TextEncoder().encode(`20 ms of Opus, number ${n}`));

export const textOf = (frame: Uint8Array): string => new TextDecoder().decode(frame);
