// E21, E22, E29–E31, O3 as a call sees them: the gateway follows the rules, and frames are counted at every listener.

import { describe, expect, it } from "vitest";
import { always, type Choices } from "../../src/testing.ts";
import { Call } from "./call.ts";
import { cheapCrypto } from "./cheap-crypto.ts";
import type { Person } from "./person.ts";
import { GOOD_NETWORK } from "./sfu.ts";

const FRAME_MS = 20;

/** A call of so many people who have heard each other for two seconds; nothing gets lost but on request. */
function callOf(count: number, choices: Choices = always([])): { call: Call; people: Person[] } {
  const call = new Call({ seed: count, crypto: ({ bytes }) => cheapCrypto(bytes), choices });
  call.trouble = false;
  call.sfu.network = GOOD_NETWORK;
  const people = Array.from({ length: count }, (_, i) => call.join(String(101 + i)));
  call.pass(2_000);
  expect(call.deafness()).toEqual([]);
  return { call, people };
}

/** Lets a speaker send a frame every 20 ms for `ms`; returns how many were sent and how many each listener heard. */
function speakFor(
  call: Call,
  speaker: Person,
  listener: Person,
  ms: number,
): { sent: number; heard: number } {
  let [sent, heard] = [0, 0];
  for (let passed = 0; passed < ms; passed += FRAME_MS) {
    const sealed = speaker.seal();
    if (sealed !== undefined) sent++;
    if (sealed !== undefined && listener.hear(sealed) === "decrypted") heard++;
    call.time.advance(FRAME_MS);
  }
  call.check();
  return { sent, heard };
}

describe("E21: 24 epoch 1 and 21 id 0 come while others are in the call", () => {
  const late = { race: 1_000 };
  it.each([
    ["one member", "101", always([], late)],
    ["one member, twice", "101", always(["race-twice"], late)],
    ["all members", undefined, always([], late)],
    [
      "all members, twice, and the new group has another id",
      undefined,
      always(["race-twice", "race-id-not-0"], late),
    ],
  ] as const)("to %s: nobody loses a frame before the new group is there", (_, userId, choices) => {
    const { call, people } = callOf(3, choices);
    const [a, b] = people as [Person, Person];
    call.gateway.race(userId);
    expect(speakFor(call, a, b, 460)).toEqual({ sent: 23, heard: 23 });
    expect(speakFor(call, b, a, 460)).toEqual({ sent: 23, heard: 23 });
    call.pass(3_000);
    expect(call.deafness()).toEqual([]);
    expect(call.gateway.settled).toBe(true);
    call.checkCalm();
  });

  it("to the last member, whose companion's 13 comes a second later: the old key goes on until then, not longer", () => {
    const { call, people } = callOf(2, always(["late-disconnect"], { disconnect: 1_000 }));
    const [a, b] = people as [Person, Person];
    b.leave();
    call.time.advance(500);
    const early = a.seal()!;
    expect([a.client.epoch, b.hear(early)]).toEqual([0n, "decrypted"]);
    call.time.advance(1_000);
    const late = a.seal()!;
    expect(late.keyId).not.toBe(early.keyId);
    expect(b.hear(late)).not.toBe("decrypted");
  });

  it("to the last member after the 13: the key that the other one knows is left at once", () => {
    const { call, people } = callOf(2);
    const [a, b] = people as [Person, Person];
    const early = a.seal()!;
    b.leave();
    call.time.advance(500);
    const late = a.seal()!;
    expect([a.client.state, late.keyId === early.keyId]).toEqual(["alone", false]);
    expect(b.hear(late)).not.toBe("decrypted");
  });
});

describe("O3: the websocket breaks while frames go on", () => {
  it.each([["before"], ["behind"]] as const)(
    "op 9 %s the backlog: nothing is flagged, and the missed commit is enough",
    (where) => {
      const { call, people } = callOf(2, always(where === "behind" ? ["resumed-last"] : []));
      const [a, b] = people as [Person, Person];
      b.loseSocket(12_000, "resume");
      call.pass(1_000);
      const keyPackages = b.sentOf(26);
      call.join("103");
      // The others move to a key that the member lacks, and go on speaking.
      speakFor(call, a, b, 10_980);
      call.pass(10);
      // The socket comes back now, and the backlog with it.
      call.pass(200);
      expect([b.sentOf(31), b.sentOf(26)]).toEqual([0, keyPackages]);
      expect(speakFor(call, a, b, 2_000)).toEqual({ sent: 100, heard: 100 });
      expect(speakFor(call, b, a, 2_000)).toEqual({ sent: 100, heard: 100 });
      expect(call.deafness()).toEqual([]);
    },
  );
});

describe("G14: a message is lost for one member on an open connection", () => {
  it.each([[0], [3_000], [30_000]])(
    "29, after an epoch of %i frames: the member hears again within 10 s",
    (frames) => {
      const { call, people } = callOf(3);
      const [a, b] = people as [Person, Person];
      for (let i = 1; i < frames; i++) a.client.encrypt({ mediaType: "audio", ssrc: 1, frame: call.filling });
      if (frames > 0) expect(b.hear(a.seal()!)).toBe("decrypted");
      call.gateway.loseNext(b.userId, 29);
      call.join("104");
      call.pass(500);
      call.calmDown(10_000);
      expect(b.sentOf(31)).toBe(1);
      call.checkCalm();
    },
  );

  it("22: the member is heard all the time, and moves to the new key by itself within 10 s", () => {
    const { call, people } = callOf(3);
    const [a, b] = people as [Person, Person];
    const old = b.seal()!.keyId;
    call.gateway.loseNext(b.userId, 22);
    call.join("104");
    expect(speakFor(call, b, a, 12_000)).toEqual({ sent: 600, heard: 600 });
    expect(b.seal()!.keyId).not.toBe(old);
    expect(call.people.get("104")!.hear(b.seal()!)).toBe("decrypted");
  });

  it("27: the member cannot process the commit, flags it once and is back within 5 s; the others lose nothing", () => {
    const { call, people } = callOf(3);
    const [a, b, c] = people as [Person, Person, Person];
    call.gateway.loseNext(b.userId, 27);
    call.join("104");
    expect(speakFor(call, a, c, 3_000)).toEqual({ sent: 150, heard: 150 });
    call.calmDown(2_000);
    expect([b.sentOf(31), a.sentOf(31), c.sentOf(31)]).toEqual([1, 0, 0]);
  });
});

describe("E31: what is no reason to recover", () => {
  it("a minute of silence before a commit that comes a little late", () => {
    const { call, people } = callOf(2);
    call.pass(60_000, { speaking: false, every: 10_000 });
    call.join("103");
    call.pass(5_000, { every: FRAME_MS });
    expect(people.map((person) => person.sentOf(31))).toEqual([0, 0]);
    expect(call.deafness()).toEqual([]);
  });

  it.each([
    ["old frames of a silent speaker", (old: Uint8Array) => old],
    ["frames that no key fits", (old: Uint8Array) => old.map((byte, i) => (i < 4 ? byte ^ 0x55 : byte))],
  ])("an SFU that repeats %s for an hour causes at most 20 recoveries", (_, bend) => {
    const { call, people } = callOf(2);
    const [a, b] = people as [Person, Person];
    const frames = Array.from({ length: 20 }, () => a.seal()!);
    for (const frame of frames) b.hear(frame);
    for (let i = 0; i < 36_000; i++) {
      const { frame, from } = frames[i % frames.length]!;
      b.does(
        "decrypt",
        (client) => void client.decrypt({ userId: from, mediaType: "audio", frame: bend(frame) }),
      );
      call.time.advance(100);
    }
    expect(b.sentOf(31)).toBeLessThanOrEqual(20);
  });
});

describe("E29: a member is removed although it never left", () => {
  it("is told so, and again when it is back", () => {
    const { call, people } = callOf(3);
    const told: boolean[] = [];
    const [, b] = people as [Person, Person];
    b.client.on("group", ({ inGroup }) => told.push(inGroup));
    // G16: a 31 for a valid commit; the gateway answers with Remove and Add.
    b.recover();
    expect([b.client.inGroup, b.client.state, b.client.ready]).toEqual([false, "encrypted", true]);
    call.calmDown(5_000);
    expect([b.client.inGroup, told]).toEqual([true, [false, true]]);
  });
});

describe("E22: a transition whose 22 comes first", () => {
  it("is executed as soon as it is announced", () => {
    const { call, people } = callOf(3, always(["early-execute"]));
    call.join("104");
    call.calmDown(3_000);
    expect(people.map((person) => person.sentOf(31))).toEqual([0, 0, 0]);
  });
});
