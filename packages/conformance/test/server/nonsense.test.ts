// Every option, method and property of the voice server, given what makes no sense.
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  any,
  attempts,
  callback,
  complaint,
  type Domain,
  flag,
  integer,
  methodsOf,
  number,
  optional,
  record,
} from "../../../dave/test/support/nonsense.ts";
import { checkServerOptions } from "../../src/server/check-options.ts";
import { LIMITS, PLAIN_RTP } from "../../src/server/options.ts";
import * as door from "../../src/server.ts";
import { PLAIN_KNOBS } from "../../src/sim/gateway/knobs.ts";
import { PLAIN_SFU } from "../../src/sim/sfu.ts";

const { VoiceServer } = door;
const servers: door.VoiceServer[] = [];
const start = async (options?: door.VoiceServerOptions) => {
  const server = await VoiceServer.start(options);
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const MAX_MS = 86_400_000;
const chance = number(0.5, 0, 1);
const ms = integer(5, 0, MAX_MS);
const user = any(
  () => "158049329150427136",
  (value) => value === "1",
);

/** A group of knobs: times end in Ms, switches are on or off, the named ones are numbers, and the rest are chances. */
const group = (standard: object, named: Readonly<Record<string, Domain>> = {}): Domain =>
  optional(
    record(
      Object.fromEntries(
        Object.entries(standard).map(([name, value]) => [
          name,
          optional(named[name] ?? (typeof value === "boolean" ? flag : name.endsWith("Ms") ? ms : chance)),
        ]),
      ),
    ),
  );
const paths = optional(
  record({
    control: optional(
      record({ minDelayMs: optional(integer(0, 0, 5)), maxDelayMs: optional(integer(5, 0, MAX_MS)) }),
    ),
    media: group(PLAIN_SFU, { minDelayMs: integer(0, 0, 5) }),
  }),
);
const count = integer(50, 1, 0xffff_ffff);

const OPTIONS = record({
  port: optional(integer(0, 0, 0xffff)),
  udpPort: optional(integer(0, 0, 0xffff)),
  channelId: optional(user),
  seed: optional(integer(1, 0, 0xffff_ffff)),
  heartbeatIntervalMs: optional(number(5000, Number.MIN_VALUE, MAX_MS)),
  modes: optional(
    any(
      () => ["aead_aes256_gcm_rtpsize"],
      () => false,
    ),
  ),
  repeatSpeaking: optional(flag),
  knobs: group(PLAIN_KNOBS, { firstSeq: integer(1, 0, 0xffff), lastId: integer(1, 0, 0xffff) }),
  paths,
  clients: optional(
    any(
      () => ({}),
      (value) =>
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        Object.keys(value).length === 0,
    ),
  ),
  rtp: group(PLAIN_RTP, { extensionWords: integer(1, 0, 255), csrcs: integer(1, 0, 15) }),
  limits: group(LIMITS, {
    messages: count,
    packets: count,
    messageBytes: count,
    backlogBytes: count,
    identifyMs: integer(5, 1, MAX_MS),
    sockets: count,
  }),
  capture: optional(callback),
  observe: optional(callback),
  onFault: optional(callback),
});

/** The methods of a server, and the domains of their arguments. */
const METHODS: Readonly<Record<string, readonly Domain[]>> = {
  close: [],
  breakSocket: [user],
  kick: [
    user,
    any(
      () => 4006,
      (value) => value === 1000,
    ),
  ],
  race: [user],
  "Symbol(nodejs.util.inspect.custom)": [],
};

describe("the door @puredave/conformance/server", () => {
  it("has no function or method that this file leaves out", () => {
    expect(Object.keys(door)).toEqual(["VoiceServer"]);
    expect(methodsOf(VoiceServer.prototype).sort()).toEqual(Object.keys(METHODS).sort());
    const statics = Object.getOwnPropertyNames(VoiceServer).filter(
      (name) => !["length", "name", "prototype"].includes(name),
    );
    expect(statics).toEqual(["start"]);
    expect(complaint(() => Reflect.construct(VoiceServer, []), false)).toBeUndefined();
    expect(complaint(() => Reflect.construct(VoiceServer, [{}]), false)).toBeUndefined();
  });

  it("takes options that fit, and refuses all others by name", () => {
    const complaints = attempts([OPTIONS])
      .filter(({ args }) => args.length > 0)
      .map(({ title, args, fits }) => [title, complaint(() => checkServerOptions(args[0] as object), fits)]);
    expect(complaints.filter(([, found]) => found !== undefined)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["an unknown knob", { knobs: { loose: 1 } }, "knobs: expected one of lateConnectMs"],
    [
      "a delay that ends before it begins",
      { paths: { control: { minDelayMs: 9, maxDelayMs: 5 } } },
      "paths.control.maxDelayMs: expected",
    ],
    [
      "a client whose name is no id",
      { clients: { alice: {} } },
      "clients: expected an unsigned 64-bit decimal id as a string, got alice",
    ],
    [
      "a client with a loss of 200 percent",
      { clients: { "1": { media: { loss: 2 } } } },
      "clients.1.media.loss: expected a chance from 0 to 1, got 2",
    ],
    ["a channel whose id has lost digits", { channelId: 2 ** 60 }, "channelId: expected an unsigned 64-bit"],
  ])("does not start with %s", async (_title, options, message) => {
    await expect(start(options)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(message),
    });
  });

  for (const [method, domains] of Object.entries(METHODS))
    if (domains.length > 0)
      it(`${method} takes what fits and refuses all else by name`, async () => {
        const server = (await start()) as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
        const complaints = attempts(domains).map(({ title, args, fits }) => [
          title,
          complaint(() => server[method]!(...args), fits),
        ]);
        expect(complaints.filter(([, found]) => found !== undefined)).toEqual([]);
      });

  it("shows one line without a key, and keeps its certificate and address when it is closed", async () => {
    const server = await start();
    expect(inspect(server)).toMatch(
      /^VoiceServer \{ url: wss:\/\/127\.0\.0\.1:\d+\/\?v=9, state: listening, sockets: 0, rooms: 0, callers: 0 \}$/,
    );
    for (const text of [inspect(server, { depth: 9, showHidden: true }), JSON.stringify(server)])
      expect(text).not.toContain("PRIVATE KEY");
    const { url, certificate, media } = server;
    await server.close();
    await server.close();
    expect(inspect(server)).toContain("state: closed");
    expect(server).toMatchObject({ url, certificate, media });
    expect(server.counts.callers).toBe(0);
    expect(server.breakSocket("1")).toBe(false);
  });

  it("fails to start where another one listens, and holds no port afterwards", async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await expect(start({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.close();
    expect((await start({ port })).url).toBe(first.url);
  });
});

describe("what its owner's functions throw", () => {
  it("is a fault, and the call goes on; what onFault throws is lost", async () => {
    const broken = () => JSON.parse("broken") as undefined;
    const faults: unknown[] = [];
    const { Bot, together, user: id } = await import("./bot.ts");
    for (const onFault of [(fault: unknown) => void faults.push(fault), broken]) {
      const server = await start({ observe: broken, capture: broken, onFault });
      const bots = [await Bot.join(server, { userId: id(0) }), await Bot.join(server, { userId: id(1) })];
      await together(bots);
      for (const bot of bots) bot.close();
    }
    expect(faults.length).toBeGreaterThan(4);
  });
});

describe("an address that is no address", () => {
  it.each(["//[", "/?v=%", "http://[", "/?v=9&v=8", "*"])("%s in the request harms nobody", async (path) => {
    const server = await start();
    const port = Number(new URL(server.url).port);
    const tls = connectTls({ port, host: "127.0.0.1", ca: server.certificate, servername: "localhost" });
    tls.on("error", () => {});
    await once(tls, "secureConnect");
    const key = Buffer.alloc(16).toString("base64");
    tls.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    expect(String((await once(tls, "data"))[0])).toMatch(/^HTTP\/1\.1 (101|4\d\d) /);
    tls.destroy();
    const socket = new WebSocket(server.url, { ca: server.certificate });
    const [hello] = await once(socket, "message");
    expect(JSON.parse(String(hello))).toMatchObject({ op: 8 });
    socket.terminate();
  });
});
