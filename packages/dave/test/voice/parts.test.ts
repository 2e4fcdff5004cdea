// The small parts of the kit: IP discovery, close codes, heartbeats, pacing, messages.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closeMeaning,
  DaveError,
  Heartbeat,
  heartbeatMessage,
  identifyMessage,
  ipDiscoveryRequest,
  Pacer,
  readIpDiscovery,
  readVoiceMessage,
  reconnectDelay,
  resumeMessage,
  selectProtocolMessage,
  speakingMessage,
} from "../../src/voice.ts";

const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

describe("IP discovery", () => {
  const answer = (address: string, port: number, ssrc = 7) => {
    const packet = Buffer.alloc(74);
    packet.writeUInt16BE(2, 0);
    packet.writeUInt16BE(70, 2);
    packet.writeUInt32BE(ssrc, 4);
    packet.write(address, 8);
    packet.writeUInt16BE(port, 72);
    return Uint8Array.from(packet);
  };

  it("asks with 74 bytes: type 1, length 70, the SSRC", () => {
    expect(hex(ipDiscoveryRequest(0x01020304))).toBe(`0001004601020304${"00".repeat(66)}`);
    expect(() => ipDiscoveryRequest(-1)).toThrow(DaveError);
  });

  it("reads address and port of IPv4 and IPv6", () => {
    const discovered = { outcome: "discovered", ssrc: 7 };
    expect(readIpDiscovery(answer("203.0.113.9", 50004))).toEqual({
      ...discovered,
      address: "203.0.113.9",
      port: 50004,
    });
    const address = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";
    expect(readIpDiscovery(answer(address, 1))).toEqual({ ...discovered, address, port: 1 });
  });

  it("does not take another packet for the answer, nor one without an address", () => {
    const reasonOf = (packet: Uint8Array) => {
      const read = readIpDiscovery(packet);
      return read.outcome === "failed" ? read.reason : read.outcome;
    };
    expect(reasonOf(ipDiscoveryRequest(7))).toBe("not-discovery");
    expect(reasonOf(answer("203.0.113.9", 1).subarray(1))).toBe("not-discovery");
    expect(reasonOf(new Uint8Array(8))).toBe("not-discovery");
    expect(reasonOf(answer("203.0.113.9", 0))).toBe("malformed");
    expect(reasonOf(answer("", 1))).toBe("malformed");
    expect(reasonOf(answer("<script>", 1))).toBe("malformed");
    expect(reasonOf(answer("1".repeat(64), 1))).toBe("malformed");
    expect(() => readIpDiscovery("text" as never)).toThrow(DaveError);
  });
});

describe("a close code", () => {
  it.each([
    ["resume", [undefined, 1001, 1005, 1006, 1011, 1012, 3999, 4015]],
    ["reconnect", [4001, 4002, 4003, 4005, 4006, 4009, 4011, 4020]],
    // 4999: a code nobody knows must not begin a loop of reconnects
    ["never", [1000, 4004, 4012, 4014, 4016, 4017, 4021, 4022, 4999]],
  ] as const)("leads to %s: %o", (action, codes) => {
    for (const code of codes) {
      const { action: found, meaning } = closeMeaning(code);
      expect(found, String(code)).toBe(action);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("that is no integer is refused", () => {
    expect(() => closeMeaning("4006" as never)).toThrow(DaveError);
  });

  it("is followed by longer and longer waits, spread at random and bounded", () => {
    expect([0, 1, 2, 3, 7, 1000].map((failures) => reconnectDelay({ failures }))).toEqual([
      0, 1000, 2000, 4000, 60000, 60000,
    ]);
    expect(reconnectDelay({ failures: 1, random: 0 })).toBe(500);
    expect(reconnectDelay({ failures: 1, random: 1 })).toBe(1500);
    expect(() => reconnectDelay({ failures: -1 })).toThrow(DaveError);
    expect(() => reconnectDelay({ failures: 1, random: 2 })).toThrow(DaveError);
  });
});

describe("a heartbeat", () => {
  it("is due once an interval, and its answer tells the latency", () => {
    const heartbeat = new Heartbeat({ intervalMs: 1000, now: 500 });
    expect(heartbeat.due(1499)).toEqual({ outcome: "wait", at: 1500 });
    expect(heartbeat.due(1500)).toEqual({ outcome: "beat", nonce: 1 });
    expect(heartbeat.due(1501)).toEqual({ outcome: "wait", at: 2500 });
    heartbeat.answered(1, 1540);
    expect(heartbeat.latencyMs).toBe(40);
    expect(heartbeat.due(2500)).toEqual({ outcome: "beat", nonce: 2 });
  });

  it("that is not answered until the next one shows a dead connection; a stale answer does not count", () => {
    const heartbeat = new Heartbeat({ intervalMs: 1000, now: 0 });
    heartbeat.due(1000);
    heartbeat.answered(undefined, 1010);
    heartbeat.due(2000);
    heartbeat.answered(1, 2010);
    expect(heartbeat.due(3000)).toEqual({ outcome: "dead" });
  });

  it("refuses an interval of nothing", () => {
    expect(() => new Heartbeat({ intervalMs: 0, now: 0 })).toThrow(DaveError);
    expect(() => new Heartbeat({ intervalMs: Number.NaN, now: 0 })).toThrow(DaveError);
  });
});

describe("a pacer", () => {
  it("lets late timers add up to nothing", () => {
    const pacer = new Pacer({ now: 0 });
    let sent = 0;
    // a timer that is 7 ms late each time, for 60 s
    for (let now = 0; now <= 60_000; now += 27) sent += pacer.take(now).packets;
    expect(sent).toBe(Math.floor((Math.floor(60_000 / 27) * 27) / 20) + 1);
  });

  it("skips what a standstill has cost, and bursts by five packets at most", () => {
    const pacer = new Pacer({ now: 0 });
    expect(pacer.take(0)).toEqual({ packets: 1, skipped: 0 });
    expect(pacer.take(1000)).toEqual({ packets: 5, skipped: 45 });
    expect(pacer.nextAt).toBe(1020);
    expect(pacer.take(1019)).toEqual({ packets: 0, skipped: 0 });
  });

  it("gives nothing when time goes back, and refuses nonsense", () => {
    const pacer = new Pacer({ now: 100 });
    expect(pacer.take(50)).toEqual({ packets: 0, skipped: 0 });
    expect(() => new Pacer({ now: 0, packetMs: 0 })).toThrow(DaveError);
    expect(() => new Pacer({ now: 0, maxBurst: 0 })).toThrow(DaveError);
    expect(() => new Pacer({ now: Number.NaN })).toThrow(DaveError);
  });
});

describe("messages to the voice gateway", () => {
  const member = { userId: "1", channelId: "2" };
  const credentials = { serverId: "3", sessionId: "s", token: "t" };

  it("have the fields of version 9", () => {
    const channel = { server_id: "3", channel_id: "2", session_id: "s", token: "t" };
    expect(JSON.parse(identifyMessage(member, credentials))).toEqual({
      op: 0,
      d: { ...channel, user_id: "1", max_dave_protocol_version: 1 },
    });
    expect(JSON.parse(resumeMessage(member, credentials, -1))).toEqual({
      op: 7,
      d: { ...channel, seq_ack: -1 },
    });
    expect(JSON.parse(heartbeatMessage(4, 0))).toEqual({ op: 3, d: { t: 4, seq_ack: 0 } });
    expect(JSON.parse(selectProtocolMessage("203.0.113.9", 5, "aead_aes256_gcm_rtpsize"))).toEqual({
      op: 1,
      d: { protocol: "udp", data: { address: "203.0.113.9", port: 5, mode: "aead_aes256_gcm_rtpsize" } },
    });
    expect(JSON.parse(speakingMessage(7))).toEqual({ op: 5, d: { speaking: 1, delay: 0, ssrc: 7 } });
  });
});

describe("messages of the voice gateway", () => {
  const read = (op: number, d: unknown) => readVoiceMessage(JSON.stringify({ op, d, seq: 1 }));
  const key = Array.from({ length: 32 }, (_, i) => i);

  it("are read by type", () => {
    expect(read(8, { v: 8, heartbeat_interval: 13750.25 })).toEqual({
      outcome: "hello",
      heartbeatIntervalMs: 13750.25,
    });
    expect(read(2, { ssrc: 1, ip: "203.0.113.9", port: 2, modes: ["m"], experiments: [] })).toEqual({
      outcome: "ready",
      ssrc: 1,
      address: "203.0.113.9",
      port: 2,
      modes: ["m"],
    });
    expect(read(4, { mode: "m", secret_key: key, dave_protocol_version: 1 })).toEqual({
      outcome: "session",
      mode: "m",
      secretKey: Uint8Array.from(key),
    });
    expect(read(4, { dave_protocol_version: 1 })).toEqual({ outcome: "other" });
    expect(read(5, { user_id: "1", ssrc: 2, speaking: 1 })).toEqual({
      outcome: "speaking",
      userId: "1",
      ssrc: 2,
    });
    expect(read(6, { t: 9 })).toEqual({ outcome: "heartbeat-ack", nonce: 9 });
    expect(read(6, 9)).toEqual({ outcome: "heartbeat-ack", nonce: 9 });
    expect(read(9, null)).toEqual({ outcome: "resumed" });
    expect(read(13, { user_id: "1" })).toEqual({ outcome: "left", userId: "1" });
    // O1: numbers too, where they are safe integers
    expect(read(13, { user_id: 1 })).toEqual({ outcome: "left", userId: "1" });
    expect(read(27, {})).toEqual({ outcome: "other" });
  });

  it("are text too when they come as bytes; binary opcodes are not (O2)", () => {
    const text = new TextEncoder().encode('{"op":9,"d":null}');
    expect(readVoiceMessage(text)).toEqual({ outcome: "resumed" });
    expect(readVoiceMessage(text.buffer)).toEqual({ outcome: "resumed" });
    expect(readVoiceMessage([text.subarray(0, 5), text.subarray(5)])).toEqual({ outcome: "resumed" });
    expect(readVoiceMessage(Uint8Array.of(0x7b, 0x22, 29, 0, 0))).toEqual({ outcome: "other" });
    expect(readVoiceMessage(Uint8Array.of(0, 1, 25))).toEqual({ outcome: "other" });
  });

  it.each<[string, number, unknown]>([
    ["a key of 31 bytes", 4, { mode: "m", secret_key: key.slice(1) }],
    ["a key with a byte of 256", 4, { mode: "m", secret_key: [...key.slice(1), 256] }],
    ["a key without a mode", 4, { secret_key: key }],
    ["an interval of 0", 8, { heartbeat_interval: 0 }],
    ["an interval of text", 8, { heartbeat_interval: "5000" }],
    ["no body", 8, null],
    ["a port of 0", 2, { ssrc: 1, ip: "203.0.113.9", port: 0, modes: [] }],
    ["modes that are no list", 2, { ssrc: 1, ip: "203.0.113.9", port: 1, modes: "m" }],
    ["an SSRC of 33 bits", 5, { user_id: "1", ssrc: 2 ** 32 }],
    ["a user id that is no number", 5, { user_id: "__proto__", ssrc: 1 }],
    ["a user id of a number that has lost digits", 13, { user_id: 2 ** 60 }],
    ["a user id beyond 64 bits", 5, { user_id: "18446744073709551616", ssrc: 1 }],
    ["a user id with leading zeros", 5, { user_id: "007", ssrc: 1 }],
    ["no address", 2, { ssrc: 1, ip: "", port: 1, modes: [] }],
  ])("with %s are malformed", (_title, op, d) => {
    expect(read(op, d)).toEqual({ outcome: "malformed", op });
  });

  it("never throw, whatever comes", () => {
    const bad = ["", "null", "7", "[]", '{"op":"__proto__"}', '{"op":1e9}', "{", new Uint8Array(0), []];
    for (const message of bad) expect(["malformed", "other"]).toContain(readVoiceMessage(message).outcome);
    const anything = fc.record({ op: fc.integer({ min: 0, max: 14 }), d: fc.jsonValue() });
    const types = fc
      .sample(anything, 1000)
      .map((message) => readVoiceMessage(JSON.stringify(message)).outcome);
    expect(types.length).toBe(1000);
  });
});
