// §3 Media rules M1–M11, played message by message.
import { describe, expect, it } from "vitest";
import { DaveError, snapshotOf } from "../src/index.ts";
import { Call, FRAME } from "./support/call.ts";

const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

describe("M1, M2: receivers first, sender last", () => {
  it("a prepared key is accepted before anybody uses it, the old one is used until op 22", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    const c = call.join("300");
    call.addAll(a, [c], 7);
    expect(a.client.epoch).toBe(2n);
    // b executes first: a, not yet executed, hears both
    call.execute(7, [b]);
    const fresh = b.speak();
    const old = a.speak();
    expect(a.hear(b, fresh)).toBe("decrypted");
    expect(b.hear(a, old)).toBe("decrypted");
    // the newcomer has no key for what a still uses
    expect(c.hear(a, a.speak())).toBe("authentication");
    call.execute(7, [a, c]);
    expect(c.hear(a, a.speak())).toBe("decrypted");
  });

  it("23 is sent when prepared, once, and never for id 0 (SES-06)", () => {
    const { call, members } = Call.of(2);
    expect(members.flatMap((member) => member.sentOf(23))).toEqual([]);
    const c = call.join("300");
    call.addAll(members[0]!, [c], 7);
    for (const member of [...members, c]) expect(member.sentOf(23)).toEqual([{ op: 23, transitionId: 7 }]);
    members[0]!.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    expect(members[0]!.sentOf(23)).toHaveLength(1);
  });
});

describe("M3: retention runs from execution", () => {
  it("a key stays without expiry while op 22 is late, then up to and including 10 s (GW-21)", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    const c = call.join("300");
    call.addAll(a, [c], 7);
    const early = [a.speak(), a.speak(), a.speak(), a.speak()] as const;
    call.clock.advance(9_999);
    expect(b.hear(a, early[0])).toBe("decrypted");
    call.execute(7);
    call.clock.advance(10_000);
    // at the very instant, whatever else happens then
    b.client.tick();
    expect(b.hear(a, early[1])).toBe("decrypted");
    call.clock.advance(1);
    expect(b.hear(a, early[2])).toBe("authentication");
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });

  it("a running expiry is never lengthened by a later transition", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    const early = [a.speak(), a.speak()] as const;
    const c = call.join("300");
    call.addAll(a, [c], 7);
    call.execute(7);
    call.clock.advance(9_000);
    const d = call.join("301");
    call.addAll(a, [d], 8);
    call.execute(8);
    call.clock.advance(1_000);
    expect(b.hear(a, early[0])).toBe("decrypted");
    call.clock.advance(1);
    expect(b.hear(a, early[1])).toBe("authentication");
  });
});

describe("M4: op 24 epoch 1 destroys MLS state only", () => {
  it("the sender goes on with its key and receivers go on accepting it", () => {
    const { members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    for (const member of members) member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    expect(a.client.epoch).toBe(0n);
    expect(a.client.ready).toBe(true);
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });
});

describe("M5: plaintext only while version 0 is executed", () => {
  it("a downgrade changes the sender when it is executed, with an event", () => {
    const { call, members } = Call.of(2);
    const [a] = members as [(typeof members)[0]];
    a.receive({ op: 21, protocolVersion: 0, transitionId: 9 });
    expect(a.encrypt().outcome).toBe("encrypted");
    call.execute(9, [a]);
    expect(a.encrypt()).toEqual({ outcome: "plain", frame: FRAME });
    expect(a.eventsOf("version").at(-1)).toMatchObject({ executed: 0, previous: 1 });
    expect(a.client.state).toBe("plain");
  });

  it("before op 4 nothing leaves", () => {
    const call = new Call();
    const member = call.join("1", {});
    member.client.beginConnection();
    expect(member.encrypt()).toEqual({ outcome: "not-ready", reason: "negotiating" });
  });
});

describe("M6: windows of plaintext", () => {
  const setup = () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    return { call, a, b, plain: () => b.hear(a, FRAME) };
  };

  it("a call that never executed version 0 accepts none, silence apart (F10)", () => {
    const { a, b, plain } = setup();
    expect(plain()).toBe("not-protocol-frame");
    expect(b.hear(a, SILENCE)).toBe("silence");
    expect(b.eventsOf("plaintext")).toEqual([]);
  });

  it("a prepared downgrade opens it for 120 s at most, exclusively", () => {
    const { call, b, plain } = setup();
    b.receive({ op: 21, protocolVersion: 0, transitionId: 9 });
    expect(plain()).toBe("plain");
    call.clock.advance(119_999);
    expect(plain()).toBe("plain");
    call.clock.advance(1);
    expect(plain()).toBe("not-protocol-frame");
    expect(b.eventsOf("plaintext").map(({ accepted }) => accepted)).toEqual([true, false]);
  });

  it("dropped by op 24 epoch 1, it closes 10 s later", () => {
    const { call, b, plain } = setup();
    b.receive({ op: 21, protocolVersion: 0, transitionId: 9 });
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    call.clock.advance(9_999);
    expect(plain()).toBe("plain");
    call.clock.advance(1);
    expect(plain()).toBe("not-protocol-frame");
    // its late op 22 changes nothing (§10.3)
    b.receive({ op: 22, transitionId: 9 });
    expect(b.encrypt().outcome).toBe("encrypted");
  });

  it("after leaving an executed version 0 it stays open 10 s", () => {
    const { call, a, b } = setup();
    for (const member of [a, b]) {
      member.receive({ op: 21, protocolVersion: 0, transitionId: 9 });
      member.receive({ op: 22, transitionId: 9 });
      member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    }
    call.clock.advance(200_000);
    expect(b.hear(a, FRAME)).toBe("plain");
    call.inGroup.length = 0;
    call.epoch = 0n;
    call.addAll(a, [b], 10);
    call.execute(10);
    call.clock.advance(9_999);
    expect(b.hear(a, FRAME)).toBe("plain");
    expect(b.hear(a, a.speak())).toBe("decrypted");
    call.clock.advance(1);
    expect(b.hear(a, FRAME)).toBe("not-protocol-frame");
  });
});

describe("M7, M8: state, readiness and policy", () => {
  it("alone, negotiating, encrypted, plain", () => {
    const call = new Call();
    const a = call.join("1");
    expect([a.client.state, a.client.ready]).toEqual(["alone", false]);
    expect(a.encrypt()).toEqual({ outcome: "not-ready", reason: "alone" });
    const b = call.join("2");
    expect(a.client.state).toBe("negotiating");
    call.addAll(a, [b], 0);
    expect([a.client.state, a.client.ready]).toEqual(["encrypted", true]);
    a.receive({ op: 13, userId: "2" });
    expect([a.client.state, a.client.ready]).toEqual(["alone", true]);
    a.receive({ op: 4, protocolVersion: 0 });
    expect([a.client.state, a.client.ready]).toEqual(["plain", true]);
  });

  it("drop, throw, and passthrough only before anything was encrypted", () => {
    const call = new Call();
    expect(call.join("1", { policy: "drop" }).encrypt()).toEqual({ outcome: "dropped", reason: "alone" });
    const thrower = call.join("2", { policy: "throw" });
    expect(() => thrower.encrypt()).toThrow(expect.objectContaining({ code: "not-ready" }));
    expect(() => thrower.encrypt()).toThrow(DaveError);
    const through = call.join("3", { policy: "passthrough" });
    expect(through.encrypt()).toEqual({ outcome: "plain", frame: FRAME });
    call.addAll(through, [call.members[0]!], 0);
    expect(through.encrypt().outcome).toBe("encrypted");
    through.client.beginConnection();
    through.receive({ op: 4, protocolVersion: 1 });
    expect(through.encrypt().outcome).toBe("not-ready");
  });
});

describe("M10: several transitions may be pending", () => {
  const three = () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    call.addAll(a, [call.join("300")], 900);
    call.addAll(a, [call.join("301")], 5);
    return { call, a, b };
  };

  it("executing the second drops the first, whatever their numbers (SES-04, §10.2)", () => {
    const { a, b } = three();
    b.receive({ op: 22, transitionId: 5 });
    b.receive({ op: 22, transitionId: 900 });
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 22, reason: "already-finished" });
    // the keys of the dropped one are still accepted
    a.receive({ op: 22, transitionId: 900 });
    expect(b.hear(a, a.speak())).toBe("decrypted");
    a.receive({ op: 22, transitionId: 5 });
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });

  it("a seventeenth drops the oldest", () => {
    const { members } = Call.of(2);
    const [a] = members as [(typeof members)[0]];
    for (let id = 1; id <= 17; id++) a.receive({ op: 21, protocolVersion: 1, transitionId: id });
    expect(a.eventsOf("transition").filter(({ phase }) => phase === "dropped")).toMatchObject([
      { transitionId: 1 },
    ]);
    a.receive({ op: 22, transitionId: 1 });
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ reason: "already-finished" });
  });
});

describe("K4: counters follow the base secret", () => {
  it("two SSRCs of a user share one ratchet and one counter (§10.11)", () => {
    const { members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    const counters = [1, 2, 1].map((ssrc) => {
      const sent = a.client.encrypt({ mediaType: "audio", ssrc, frame: FRAME });
      if (sent.outcome !== "encrypted") throw new Error(sent.outcome);
      expect(b.hear(a, sent.frame)).toBe("decrypted");
      return snapshotOf(a.client).sender;
    });
    expect(counters).toMatchObject([{ counter: 1 }, { counter: 2 }, { counter: 3 }]);
  });

  it("a 21 with version > 0 installs the same keys again and both sides go on counting", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
    const first = a.speak();
    expect(b.hear(a, first)).toBe("decrypted");
    for (const member of members) member.receive({ op: 21, protocolVersion: 1, transitionId: 3 });
    call.execute(3);
    expect(b.hear(a, first)).toBe("replayed");
    const second = a.speak();
    expect(second).not.toEqual(first);
    expect(b.hear(a, second)).toBe("decrypted");
  });
});
