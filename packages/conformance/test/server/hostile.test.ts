// G13: garbage, half messages, floods and slow readers cost their sender the connection, and the others nothing.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Conversation, type Socket } from "../../src/server/conversation.ts";
import type { Host } from "../../src/server/host.ts";
import { LIMITS } from "../../src/server/options.ts";
import { VoiceServer } from "../../src/server.ts";
import { VirtualClock } from "../../src/sim/clock.ts";
import { PLAIN_KNOBS } from "../../src/sim/gateway/knobs.ts";
import { SeededRandom } from "../../src/sim/random.ts";
import { Bot, CHANNEL, numbered, speak, together, until, user } from "./bot.ts";

let server: VoiceServer;
let bots: Bot[];
const faults: unknown[] = [];

beforeAll(async () => {
  server = await VoiceServer.start({
    onFault: (fault) => void faults.push(fault),
    limits: { identifyMs: 300, packets: 100 },
  });
  bots = [await Bot.join(server, { userId: user(0) }), await Bot.join(server, { userId: user(1) })];
  await together(bots);
});

afterAll(async () => {
  for (const bot of bots) bot.close();
  await server.close();
});

/** The call goes on for the others: frames are heard, and nobody has left. UDP may lose some beside a flood. */
async function callGoesOn(): Promise<void> {
  const before = bots[1]!.heard.length;
  for (let tries = 0; tries < 200 && bots[1]!.heard.length < before + 3; tries++)
    await speak(bots[0]!, numbered(1), 20);
  expect(bots[1]!.heard.length).toBeGreaterThanOrEqual(before + 3);
  expect(bots.map(({ ends }) => ends.length)).toEqual([0, 0]);
  expect(faults).toEqual([]);
}

const open = async (version = 9): Promise<WebSocket> => {
  const url = server.url.replace("v=9", `v=${version}`);
  const socket = new WebSocket(url, { ca: server.certificate });
  socket.on("error", () => {});
  await once(socket, "open");
  return socket;
};
const codeOf = async (socket: WebSocket): Promise<number> => (await once(socket, "close"))[0] as number;
const json = (op: number, d: unknown): string => JSON.stringify({ op, d });
const identity = { server_id: CHANNEL, channel_id: CHANNEL, user_id: user(9), session_id: "s9", token: "t" };
const IDENTIFY = json(0, { ...identity, max_dave_protocol_version: 1 });
const select = (data: unknown) => json(1, { protocol: "udp", data });
const ENDPOINT = { address: "127.0.0.1", port: 9, mode: "aead_aes256_gcm_rtpsize" };

describe("messages that a client should not send", () => {
  it.each<[string, readonly (string | Uint8Array)[], number]>([
    ["text that is no JSON", ["hello"], 4002],
    ["half a message", [IDENTIFY.slice(0, 30)], 4002],
    ["JSON without an opcode", ["{}"], 4002],
    ["an opcode of text", ['{"op":"0"}'], 4002],
    ["op 0 without a user", [json(0, { ...identity, user_id: undefined })], 4002],
    ["op 0 with a user id beyond 64 bits", [json(0, { ...identity, user_id: "99999999999999999999" })], 4002],
    ["op 0 with a token of a million bytes", [json(0, { ...identity, token: "t".repeat(1e6) })], 4002],
    ["op 0 of version 9 without a channel", [json(0, { ...identity, channel_id: undefined })], 4002],
    ["op 0 twice", [IDENTIFY, IDENTIFY], 4005],
    ["op 1 before op 0", [select(ENDPOINT)], 4003],
    ["op 3 before op 0", [json(3, { t: 1 })], 4003],
    ["op 5 before op 1", [IDENTIFY, json(5, { speaking: 1, ssrc: 1 })], 4003],
    ["op 26 before op 0", [Uint8Array.of(26, 1, 2, 3)], 4003],
    ["op 23 before op 1", [IDENTIFY, json(23, { transition_id: 1 })], 4003],
    ["op 1 with another protocol", [IDENTIFY, json(1, { protocol: "webrtc", data: ENDPOINT })], 4012],
    ["op 1 with another mode", [IDENTIFY, select({ ...ENDPOINT, mode: "xsalsa20_poly1305" })], 4016],
    ["op 1 with port 0", [IDENTIFY, select({ ...ENDPOINT, port: 0 })], 4002],
    ["op 7 of nobody", [json(7, { ...identity, session_id: "unknown", seq_ack: 1 })], 4006],
    ["op 7 with a number that cannot be", [json(7, { ...identity, seq_ack: 65536 })], 4002],
    [
      "op 7 with another token",
      [json(7, { ...identity, session_id: `session of ${user(0)}`, token: "x", seq_ack: 0 })],
      4004,
    ],
    ["garbage in the place of a key package", [IDENTIFY, select(ENDPOINT), Uint8Array.of(26, 1, 2, 3)], 4020],
    ["an unknown binary opcode", [IDENTIFY, select(ENDPOINT), new Uint8Array(40).fill(200)], 4020],
    ["op 23 without an id", [IDENTIFY, select(ENDPOINT), json(23, {})], 4020],
    ["more than a megabyte", ["x".repeat(1_100_000)], 1009],
  ])("%s closes with the code for it", async (_title, messages, code) => {
    const socket = await open();
    const closed = codeOf(socket);
    for (const message of messages) socket.send(message);
    expect(await closed).toBe(code);
    await callGoesOn();
  });

  it("silence until the time for op 0 is over closes with 4009", async () => {
    expect(await codeOf(await open())).toBe(4009);
  });

  it("another version of the gateway is refused with 4012, version 8 is taken without a channel", async () => {
    expect(await codeOf(await open(7))).toBe(4012);
    const socket = await open(8);
    const answers: number[] = [];
    socket.on("message", (data) => answers.push(JSON.parse(String(data)).op));
    socket.send(json(0, { ...identity, channel_id: undefined }));
    await until("op 2", () => answers.includes(2));
    socket.close(1000);
    await callGoesOn();
  });
});

describe("floods", () => {
  it("of any message close with 4021", async () => {
    for (const message of [json(3, { t: 1 }), json(99, {}), IDENTIFY]) {
      const socket = await open();
      const closed = codeOf(socket);
      socket.send(IDENTIFY.replace("s9", `flood ${message.length}`));
      for (let n = 0; n < 2000; n++) socket.send(message);
      expect([4021, 4005, 4003]).toContain(await closed);
    }
    const socket = await open();
    const closed = codeOf(socket);
    socket.send(IDENTIFY);
    for (let n = 0; n < 2000; n++) socket.send(json(3, { t: n }));
    expect(await closed).toBe(4021);
    await callGoesOn();
  });

  it("of connections, half open ones, and bytes that are no TLS leave the call alone", async () => {
    const port = Number(new URL(server.url).port);
    const raw = Array.from({ length: 40 }, (_, n) => {
      const socket = connectTcp(port, "127.0.0.1");
      socket.on("error", () => {});
      if (n % 2 === 0) socket.write(Buffer.alloc(2000, n));
      return socket;
    });
    const tls = connectTls({ port, host: "127.0.0.1", ca: server.certificate, servername: "localhost" });
    tls.on("error", () => {});
    await once(tls, "secureConnect");
    tls.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgr");
    await callGoesOn();
    for (const socket of [...raw, tls]) socket.destroy();
  });

  it("of UDP packets are dropped, whatever they are", async () => {
    const socket = createSocket("udp4");
    const { port } = server.media;
    const random = new SeededRandom(5);
    for (let n = 0; n < 3000; n++) {
      const packet = Buffer.from(random.bytes(random.int(0, 120)));
      // some name an SSRC of the call, some ask for the address of one
      if (n % 3 === 0 && packet.length >= 12) packet.writeUInt32BE(2, 8);
      if (n % 7 === 0 && packet.length >= 12) packet[0] = 0x80;
      socket.send(packet, port, "127.0.0.1");
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    await callGoesOn();
    expect(server.counts.refused).toBeGreaterThan(100);
    socket.close();
  });

  it("of a member's own packets are cut off at the limit", async () => {
    const before = bots[1]!.heard.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (let n = 0; n < 500; n++) bots[0]!.voice.speak(Uint8Array.of(n), performance.now());
    await new Promise((resolve) => setTimeout(resolve, 300));
    const heard = bots[1]!.heard.length - before;
    expect(heard).toBeGreaterThan(50);
    expect(heard).toBeLessThan(250);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await callGoesOn();
  });
});

describe("readers that do not read", () => {
  /** A websocket whose other end has taken nothing for a while. */
  class Stuck implements Socket {
    bufferedAmount = 0;
    terminated = false;
    send(message: string | Uint8Array): void {
      this.bufferedAmount += message.length;
    }
    close(): void {}
    terminate(): void {
      this.terminated = true;
    }
  }

  it("are cut off once more waits for them than the limit", () => {
    const clock = new VirtualClock();
    const socket = new Stuck();
    const host = {
      clock,
      random: new SeededRandom(1),
      limits: { ...LIMITS, backlogBytes: 10_000 },
      knobs: PLAIN_KNOBS,
      control: { minDelayMs: 0, maxDelayMs: 0 },
      heartbeatIntervalMs: 1000,
      nextNumber: () => 1,
    } as unknown as Host;
    const { link } = new Conversation(host, socket, 9);
    clock.runUntil(0);
    let messages = 0;
    while (!socket.terminated && messages < 1000) {
      link.deliver(new Uint8Array(100));
      clock.runUntil(clock.now());
      messages++;
    }
    expect(messages).toBeGreaterThan(90);
    expect(messages).toBeLessThan(110);
  });

  it("and members that stop answering heartbeats do not hold up the call", async () => {
    const silent = await open();
    silent.send(IDENTIFY.replace('"s9"', '"silent"'));
    silent.send(select(ENDPOINT));
    await until("the silent member's op 11", () => server.counts.callers === 3);
    // it never sends a key package, reads nothing, and is gone for good some time later
    silent.pause();
    await callGoesOn();
    silent.terminate();
  });
});
