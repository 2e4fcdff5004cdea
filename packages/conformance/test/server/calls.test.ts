// Calls over real sockets: bots on the kit, the simulated gateway behind TLS, the SFU behind UDP.
import { afterEach, describe, expect, it } from "vitest";
import { VoiceServer, type VoiceServerOptions } from "../../src/server.ts";
import { Bot, CHANNEL, numbered, speak, textOf, together, until, user } from "./bot.ts";

let server: VoiceServer;
let bots: Bot[] = [];
const faults: unknown[] = [];

async function call(options: VoiceServerOptions, members: number): Promise<Bot[]> {
  server = await VoiceServer.start({ onFault: (fault) => void faults.push(fault), ...options });
  for (let n = 0; n < members; n++) bots.push(await Bot.join(server, { userId: user(n) }));
  await together(bots);
  return bots;
}

afterEach(async () => {
  for (const bot of bots) bot.close();
  bots = [];
  await server.close();
  expect(faults.splice(0)).toEqual([]);
});

const texts = (bot: Bot) => bot.heard.map(({ frame }) => textOf(frame));
const sent = (count: number) => numbered(count).map(textOf);

describe("a call", () => {
  it.each(["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"] as const)(
    "of three over %s: everybody hears everybody, encrypted, and sees one privacy code",
    async (mode) => {
      const [alice, bob, carol] = await call({ modes: [mode] }, 3);
      await speak(alice!, numbered(20));
      await until("all frames", () => bob!.heard.length === 20 && carol!.heard.length === 20);
      for (const listener of [bob!, carol!]) {
        expect(texts(listener)).toEqual(sent(20));
        expect(listener.heard.every(({ encrypted, userId }) => encrypted && userId === user(0))).toBe(true);
        expect(listener.dropped).toEqual([]);
      }
      const codes = new Set(bots.map(({ client }) => client.privacyCode?.code));
      expect(codes.size).toBe(1);
    },
  );

  it("loses no frame when somebody joins and leaves", async () => {
    const [alice, bob] = await call({}, 2);
    const speaking = speak(alice!, numbered(100), 8);
    const carol = await Bot.join(server, { userId: user(2) });
    bots.push(carol);
    await together(bots);
    carol.close();
    bots.pop();
    await speaking;
    await until("all frames", () => bob!.heard.length === 100);
    expect(texts(bob!)).toEqual(sent(100));
    await together(bots);
  });

  it("has no race of G15 with a member who is alone or not there", async () => {
    const types: string[] = [];
    server = await VoiceServer.start({ observe: (_channel, { type }) => void types.push(type) });
    bots.push(await Bot.join(server, { userId: user(0) }));
    await until("the call of one", () => types.includes("connected"));
    expect(server.race(user(0))).toBe(false);
    expect(server.race(user(1))).toBe(false);
    expect(types).not.toContain("race");
  });

  it("has the race of G15 with one member, and loses no frame of or for that member", async () => {
    const races: unknown[] = [];
    const observe: VoiceServerOptions["observe"] = (_channel, event) => {
      if (event.type === "race") races.push(event);
    };
    const [alice, bob] = await call({ observe }, 2);
    const epoch = alice!.client.epoch!;
    const speaking = Promise.all([speak(alice!, numbered(300), 15), speak(bob!, numbered(300), 15)]);
    expect(server.race(user(1))).toBe(true);
    await speaking;
    for (const { heard } of bots) await until("all frames", () => heard.length === 300);
    for (const bot of bots) expect(texts(bot)).toEqual(sent(300));
    expect(races).toEqual([{ type: "race", userId: user(1), all: false }]);
    // Remove and Add of the raced member have followed
    await until("a new epoch", () => alice!.client.epoch! > epoch);
    await together(bots);
  });

  it("goes through header extensions, CSRCs, padding and packets of nothing but padding", async () => {
    const rtp = { extensionWords: 3, csrcs: 2, padding: 0.5, paddingOnly: 0.5 };
    const [alice, bob] = await call({ rtp }, 2);
    await speak(alice!, numbered(40));
    await until("all frames", () => bob!.heard.length === 40);
    expect(texts(bob!)).toEqual(sent(40));
    expect(bob!.dropped).toEqual([]);
  });

  it("is heard by a newcomer that no op 5 was repeated to", async () => {
    await call({ repeatSpeaking: false }, 2);
    await speak(bots[0]!, numbered(3));
    bots.push(await Bot.join(server, { userId: user(2) }));
    await together(bots);
    await speak(bots[0]!, numbered(3));
    await until("three frames", () => bots[2]!.heard.length === 3);
    expect(bots[2]!.ops).not.toContain(5);
    expect(bots[2]!.heard[0]!.userId).toBe(user(0));
  });

  it("with delay, loss, duplicates and reordering for one client leaves the others alone", async () => {
    const media = { loss: 0.3, duplicate: 0.2, reorder: 0.3, reorderMs: 30, minDelayMs: 1, maxDelayMs: 20 };
    const clients = { [user(1)]: { control: { minDelayMs: 5, maxDelayMs: 60 }, media } };
    const [alice, bob, carol] = await call({ clients, seed: 3 }, 3);
    await speak(alice!, numbered(60));
    await until("carol's frames", () => carol!.heard.length === 60);
    expect(texts(carol!)).toEqual(sent(60));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(bob!.heard.length).toBeGreaterThan(20);
    expect(bob!.heard.length).toBeLessThan(60);
    expect(new Set(texts(bob!)).size).toBe(bob!.heard.length);
  });

  it("has the same trouble again with the same seed", async () => {
    const lost = async (seed: number) => {
      const media = { loss: 0.5, minDelayMs: 0, maxDelayMs: 0 };
      const [alice, bob] = await call({ clients: { [user(1)]: { media } }, seed }, 2);
      await speak(alice!, numbered(60));
      await until("the last of what was not lost", () => server.counts.forwarded >= 60);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const heard = texts(bob!);
      for (const bot of bots) bot.close();
      bots = [];
      await server.close();
      return heard;
    };
    const first = await lost(11);
    expect(first.length).toBeGreaterThan(10);
    expect(first.length).toBeLessThan(50);
    expect(await lost(11)).toEqual(first);
    expect(await lost(12)).not.toEqual(first);
  });

  it("of two channels on one server keeps them apart", async () => {
    await call({}, 2);
    const other = "927310423890473012";
    const elsewhere = [
      await Bot.join(server, { userId: user(5), channelId: other }),
      await Bot.join(server, { userId: user(6), channelId: other }),
    ];
    await together(elsewhere);
    await speak(elsewhere[0]!, numbered(5));
    await until("frames", () => elsewhere[1]!.heard.length === 5);
    expect(bots.flatMap(({ heard }) => heard)).toEqual([]);
    expect(server.counts.rooms).toBe(2);
    for (const bot of elsewhere) bot.close();
    await until("an empty room is forgotten", () => server.counts.rooms === 1);
  });
});

describe("a connection that breaks", () => {
  it.each([true, false])("is resumed, op 9 before the backlog: %s", async (resumedFirst) => {
    const [alice, bob] = await call({ knobs: { resumedFirst } }, 2);
    expect(server.breakSocket(user(1))).toBe(true);
    // what bob misses: a newcomer, and with it a new epoch
    bots.push(await Bot.join(server, { userId: user(2) }));
    await together(bots);
    await speak(alice!, numbered(10));
    await until("frames after the resume", () => bob!.heard.length === 10);
    expect(bob!.ops.filter((op) => op === 9)).toEqual([9]);
    // one op 2: there was no second identify
    expect(bob!.ops.filter((op) => op === 2)).toEqual([2]);
  });

  it("identifies anew once the window for a resume is over, and is heard again", async () => {
    const [alice, bob] = await call(
      { knobs: { resumeWindowMs: 1 }, paths: { control: { minDelayMs: 20, maxDelayMs: 20 } } },
      2,
    );
    server.breakSocket(user(1));
    await until("a second identify", () => bob!.ops.filter((op) => op === 2).length === 2);
    await together(bots);
    await speak(bob!, numbered(5));
    await until("frames", () => alice!.heard.length === 5);
    expect(alice!.heard.every(({ encrypted }) => encrypted)).toBe(true);
  });

  it("is closed by the server with a code that forbids to come back", async () => {
    const [, bob] = await call({}, 2);
    server.kick(user(1), 4014);
    await until("the end", () => bob!.ends.length === 1);
    expect(bob!.ends).toMatchObject([{ reason: "closed", code: 4014 }]);
  });

  it("is closed with 4006 when the same user connects again", async () => {
    await call({}, 2);
    const again = await Bot.join(server, { userId: user(1), sessionId: "another" });
    const [alice, old] = bots as [Bot, Bot];
    bots = [alice, again, old];
    const code = await new Promise((resolve) => old.socket?.once("close", resolve));
    old.close();
    bots = [alice, again];
    expect(code).toBe(4006);
    await together(bots);
    expect(server.counts.callers).toBe(2);
  });
});

describe("a capture", () => {
  it("holds what each client sent and received, and no secret", async () => {
    const lines: string[] = [];
    await call({ capture: (userId, line) => void (userId === user(0) && lines.push(line)) }, 2);
    const text = lines.join("\n");
    expect(text).toContain('\\"op\\":4,');
    expect(lines.some((line) => JSON.parse(line).binary !== undefined)).toBe(true);
    expect(text).toContain('secret_key\\":\\"left out');
    expect(text).not.toMatch(/secret_key\\":\[/);
    const channels = lines.map((line) => JSON.parse(line).direction as string);
    expect(new Set(channels)).toEqual(new Set(["in", "out"]));
    expect(CHANNEL).toBe(bots[0]!.client.channelId);
  });
});
