// E31: failing media start a recovery, after a time that is counted from the gaps between failing frames.
import { describe, expect, it } from "vitest";
import { Call, FRAME, type Member, pair } from "./support/call.ts";
import { changeKeyWithout, FRAME_MS, heard, talk } from "./support/talk.ts";

/** Lets `from` speak until `to` starts a recovery; how long that took, ms. */
function untilRecovery(call: Call, from: Member, to: Member, limitMs: number, everyMs = FRAME_MS): number {
  const start = call.clock.now();
  const before = to.sentOf(31).length;
  while (to.sentOf(31).length === before && call.clock.now() - start < limitMs)
    talk(call, from, to, 1, everyMs);
  return to.sentOf(31).length === before ? Number.POSITIVE_INFINITY : call.clock.now() - start;
}

/** A frame of `from` that no key opens. */
function forged(from: Member): Uint8Array {
  const frame = from.speak().slice();
  frame[0]! ^= 1;
  return frame;
}

describe("E31: a client that missed a key change", () => {
  it.each([0, 3_000, 30_000])(
    "recovers after 5 s when it had heard %i frames under the key before",
    (frames) => {
      const { call, a, b } = pair();
      for (let i = 0; i < frames; i++) b.hear(a, a.speak());
      changeKeyWithout(call, a, b, 7);
      // a foreign key's counters begin at 1 again: the frames are no replays
      expect(b.hear(a, a.speak())).toBe("authentication");
      const waited = untilRecovery(call, a, b, 60_000);
      expect(waited).toBeGreaterThanOrEqual(5_000);
      expect(waited).toBeLessThanOrEqual(5_100);
      expect(b.lastOf(31).transitionId).toBe(0);
    },
    20_000,
  );

  it("counts frames of users that op 11 has named, in a pending group too", () => {
    const { call, a, b } = pair();
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    changeKeyWithout(call, a, b, 7);
    expect(untilRecovery(call, a, b, 20_000)).toBeLessThanOrEqual(5_100);
    const alone = new Call();
    const first = alone.join("1");
    first.receive({ op: 11, userIds: [a.userId] });
    for (let i = 0; i < 300; i++) {
      first.hear(a, a.speak());
      alone.clock.advance(FRAME_MS);
    }
    expect(first.sentOf(31)).toHaveLength(1);
  });

  it("does not recover for the frames of a user whom nobody named", () => {
    const { call, a, b } = pair();
    const frame = forged(a);
    for (let i = 0; i < 500; i++) {
      b.client.decrypt({ userId: "999", mediaType: "audio", frame });
      call.clock.advance(FRAME_MS);
    }
    expect(b.sentOf(31)).toEqual([]);
  });
});

describe("E31: what counts as deafness", () => {
  it("silence does not: after a minute without frames 0.7 s of failing ones cause nothing", () => {
    const { call, a, b } = pair();
    expect(heard(call, a, b, 50)).toBe(50);
    call.clock.advance(60_000);
    changeKeyWithout(call, a, b, 7);
    expect(talk(call, a, b, 35)).toEqual(Array(35).fill("authentication"));
    expect(b.sentOf(31)).toEqual([]);
  });

  it("pauses of more than a second between failing frames count as no time", () => {
    const { call, a, b } = pair();
    changeKeyWithout(call, a, b, 7);
    // 9 bursts of 26 frames make up 9 · 25 · 20 ms = 4.5 s
    for (let burst = 0; burst < 9; burst++) {
      talk(call, a, b, 26);
      call.clock.advance(1_001);
    }
    expect(b.sentOf(31)).toEqual([]);
    talk(call, a, b, 26);
    expect(b.sentOf(31)).toHaveLength(1);
  });

  it("needs 50 frames, however long they take", () => {
    const { call, a, b } = pair();
    changeKeyWithout(call, a, b, 7);
    talk(call, a, b, 49, 500);
    expect(b.sentOf(31)).toEqual([]);
    talk(call, a, b, 1);
    expect(b.sentOf(31)).toHaveLength(1);
  });

  it("one frame of anybody that decrypts starts the count anew; silence frames and plaintext do not", () => {
    const { call, members } = Call.of(3);
    const [a, b, c] = members as [Member, Member, Member];
    const bad = forged(a);
    for (let i = 0; i < 240; i++) {
      b.hear(a, bad);
      b.hear(a, Uint8Array.of(0xf8, 0xff, 0xfe));
      call.clock.advance(FRAME_MS);
    }
    expect(b.hear(c, c.speak())).toBe("decrypted");
    for (let i = 0; i < 240; i++) {
      b.hear(a, bad);
      call.clock.advance(FRAME_MS);
    }
    expect(b.sentOf(31)).toEqual([]);
    for (let i = 0; i < 20; i++) {
      b.hear(a, bad);
      call.clock.advance(FRAME_MS);
    }
    expect(b.sentOf(31)).toHaveLength(1);
  });

  it("what is no protocol frame does not count, and neither do true repetitions", () => {
    const { call, a, b } = pair();
    const frame = a.speak();
    expect(b.hear(a, frame)).toBe("decrypted");
    for (let i = 0; i < 1_000; i++) {
      expect(b.hear(a, frame)).toBe("replayed");
      expect(b.hear(a, FRAME)).toBe("not-protocol-frame");
      call.clock.advance(FRAME_MS);
    }
    expect(b.sentOf(31)).toEqual([]);
  });

  it("waits while a transition is pending that was prepared less than 5 s ago", () => {
    const { call, a, b } = pair();
    changeKeyWithout(call, a, b, 7);
    talk(call, a, b, 200);
    b.receive({ op: 21, protocolVersion: 1, transitionId: 9 });
    talk(call, a, b, 249);
    expect(b.sentOf(31)).toEqual([]);
    talk(call, a, b, 2);
    expect(b.lastOf(31).transitionId).toBe(9);
  });

  it("can be switched off", () => {
    const { call, members } = Call.of(2, { recoverFromMedia: false });
    const [a, b] = members as [Member, Member];
    changeKeyWithout(call, a, b, 7);
    talk(call, a, b, 1_000);
    expect(b.sentOf(31)).toEqual([]);
  });

  it("is no reason while version 0 is announced; recover() does nothing then, with an event", () => {
    const { call, a, b } = pair();
    b.receive({ op: 4, protocolVersion: 0 });
    talk(call, a, b, 500);
    b.client.recover();
    expect(b.sentOf(31)).toEqual([]);
    expect(b.eventsOf("ignored")).toMatchObject([{ op: undefined, reason: "nothing-to-recover" }]);
  });
});

describe("E31: the time doubles with each recovery that media start", () => {
  it("an SFU that forges frames of one silent speaker for an hour causes at most 20", () => {
    const { call, a, b } = pair();
    const bad = forged(a);
    const at: number[] = [];
    b.client.on("recovery", ({ phase }) => phase === "started" && at.push(call.clock.now()));
    const start = call.clock.now();
    for (let i = 0; i < 36_000; i++) {
      b.hear(a, bad);
      call.clock.advance(100);
    }
    expect(at.length).toBeGreaterThan(10);
    expect(at.length).toBeLessThanOrEqual(20);
    const gaps = at.map((instant, i) => Math.round((instant - (at[i - 1] ?? start)) / 1000));
    expect(gaps.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  }, 20_000);

  it("is 5 s again once a frame decrypts after a commit or welcome adopted since", () => {
    const { call, a, b } = pair();
    const bad = forged(a);
    const forge = (frames: number): void => {
      for (let i = 0; i < frames; i++) {
        b.hear(a, bad);
        call.clock.advance(FRAME_MS);
      }
    };
    forge(252);
    expect(b.sentOf(31)).toHaveLength(1);
    // a frame under the old key decrypts: not yet
    expect(heard(call, a, b, 1)).toBe(1);
    forge(252);
    expect(b.sentOf(31)).toHaveLength(1);
    expect(heard(call, a, b, 1)).toBe(1);
    call.inGroup.splice(1);
    call.removeOne(a, b, 1, 7);
    call.addAll(a, [b], 8);
    expect(heard(call, a, b, 1)).toBe(1);
    call.clock.advance(5_000);
    forge(252);
    expect(b.sentOf(31)).toHaveLength(2);
  });
});
