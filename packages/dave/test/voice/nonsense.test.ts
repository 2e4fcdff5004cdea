// Every function and every method of @puredave/dave/voice, called with what makes no sense.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { DaveClient } from "../../src/index.ts";
import * as voice from "../../src/voice.ts";
import {
  any,
  attempts,
  bytes,
  callback,
  complaint,
  type Domain,
  flag,
  id,
  integer,
  methodsOf,
  number,
  oneOf,
  optional,
  record,
  text,
  time,
  websocketData,
} from "../support/nonsense.ts";

const U16 = 0xffff;
const U32 = 0xffff_ffff;
const SAFE = Number.MAX_SAFE_INTEGER;
const makeClient = () =>
  new DaveClient({ userId: "158049329150427136", channelId: "927310423890473011", send: () => {} });

const member = any(
  () => ({ userId: "158049329150427136", channelId: "927310423890473011" }),
  () => false,
);
const credentials = record({ serverId: id, sessionId: text("s"), token: text("t") });
const seqAck = integer(-1, -1, SAFE);
const mode = oneOf("aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize");
const data = websocketData('{"op":6,"d":{}}');
const packet = record({
  payloadType: integer(120, 0, 127),
  marker: optional(flag),
  sequenceNumber: integer(1, 0, U16),
  timestamp: integer(960, 0, U32),
  ssrc: integer(7, 0, U32),
  csrcs: optional(
    any(
      () => [1, 2],
      (value) => Array.isArray(value) && value.every((one) => one === 1),
    ),
  ),
  extension: optional(
    record({
      profile: integer(0xbede, 0, U16),
      body: any(
        () => new Uint8Array(4),
        (value) => value instanceof Uint8Array && value.length % 4 === 0,
      ),
    }),
  ),
  padding: optional(integer(3, 1, 255)),
  frame: bytes(),
});
const header = any(
  () =>
    voice.writeRtp({ payloadType: 120, sequenceNumber: 1, timestamp: 0, ssrc: 7, frame: new Uint8Array(1) })
      .header,
  () => false,
);
const socket = any(
  () => ({ send: () => {}, close: () => {} }),
  () => false,
);

/** Functions and constructors: the domains of their arguments. */
const CALLS: Readonly<Record<string, readonly Domain[]>> = {
  closeMeaning: [optional(integer(4006, 0, U16))],
  Heartbeat: [record({ intervalMs: number(5000, Number.MIN_VALUE, Number.MAX_VALUE), now: time })],
  heartbeatMessage: [integer(1, 0, SAFE), seqAck],
  identifyMessage: [member, credentials],
  ipDiscoveryRequest: [integer(7, 0, U32)],
  OpusStream: [
    record({
      ssrc: integer(7, 0, U32),
      sequenceNumber: optional(integer(1, 0, U16)),
      timestamp: optional(integer(1, 0, U32)),
      samples: optional(integer(960, 1, U16)),
    }),
  ],
  Pacer: [
    record({
      packetMs: optional(number(20, Number.MIN_VALUE, Number.MAX_VALUE)),
      maxBurst: optional(integer(5, 1, SAFE)),
      now: time,
    }),
  ],
  readIpDiscovery: [bytes()],
  readRtp: [bytes(), bytes()],
  readVoiceMessage: [data],
  reconnectDelay: [record({ failures: integer(1, 0, SAFE), random: optional(number(0.5, 0, 1)) })],
  resumeMessage: [member, credentials, seqAck],
  rtpHeaderLength: [bytes()],
  selectProtocolMessage: [text("203.0.113.1", () => false), integer(5000, 1, U16), mode],
  selectTransportMode: [any(() => [], Array.isArray)],
  speakingMessage: [integer(7, 0, U32), optional(integer(1, 0, 7))],
  TransportCipher: [
    mode,
    bytes(32),
    optional(
      record({
        backend: optional(oneOf("auto", "portable", "platform")),
        counter: optional(integer(0, 0, U32)),
      }),
    ),
  ],
  VoiceConnection: [
    record({
      client: any(makeClient, () => false),
      credentials,
      connect: callback,
      sendPacket: callback,
      ended: optional(callback),
      maxFailures: optional(integer(8, 1, SAFE)),
      random: optional(callback),
      onFault: optional(callback),
    }),
  ],
  writeRtp: [packet],
};

const makeConnection = () =>
  new voice.VoiceConnection({
    client: makeClient(),
    credentials: { serverId: "5", sessionId: "s", token: "t" },
    connect: () => {},
    sendPacket: () => {},
  });
const started = () => {
  const connection = makeConnection();
  connection.start();
  return connection;
};

/** Objects with methods: how to make one, and the domains of the arguments of each method. */
const OBJECTS: Readonly<
  Record<string, [make: () => object, methods: Readonly<Record<string, readonly Domain[]>>]>
> = {
  Heartbeat: [
    () => new voice.Heartbeat({ intervalMs: 1000, now: 0 }),
    { due: [time], answered: [optional(integer(1, 0, SAFE)), time] },
  ],
  OpusStream: [() => new voice.OpusStream({ ssrc: 7 }), { next: [bytes()], skip: [integer(1, 0, SAFE)] }],
  Pacer: [() => new voice.Pacer({ now: 0 }), { take: [time] }],
  TransportCipher: [
    () => new voice.TransportCipher("aead_aes256_gcm_rtpsize", new Uint8Array(32)),
    { seal: [header, bytes()], open: [bytes()], close: [], [String(Symbol.dispose)]: [] },
  ],
  VoiceConnection: [
    started,
    {
      start: [],
      open: [socket],
      send: [
        any(
          () => "x",
          (value) => typeof value === "string" || value instanceof Uint8Array,
        ),
      ],
      tick: [time],
      speak: [bytes(), time],
      stopSpeaking: [time],
      packet: [bytes(), time],
      close: [],
      [String(Symbol.dispose)]: [],
      "Symbol(nodejs.util.inspect.custom)": [],
    },
  ],
  VoiceLink: [
    () => started().open({ send: () => {}, close: () => {} }),
    { message: [data, time], closed: [optional(integer(1006, 0, U16))] },
  ],
};

const EXPORTS = Object.entries(voice) as [string, unknown][];
const isClass = (value: unknown): value is { prototype: object } =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));

describe("the door @puredave/dave/voice", () => {
  it("has no function, constructor or method that this file leaves out", () => {
    // an error is made by the package, never by a caller
    const callable = EXPORTS.filter(([name, value]) => typeof value === "function" && name !== "DaveError");
    expect(callable.map(([name]) => name).sort()).toEqual(Object.keys(CALLS).sort());
    const classes = callable.filter(([, value]) => isClass(value));
    expect([...classes.map(([name]) => name), "VoiceLink"].sort()).toEqual(Object.keys(OBJECTS).sort());
    for (const [name, value] of classes)
      expect(methodsOf((value as { prototype: object }).prototype).sort()).toEqual(
        Object.keys(OBJECTS[name]![1]).sort(),
      );
    expect(methodsOf(OBJECTS.VoiceLink![0]()).sort()).toEqual(Object.keys(OBJECTS.VoiceLink![1]).sort());
  });

  it("has no constant that a caller can change for everybody", () => {
    for (const [name, value] of EXPORTS)
      if (typeof value === "object") expect(Object.isFrozen(value), name).toBe(true);
  });

  for (const [name, domains] of Object.entries(CALLS))
    it(`${name} takes what fits and refuses all else by name`, () => {
      const value = (voice as unknown as Record<string, () => unknown>)[name]!;
      const invoke = isClass(value)
        ? Reflect.construct
        : (call: () => unknown, args: readonly unknown[]) => Reflect.apply(call, undefined, args);
      const call = (args: readonly unknown[]) => () => invoke(value as never, args as unknown[]);
      const complaints = attempts(domains).map(({ title, args, fits }) => [
        title,
        complaint(call(args), fits),
      ]);
      expect(complaints.filter(([, found]) => found !== undefined)).toEqual([]);
    });

  for (const [name, [make, methods]] of Object.entries(OBJECTS))
    for (const [method, domains] of Object.entries(methods))
      if (domains.length > 0)
        it(`${name}.${method} takes what fits and refuses all else by name`, () => {
          const complaints = attempts(domains).map(({ title, args, fits }) => {
            const object = make() as Record<string, (...args: readonly unknown[]) => unknown>;
            return [title, complaint(() => object[method]!(...args), fits)];
          });
          expect(complaints.filter(([, found]) => found !== undefined)).toEqual([]);
        });
});

describe("a VoiceConnection at the wrong time", () => {
  const refused = expect.objectContaining({ code: "invalid-argument" });
  const closed = expect.objectContaining({ code: "closed" });
  const quiet = () => ({ send: () => {}, close: () => {} });

  it("is refused for a client that was closed", () => {
    const client = makeClient();
    client.close();
    const options = { client, credentials: { serverId: "5", sessionId: "s", token: "t" } };
    expect(() => new voice.VoiceConnection({ ...options, connect: () => {}, sendPacket: () => {} })).toThrow(
      closed,
    );
  });

  it("starts once", () => {
    const connects: number[] = [];
    const connection = new voice.VoiceConnection({
      client: makeClient(),
      credentials: { serverId: "5", sessionId: "s", token: "t" },
      connect: (delayMs) => void connects.push(delayMs),
      sendPacket: () => {},
    });
    connection.start();
    expect(() => connection.start()).toThrow(refused);
    expect(connects).toEqual([0]);
    connection.close();
    expect(() => connection.start()).toThrow(closed);
  });

  it("takes one websocket each time that it has asked for one", () => {
    expect(() => makeConnection().open(quiet())).toThrow(refused);
    const connection = started();
    const link = connection.open(quiet());
    expect(() => connection.open(quiet())).toThrow(refused);
    link.closed(1006);
    connection.open(quiet());
    expect(() => connection.open(quiet())).toThrow(refused);
  });

  it("closes a websocket that was still being opened when it ended", () => {
    const connection = started();
    connection.close();
    const closes: number[] = [];
    const link = connection.open({ send: () => {}, close: (code) => void closes.push(code) });
    expect(closes).toEqual([1000]);
    link.message('{"op":8,"d":{"heartbeat_interval":5}}', 0);
    link.closed(1000);
    expect(connection.state).toBe("ended");
  });
});

describe("what console.log shows", () => {
  it("of a connection: its state, and neither token nor key", () => {
    const connection = makeConnection();
    expect(inspect(connection)).toMatch(/^VoiceConnection \{ .*state: idle, ready: false.* \}$/);
    connection.start();
    expect(inspect(connection)).toMatch(/state: connecting/);
    connection.close();
    expect(inspect(connection)).toMatch(/state: ended/);
  });

  it("of a cipher: its mode", () => {
    const cipher = new voice.TransportCipher("aead_aes256_gcm_rtpsize", new Uint8Array(32).fill(7));
    expect(inspect(cipher)).toBe("TransportCipher { mode: 'aead_aes256_gcm_rtpsize' }");
  });
});
