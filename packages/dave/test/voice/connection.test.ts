// A bot's connection in virtual time: identify, discovery, keys, speaking, heartbeats, resume, identify anew, the end.
import { describe, expect, it } from "vitest";
import { DaveClient, type GatewayData } from "../../src/index.ts";
import {
  readRtp,
  TransportCipher,
  VoiceConnection,
  type VoiceConnectionOptions,
  type VoiceEnd,
  type VoiceLink,
  writeRtp,
} from "../../src/voice.ts";

const [ME, OTHER, CHANNEL] = ["158049329150427136", "158533742254751744", "927310423890473011"];
const SERVER = { address: "203.0.113.1", port: 50000 };
const OPUS = Uint8Array.of(0x78, 1, 2, 3);
const KEY = Array.from({ length: 32 }, (_, i) => i);
const MODE = "aead_aes256_gcm_rtpsize";

type Json = { readonly op: number; readonly d: Record<string, unknown> };

/** A connection with everything it did, and the server's part played by hand. */
class Rig {
  readonly client: DaveClient;
  readonly voice: VoiceConnection;
  readonly said: Json[] = [];
  readonly packets: Uint8Array[] = [];
  readonly connects: number[] = [];
  readonly closes: number[] = [];
  readonly ends: VoiceEnd[] = [];
  readonly faults: unknown[] = [];
  link!: VoiceLink;
  now = 0;
  seq = 0;

  constructor(options: Partial<VoiceConnectionOptions> = {}) {
    const send = (message: string | Uint8Array) => this.voice.send(message);
    this.client = new DaveClient({ userId: ME!, channelId: CHANNEL!, send });
    this.voice = new VoiceConnection({
      client: this.client,
      credentials: { serverId: "5", sessionId: "s", token: "t" },
      connect: (delayMs) => void this.connects.push(delayMs),
      sendPacket: (packet, to) => {
        expect(to).toMatchObject(SERVER);
        this.packets.push(packet);
      },
      ended: (end) => void this.ends.push(end),
      onFault: (fault) => void this.faults.push(fault),
      ...options,
    });
    this.voice.start();
  }

  open(): this {
    this.link = this.voice.open({
      send: (message) => void (typeof message === "string" && this.said.push(JSON.parse(message) as Json)),
      close: (code) => void this.closes.push(code),
    });
    return this;
  }

  say(op: number, d: unknown, seq?: number): void {
    this.link.message(JSON.stringify(seq === undefined ? { op, d } : { op, d, seq }), this.now);
  }

  hello(): this {
    this.say(8, { v: 9, heartbeat_interval: 1000 });
    return this;
  }

  ready(modes = [MODE]): this {
    this.say(2, { ssrc: 7, ip: SERVER.address, port: SERVER.port, modes });
    return this;
  }

  discover(): void {
    const answer = Buffer.alloc(74);
    answer.writeUInt16BE(2, 0);
    answer.writeUInt16BE(70, 2);
    answer.writeUInt32BE(7, 4);
    answer.write("198.51.100.4", 8);
    answer.writeUInt16BE(4321, 72);
    this.voice.packet(answer, this.now);
  }

  /** Op 4 of a call whose version is 0: frames pass as they are. */
  session(key = KEY): void {
    this.say(4, { mode: MODE, secret_key: key, dave_protocol_version: 0 }, this.seq++);
  }

  connected(): this {
    this.open().hello().ready().discover();
    this.session();
    return this;
  }

  ops(): number[] {
    return this.said.splice(0).map(({ op }) => op);
  }

  /** Opens what was sent last. */
  lastFrame(key = KEY) {
    const packet = this.packets.at(-1)!;
    const opened = new TransportCipher(MODE, Uint8Array.from(key)).open(packet);
    return opened.outcome === "opened" ? readRtp(packet, opened.payload) : opened;
  }
}

/** A packet of another member. */
function packetOf(ssrc: number, frame: Uint8Array, payloadType = 120): Uint8Array {
  const { header, payload } = writeRtp({ payloadType, sequenceNumber: 3, timestamp: 960, ssrc, frame });
  const sealed = new TransportCipher(MODE, Uint8Array.from(KEY)).seal(header, payload);
  return sealed.outcome === "sealed" ? sealed.packet : new Uint8Array(0);
}

describe("a connection begins", () => {
  it("asks for a websocket, identifies behind op 8, discovers its address behind op 2, selects behind the answer", () => {
    const rig = new Rig();
    expect(rig.connects).toEqual([0]);
    rig.open();
    expect(rig.said).toEqual([]);
    rig.hello();
    expect(rig.said[0]).toMatchObject({
      op: 0,
      d: { user_id: ME, channel_id: CHANNEL, server_id: "5", max_dave_protocol_version: 1 },
    });
    rig.ready(["xsalsa20_poly1305", MODE]);
    expect(rig.packets.map(({ length }) => length)).toEqual([74]);
    rig.discover();
    expect(rig.said.at(-1)).toEqual({
      op: 1,
      d: { protocol: "udp", data: { address: "198.51.100.4", port: 4321, mode: MODE } },
    });
    expect(rig.voice.ready).toBe(false);
    rig.session();
    expect(rig.voice.ready).toBe(true);
  });

  it("asks again when IP discovery is not answered, and takes one answer", () => {
    const rig = new Rig();
    rig.open().hello().ready();
    expect(rig.voice.nextAt).toBe(1000);
    rig.voice.tick(1000);
    rig.say(6, { t: 1 });
    rig.voice.tick(2000);
    expect(rig.packets.length).toBe(3);
    rig.discover();
    rig.discover();
    expect(rig.ops().filter((op) => op === 1)).toEqual([1]);
  });

  it("ends when the server offers no mode that is known", () => {
    const rig = new Rig();
    rig.open().hello().ready(["xsalsa20_poly1305"]);
    expect(rig.ends).toEqual([{ reason: "no-mode" }]);
    expect(rig.closes).toEqual([1000]);
  });
});

describe("a connection speaks", () => {
  it("says op 5 before the first packet, and again after a pause", () => {
    const rig = new Rig().connected();
    expect(rig.voice.speak(OPUS, 0)).toEqual({ outcome: "sent", encrypted: false });
    expect(rig.said.at(-1)).toEqual({ op: 5, d: { speaking: 1, delay: 0, ssrc: 7 } });
    expect(rig.lastFrame()).toMatchObject({ ssrc: 7, payloadType: 120, timestamp: 0, frame: OPUS });
    rig.ops();
    rig.voice.speak(OPUS, 20);
    expect(rig.ops()).toEqual([]);
    rig.voice.stopSpeaking(40);
    expect(rig.said).toEqual([{ op: 5, d: { speaking: 0, delay: 0, ssrc: 7 } }]);
    // one discovery, two frames, five of silence
    expect(rig.packets.length).toBe(8);
    expect(rig.lastFrame()).toMatchObject({ sequenceNumber: 6, frame: Uint8Array.of(0xf8, 0xff, 0xfe) });
    rig.ops();
    rig.voice.speak(OPUS, 1040);
    expect(rig.ops()).toEqual([5]);
    // seven packets, and a second in which 49 more would have left
    expect(rig.lastFrame()).toMatchObject({ sequenceNumber: 7, timestamp: (7 + 49) * 960 });
  });

  it("says why a frame cannot leave", () => {
    const rig = new Rig();
    rig.open().hello().ready();
    expect(rig.voice.speak(OPUS, 0)).toEqual({ outcome: "not-sent", reason: "not-connected" });
    rig.discover();
    // DAVE is expected here, and there is no group yet
    rig.say(4, { mode: MODE, secret_key: KEY, dave_protocol_version: 1 }, 0);
    expect(rig.voice.speak(OPUS, 0)).toEqual({ outcome: "not-sent", reason: "not-ready" });
    expect(rig.said.map(({ op }) => op)).not.toContain(5);
    expect(() => rig.voice.speak("opus" as never, 0)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  it("never uses a nonce twice, though op 4 repeats the key, and changes the key when op 4 does", () => {
    const rig = new Rig().connected();
    const counters = () =>
      rig.packets.slice(1).map((packet) => Buffer.from(packet.subarray(-4)).readUInt32BE());
    rig.voice.speak(OPUS, 0);
    rig.session();
    rig.say(4, { dave_protocol_version: 0 }, rig.seq++);
    rig.voice.speak(OPUS, 20);
    expect(counters()).toEqual([0, 1]);
    const other = [...KEY].reverse();
    rig.session(other);
    rig.voice.speak(OPUS, 40);
    expect(rig.lastFrame(other)).toMatchObject({ sequenceNumber: 2, timestamp: 1920, frame: OPUS });
  });

  it("keeps the UDP path open while it is silent", () => {
    const rig = new Rig().connected();
    for (rig.now = 0; rig.now <= 11_000; rig.now += 500) {
      rig.voice.tick(rig.now);
      rig.say(6, {});
    }
    expect(rig.packets.slice(1).map(({ length }) => length)).toEqual([8, 8]);
  });
});

describe("a connection whose websocket is down", () => {
  it("keeps the UDP path open, and says when it is to be ticked for that", () => {
    const rig = new Rig().connected();
    rig.link.closed(1006);
    expect(rig.voice.nextAt).toBe(5000);
    rig.voice.tick(5000);
    expect(rig.packets.slice(1).map(({ length }) => length)).toEqual([8]);
    rig.voice.close();
    expect(rig.voice.nextAt).toBeUndefined();
  });
});

describe("a connection hears", () => {
  it("the frame of whoever op 5 named", () => {
    const rig = new Rig().connected();
    rig.say(5, { user_id: OTHER, ssrc: 9, speaking: 1 });
    expect(rig.voice.packet(packetOf(9, OPUS), 0)).toEqual({
      outcome: "heard",
      userId: OTHER,
      ssrc: 9,
      sequenceNumber: 3,
      timestamp: 960,
      encrypted: false,
      frame: OPUS,
    });
  });

  it("nothing of an SSRC that nobody announced, and nothing once op 13 has taken the owner away", () => {
    const rig = new Rig().connected();
    const outcome = () => {
      const heard = rig.voice.packet(packetOf(9, OPUS), 0);
      return heard.outcome === "dropped" ? heard.reason : heard.outcome;
    };
    expect(outcome()).toBe("sender");
    rig.say(5, { user_id: OTHER, ssrc: 9 });
    expect(outcome()).toBe("heard");
    rig.say(13, { user_id: OTHER });
    expect(outcome()).toBe("sender");
  });

  it("says what other packets are", () => {
    const rig = new Rig().connected();
    rig.say(5, { user_id: OTHER, ssrc: 9 });
    const heard = (packet: Uint8Array) => {
      const { outcome, ...rest } = rig.voice.packet(packet, 0);
      return `${outcome} ${"reason" in rest ? rest.reason : ""}`;
    };
    expect(heard(new Uint8Array(8))).toBe("none not-rtp");
    expect(heard(packetOf(9, new Uint8Array(0)))).toBe("none padding");
    expect(heard(packetOf(9, OPUS, 101))).toBe("none not-audio");
    expect(heard(Uint8Array.from([...packetOf(9, OPUS).subarray(0, -1), 9]))).toBe("dropped transport");
    expect(heard(new Uint8Array(0))).toBe("none not-rtp");
    // a protocol frame in a call that has no keys
    const sealed = Uint8Array.from([...new Uint8Array(20), 1, 12, 0xfa, 0xfa]);
    expect(heard(packetOf(9, sealed))).toBe("dropped dave");
    expect(() => rig.voice.packet("text" as never, 0)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
});

describe("heartbeats", () => {
  it("carry the number of the last message, and their answer tells the latency", () => {
    const rig = new Rig().connected();
    rig.ops();
    rig.voice.tick(1000);
    expect(rig.said).toEqual([{ op: 3, d: { t: 1, seq_ack: 0 } }]);
    rig.now = 1030;
    rig.say(6, { t: 1 });
    expect(rig.voice.latencyMs).toBe(30);
  });

  it("without an answer end the websocket, not with 1000, and the session is resumed", () => {
    const rig = new Rig().connected();
    rig.voice.tick(1000);
    rig.voice.tick(2000);
    expect(rig.closes).toEqual([4900]);
    expect(rig.connects).toEqual([0, 0]);
    rig.ops();
    rig.open().hello();
    expect(rig.said).toEqual([
      { op: 7, d: { server_id: "5", channel_id: CHANNEL, session_id: "s", token: "t", seq_ack: 0 } },
    ]);
  });
});

describe("a connection breaks", () => {
  it("is resumed with its keys, its SSRCs and its connection number", () => {
    const rig = new Rig().connected();
    rig.say(5, { user_id: OTHER, ssrc: 9 });
    rig.link.closed(1006);
    // the UDP side goes on meanwhile
    expect(rig.voice.packet(packetOf(9, OPUS), 0).outcome).toBe("heard");
    expect(rig.voice.speak(OPUS, 0).outcome).toBe("sent");
    rig.ops();
    rig.open().hello();
    rig.say(9, null);
    expect(rig.ops()).toEqual([7]);
    // what is numbered on is taken: the client still holds the same connection for its own
    rig.say(4, { dave_protocol_version: 0 }, 1);
    expect(rig.client.seqAck).toBe(1);
    expect(rig.voice.packet(packetOf(9, OPUS), 0).outcome).toBe("heard");
    rig.voice.speak(OPUS, 20);
    expect(rig.ops()).toEqual([5]);
  });

  it("identifies anew when the resume is refused, and forgets keys and SSRCs", () => {
    const rig = new Rig().connected();
    rig.link.closed(1006);
    rig.open().hello();
    rig.link.closed(4006);
    expect(rig.connects).toEqual([0, 0, 1000]);
    expect(rig.voice.speak(OPUS, 0)).toEqual({ outcome: "not-sent", reason: "not-connected" });
    rig.ops();
    rig.open().hello();
    expect(rig.ops()).toEqual([0]);
    expect(rig.client.seqAck).toBe(-1);
  });

  it("gives up the session after three failed resumes, and everything after eight failures in a row", () => {
    const rig = new Rig({ random: () => 0.5 }).connected();
    const firstOps: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      rig.link.closed(1006);
      rig.ops();
      rig.open().hello();
      firstOps.push(...rig.ops());
    }
    expect(firstOps).toEqual([7, 7, 7, 0, 0, 0, 0, 0]);
    expect(rig.connects.slice(1)).toEqual([0, 1000, 2000, 4000, 8000, 16000, 32000, 60000]);
    rig.link.closed(1006);
    expect(rig.ends).toEqual([{ reason: "gave-up" }]);
  });

  it("gives up a websocket that brings no op 8 for fifteen seconds", () => {
    const rig = new Rig();
    rig.open();
    expect(rig.voice.nextAt).toBe(0);
    rig.voice.tick(1000);
    expect(rig.voice.nextAt).toBe(16_000);
    rig.voice.tick(15_999);
    expect(rig.closes).toEqual([]);
    rig.voice.tick(16_000);
    expect(rig.closes).toEqual([4900]);
    expect(rig.connects).toEqual([0, 0]);
  });

  it("shows in its state", () => {
    const rig = new Rig();
    const states = [rig.voice.state];
    rig.connected();
    states.push(rig.voice.state);
    rig.link.closed(1006);
    states.push(rig.voice.state);
    rig.open().hello();
    states.push(rig.voice.state);
    rig.say(9, null);
    states.push(rig.voice.state);
    rig.link.closed(4006);
    states.push(rig.voice.state);
    rig.voice.close();
    states.push(rig.voice.state);
    const whileResumed = ["connected", "resuming", "resuming", "connected"];
    expect(states).toEqual(["connecting", ...whileResumed, "connecting", "ended"]);
  });

  it("does not come back after a code that forbids it", () => {
    const rig = new Rig().connected();
    rig.link.closed(4017);
    expect(rig.ends).toMatchObject([{ reason: "closed", code: 4017 }]);
    expect(rig.connects).toEqual([0]);
    expect(rig.voice.nextAt).toBeUndefined();
    expect(rig.voice.ready).toBe(false);
  });

  it("takes no more from an older websocket (O4)", () => {
    const rig = new Rig().connected();
    const old = rig.link;
    rig.link.closed(1006);
    rig.open().hello();
    old.closed(4017);
    old.message('{"op":9,"d":null}', 0);
    expect(rig.ends).toEqual([]);
    expect(rig.connects).toEqual([0, 0]);
  });
});

describe("a websocket may hand out its messages", () => {
  const hello = '{"op":8,"d":{"v":9,"heartbeat_interval":1000}}';
  const bytes = new TextEncoder().encode(hello);
  it.each<[string, GatewayData | Blob]>([
    ["as text", hello],
    ["as bytes", bytes],
    ["as an ArrayBuffer", bytes.buffer],
    ["in pieces", [bytes.subarray(0, 9), bytes.subarray(9)]],
    ["as a Blob of text", new Blob([hello])],
  ])("%s", async (_title, data) => {
    const rig = new Rig();
    rig.open();
    rig.link.message(data, 5);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(rig.ops()).toEqual([0]);
    expect(rig.voice.nextAt).toBe(1005);
  });

  it("as Blobs between texts: they are applied in the order in which they came", async () => {
    const rig = new Rig();
    rig.open();
    rig.link.message(new Blob([hello]), 0);
    rig.ready();
    expect(rig.packets.length).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(rig.ops()).toEqual([0]);
    expect(rig.packets.length).toBe(1);
  });

  it("as a Blob that cannot be read: it is a fault, and the messages behind it are applied", async () => {
    const rig = new Rig();
    rig.open();
    rig.link.message({ arrayBuffer: () => Promise.reject(new Error("gone")) }, 0);
    rig.hello();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(rig.faults).toHaveLength(1);
    expect(rig.ops()).toEqual([0]);
  });
});

describe("a connection ends", () => {
  it("with its client, whoever closes that", () => {
    const rig = new Rig().connected();
    rig.client.close();
    expect(rig.closes).toEqual([1000]);
    expect(rig.ends).toEqual([{ reason: "left" }]);
    expect(rig.voice.state).toBe("ended");
  });

  it("once, with 1000, and is silent from then on", () => {
    const rig = new Rig().connected();
    rig.voice.close();
    rig.voice.close();
    expect(rig.closes).toEqual([1000]);
    expect(rig.ends).toEqual([{ reason: "left" }]);
    rig.link.message('{"op":8,"d":{"heartbeat_interval":5}}', 0);
    rig.link.closed(1006);
    rig.voice.tick(1e9);
    expect(rig.connects).toEqual([0]);
    expect(rig.voice.speak(OPUS, 0).outcome).toBe("not-sent");
    expect(rig.voice.packet(packetOf(9, OPUS), 0).outcome).toBe("dropped");
  });
});

describe("a connect that fails", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("no network");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no network"))],
  ] as const)(
    "is asked again by tick after a growing delay, until it has failed too often: it %s",
    async (_, fails) => {
      const asked: number[] = [];
      let now = 0;
      const connect = () => {
        asked.push(now);
        return fails() as never;
      };
      const rig = new Rig({ connect, maxFailures: 4, random: () => 0.5 });
      for (now = 0; now < 60_000 && rig.ends.length === 0; now += 100) {
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
        rig.voice.tick(now);
      }
      expect(rig.ends).toEqual([{ reason: "gave-up" }]);
      const gaps = asked.slice(1).map((at, i) => at - asked[i]!);
      expect(asked).toHaveLength(5);
      // at once, then after 1, 2 and 4 seconds, each counted from the next of the ticks that come every 100 ms
      [0, 1000, 2000, 4000].forEach((delay, i) => {
        expect(gaps[i]).toBeGreaterThanOrEqual(delay);
        expect(gaps[i]).toBeLessThanOrEqual(delay + 200);
      });
      expect(rig.faults).toHaveLength(5);
    },
  );

  it("counts no more once a websocket has been given", async () => {
    const rig = new Rig({
      connect: () => Promise.resolve().then(() => Promise.reject(new Error("late"))) as never,
    });
    rig.open().hello();
    for (let i = 0; i < 10; i++) await Promise.resolve();
    rig.voice.tick(1000);
    rig.voice.tick(100_000);
    expect(rig.faults.length).toBeGreaterThan(0);
    expect(rig.ends).toEqual([]);
  });
});

describe("what the owner's functions throw", () => {
  it("is told when it is a promise that rejects, a number of no use, or thrown by onFault itself", async () => {
    const rejects = () => Promise.reject(new Error("later")) as never;
    const rig = new Rig({ connect: rejects, random: () => Number.NaN });
    rig.connected();
    rig.link.closed(4006);
    await new Promise((resolve) => setTimeout(resolve, 0));
    // connect twice, random once after the close and once for the connect that failed
    expect(rig.faults).toHaveLength(4);
    const broken = () => JSON.parse("broken") as undefined;
    const worse = new Rig({ onFault: broken, sendPacket: broken });
    worse.open().hello().ready();
    expect(worse.voice.state).toBe("connecting");
  });

  it("is told, and changes nothing", () => {
    const broken = () => JSON.parse("broken") as undefined;
    const rig = new Rig({ connect: broken, sendPacket: broken, ended: broken });
    rig.link = rig.voice.open({ send: broken, close: broken });
    rig.hello().ready().discover();
    rig.session();
    expect(rig.voice.speak(OPUS, 0).outcome).toBe("sent");
    rig.link.closed(1006);
    rig.voice.close();
    // connect; op 0; discovery; op 1; op 5; the packet; connect again; ended
    expect(rig.faults.length).toBe(8);
  });

  it("malformed messages of the server throw nothing and change nothing", () => {
    const rig = new Rig().connected();
    for (const text of [
      "",
      "{",
      "null",
      '{"op":4,"d":{"mode":1,"secret_key":[]}}',
      '{"op":2,"d":{}}',
      '{"op":8,"d":7}',
      '{"op":5,"d":{"user_id":"99999999999999999999","ssrc":9}}',
    ])
      rig.link.message(text, 0);
    expect(rig.voice.ready).toBe(true);
    // an SSRC of a user who cannot be
    expect(rig.voice.packet(packetOf(9, OPUS), 0)).toMatchObject({ outcome: "dropped", reason: "sender" });
    expect(rig.faults).toEqual([]);
  });
});
