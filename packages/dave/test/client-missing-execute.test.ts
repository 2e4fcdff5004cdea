// E22: a transition whose op 22 never comes is executed all the same; M3: a record without keys expires nothing.
import { describe, expect, it } from "vitest";
import { snapshotOf } from "../src/index.ts";
import {
  INITIAL_TRANSITIONS,
  nextTransitionDeadline,
  type TransitionEvent,
  transition,
} from "../src/protocol.ts";
import { Call, FRAME, type Member, pair } from "./support/call.ts";
import { heard } from "./support/talk.ts";

describe("E22: a missing op 22", () => {
  /** Three members in a new epoch under id 7; only those named get its op 22. */
  function lostFor(lost: "b" | "everybody") {
    const { call, a, b } = pair();
    const c = call.join("300");
    call.addAll(a, [c], 7);
    if (lost === "b") call.execute(7, [a, c]);
    return { call, a, b, c };
  }
  const executed = (member: Member) =>
    member
      .eventsOf("transition")
      .filter(({ phase, transitionId }) => phase === "executed" && transitionId === 7);

  it("is made up for 5 s after a frame first decrypted under the record's keys, and nobody is mute for longer", () => {
    const { call, a, b, c } = lostFor("b");
    call.clock.advance(2_000);
    expect(c.hear(b, b.speak())).toBe("authentication");
    expect(heard(call, a, b, 200)).toBe(200);
    call.clock.advance(999);
    expect(executed(b)).toEqual([]);
    call.clock.advance(1);
    expect(executed(b)).toMatchObject([{ cause: "missing-execute", protocolVersion: 1 }]);
    expect(heard(call, b, c, 100)).toBe(100);
  });

  it("is made up for 10 s after our 23 without such a frame, by a timer", () => {
    const { call, b } = lostFor("everybody");
    call.clock.advance(9_999);
    expect(executed(b)).toEqual([]);
    expect(b.client.nextDeadline()).toBe(call.clock.now() + 1);
    call.clock.advance(1);
    expect(executed(b)).toHaveLength(1);
    b.receive({ op: 22, transitionId: 7 });
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 22, reason: "already-finished" });
  });

  it("is not waited for twice as long when a frame comes late", () => {
    const { call, a, b, c } = lostFor("everybody");
    call.clock.advance(8_000);
    for (const member of [a, c]) member.receive({ op: 22, transitionId: 7 });
    expect(heard(call, a, b, 1)).toBe(1);
    call.clock.advance(2_000);
    expect(executed(b)).toHaveLength(1);
  });

  it("is not made up for by a newcomer whose group was reset before everybody else left", () => {
    const { call, a, b } = pair();
    const c = call.join("300");
    call.addAll(a, [c], 7);
    expect(c.client.executedVersion).toBeUndefined();
    c.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    c.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    for (const { userId } of [a, b]) c.receive({ op: 13, userId });
    call.clock.advance(60_000);
    expect(executed(c)).toEqual([]);
    expect(c.client.ready).toBe(false);
    expect(c.client.nextDeadline()).toBeUndefined();
  });

  it("frames under the old key are no sign", () => {
    const { call, a, b } = lostFor("everybody");
    expect(heard(call, a, b, 300)).toBe(300);
    expect(executed(b)).toEqual([]);
  });

  it("of a version-0 record is never made up for: plaintext never begins by itself", () => {
    const { call, a, b } = pair();
    b.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    call.clock.advance(600_000);
    expect(b.encrypt().outcome).toBe("encrypted");
    expect(a.hear(b, b.speak())).toBe("decrypted");
    expect(snapshotOf(b.client).transitions).toMatchObject([{ id: 8, version: 0 }]);
  });

  it("makes an op 22 of an earlier record late, not wrong: 22 for a dropped or flagged id is ignored", () => {
    const { call, b } = lostFor("everybody");
    b.receive({ op: 21, protocolVersion: 1, transitionId: 9 });
    b.receive({ op: 22, transitionId: 9 });
    b.receive({ op: 22, transitionId: 7 });
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({
      op: 22,
      reason: "already-finished",
      transitionId: 7,
    });
    call.clock.advance(20_000);
    expect(executed(b)).toEqual([]);
  });
});

describe("M3: a record without keys", () => {
  it("gives no key an expiry: neither the sender's own nor one that receivers accept", () => {
    const keySet = (id: number, established: boolean) => ({ id, members: ["us", "them"], established });
    const events: TransitionEvent[] = [
      { type: "select-version", version: 1 },
      { type: "pending-group", keySet: keySet(1, false) },
      { type: "prepare", id: 0, version: 1 },
      { type: "prepare", id: 5, version: 1 },
      { type: "execute", id: 5 },
    ];
    let state = INITIAL_TRANSITIONS;
    for (const event of events) ({ state } = transition(state, event, 1_000));
    expect(state.keySets).toMatchObject([{ id: 1, live: true, expiresAt: Number.POSITIVE_INFINITY }]);
    expect(nextTransitionDeadline(state)).toBeUndefined();
  });

  it("does not silence the sender", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [Member, Member];
    a.receive({ op: 13, userId: b.userId });
    a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    a.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    // sole member: a 21 with another id has nothing to capture
    a.receive({ op: 21, protocolVersion: 1, transitionId: 5 });
    a.receive({ op: 22, transitionId: 5 });
    call.clock.advance(60_000);
    expect(a.encrypt().outcome).toBe("encrypted");
    expect(a.client.ready).toBe(true);
  });

  it("changes the executed version only if the sender has a key", () => {
    const call = new Call();
    const a = call.join("1");
    a.receive({ op: 21, protocolVersion: 1, transitionId: 5 });
    a.receive({ op: 22, transitionId: 5 });
    expect(a.client.executedVersion).toBeUndefined();
    a.receive({ op: 4, protocolVersion: 0 });
    a.receive({ op: 21, protocolVersion: 1, transitionId: 6 });
    a.receive({ op: 22, transitionId: 6 });
    expect(a.encrypt()).toEqual({ outcome: "plain", frame: FRAME });
  });
});
