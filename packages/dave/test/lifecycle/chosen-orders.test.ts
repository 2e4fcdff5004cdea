// §3 Orders and boundaries: E4, E22, E24, E27, E29, E30, M3, M6, M10, K4.

import { describe, expect, it } from "vitest";
import { snapshotOf } from "../../src/index.ts";
import { broken, Call, FRAME, type Member } from "../support/call.ts";

const pair = (): { call: Call; a: Member; b: Member } => {
  const { call, members } = Call.of(2);
  return { call, a: members[0]!, b: members[1]! };
};

/** b holds a commit of a that refers to the Add of somebody whom b has not been told of. */
function waiting(): { call: Call; a: Member; b: Member; commit: Uint8Array; stranger: Member } {
  const { call, a, b } = pair();
  const stranger = new Call().join("300");
  a.receive({ op: 11, userIds: [stranger.userId] });
  const append = call.append(call.addProposal(stranger));
  for (const member of [a, b]) member.receive(append);
  const { commit } = a.lastOf(28);
  b.receive(call.announce(7, commit));
  return { call, a, b, commit, stranger };
}

describe("E27: what ends the wait of a commit", () => {
  it("24 epoch 1: a waiting 21 and its 22 are applied first, waiting MLS messages are dropped", () => {
    const { call, b, commit } = waiting();
    b.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    b.receive({ op: 22, transitionId: 8 });
    b.receive(call.announce(9, broken(commit)));
    expect(b.client.executedVersion).toBe(1);
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    expect(b.eventsOf("version").at(-1)).toMatchObject({ executed: 0, previous: 1 });
    expect([b.client.epoch, b.client.state]).toEqual([0n, "plain"]);
    expect([b.sentOf(31), b.eventsOf("invalid")]).toEqual([[], []]);
  });

  it("op 4: likewise, and the commit that waited is forgotten", () => {
    const { call, b } = waiting();
    b.receive({ op: 21, protocolVersion: 1, transitionId: 8 });
    b.receive({ op: 4, protocolVersion: 1 });
    expect(b.sentOf(23).map(({ transitionId }) => transitionId)).toEqual([8]);
    call.clock.advance(60_000);
    expect([b.client.epoch, b.sentOf(31).length]).toEqual([0n, 0]);
  });

  it("a new identify drops all of it", () => {
    const { call, b } = waiting();
    b.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    b.client.beginConnection();
    call.clock.advance(60_000);
    expect([b.sentOf(23), b.sentOf(31), b.eventsOf("plaintext")]).toEqual([[], [], []]);
  });

  it("an op 24 for another epoch, or of a version above ours, does not", () => {
    const { b, stranger } = waiting();
    b.receive({ op: 22, transitionId: 7 });
    b.receive({ op: 24, protocolVersion: 1, epoch: 5n });
    b.receive({ op: 24, protocolVersion: 2, epoch: 1n });
    expect(b.client.epoch).toBe(1n);
    b.receive({ op: 11, userIds: [stranger.userId] });
    expect(b.client.epoch).toBe(2n);
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed", transitionId: 7 });
  });
});

describe("E27: limits", () => {
  it("64 messages are parked; the 65th is rejected with an event, the others stay", () => {
    const { call, a } = pair();
    const strangers = Array.from({ length: 65 }, (_, i) => new Call().join(String(5_000 + i)));
    for (const stranger of strangers) a.receive(call.append(call.addProposal(stranger)));
    expect(snapshotOf(a.client).parkedMessages).toBe(64);
    expect(a.eventsOf("ignored")).toMatchObject([{ op: 27, reason: "too-many-parked" }]);
    a.receive({ op: 11, userIds: strangers.map(({ userId }) => userId) });
    expect(snapshotOf(a.client)).toMatchObject({ parkedMessages: 0, queuedProposals: 64 });
    expect(a.sentOf(28)).toHaveLength(2);
  });
});

describe("E29, E30: the order of the checks", () => {
  it("unreadable messages are invalid, but not before it is our turn to read them", () => {
    const { call, a } = pair();
    a.receive({ op: 30, transitionId: 3, welcome: Uint8Array.of(1) });
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ op: 30, reason: "already-joined" });
    const lone = call.join("9");
    lone.receive(call.announce(3, Uint8Array.of(1)));
    expect(lone.eventsOf("ignored").at(-1)).toMatchObject({ op: 29, reason: "pending-group" });
    expect([a.sentOf(31), lone.sentOf(31)]).toEqual([[], []]);
    a.receive(call.announce(4, Uint8Array.of(1)));
    lone.receive({ op: 30, transitionId: 4, welcome: Uint8Array.of(1) });
    for (const member of [a, lone]) expect(member.sentOf(31)).toEqual([{ op: 31, transitionId: 4 }]);
  });

  it("an id flagged by a 31 cannot be executed, the other pending ones can (E22, E31)", () => {
    const { call, a, b } = pair();
    const append = call.append(call.addProposal(call.join("300")));
    for (const member of [a, b]) member.receive(append);
    b.receive({ op: 21, protocolVersion: 1, transitionId: 6 });
    b.receive(call.announce(7, broken(a.lastOf(28).commit)));
    b.receive({ op: 22, transitionId: 7 });
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 22, reason: "already-finished" });
    b.receive({ op: 22, transitionId: 6 });
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed", transitionId: 6 });
    expect(a.hear(b, b.speak())).toBe("decrypted");
  });
});

describe("E22, E24: downgrades", () => {
  it("executing version 0 resets MLS, unless a version > 0 was prepared after it", () => {
    const { call, a, b } = pair();
    a.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    a.receive({ op: 22, transitionId: 8 });
    expect(a.client.epoch).toBeUndefined();
    b.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    b.receive({ op: 21, protocolVersion: 1, transitionId: 9 });
    b.receive({ op: 22, transitionId: 8 });
    expect([b.client.epoch, b.client.state]).toEqual([1n, "plain"]);
    b.receive({ op: 22, transitionId: 9 });
    expect([b.client.state, b.encrypt().outcome]).toEqual(["encrypted", "encrypted"]);
    expect(call.members).toHaveLength(2);
  });

  it("24 epoch 1 drops a pending version 0 and leaves a pending version > 0 executable, with its keys", () => {
    const { call, a, b } = pair();
    const c = call.join("300");
    call.addAll(a, [c], 7);
    for (const member of [a, b]) {
      member.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
      member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    }
    call.execute(7, [a, b, c]);
    expect(c.hear(a, a.speak())).toBe("decrypted");
    expect(b.hear(c, c.speak())).toBe("decrypted");
    b.receive({ op: 22, transitionId: 8 });
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 22, reason: "already-finished" });
  });

  it("op 4 with version 0: old keys up to and including 10 s (E4, M3)", () => {
    const { call, a, b } = pair();
    const frames = [a.speak(), a.speak()] as const;
    b.receive({ op: 4, protocolVersion: 0 });
    call.clock.advance(10_000);
    expect(b.hear(a, frames[0])).toBe("decrypted");
    call.clock.advance(1);
    expect(b.hear(a, frames[1])).toBe("no-key");
  });

  it("a downgrade dropped by a later transition closes its window 10 s after that, exclusively (M6)", () => {
    const { call, a, b } = pair();
    for (const member of [a, b]) member.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    call.addAll(a, [call.join("300")], 9);
    // E22: without its op 22 the later transition would be executed after 10 s
    call.clock.advance(9_999);
    expect(b.hear(a, FRAME)).toBe("plain");
    call.execute(9);
    call.clock.advance(9_999);
    expect(b.hear(a, FRAME)).toBe("plain");
    call.clock.advance(1);
    expect(b.hear(a, FRAME)).toBe("not-protocol-frame");
  });
});

describe("M10: the keys of a record dropped by the limit", () => {
  it("are accepted up to and including 10 s", () => {
    const { call, a, b } = pair();
    call.addAll(a, [call.join("300")], 100);
    b.receive({ op: 22, transitionId: 100 });
    const frames = [b.speak(), b.speak()] as const;
    for (let id = 1; id <= 16; id++) a.receive({ op: 21, protocolVersion: 0, transitionId: id });
    expect(a.eventsOf("transition").filter(({ phase }) => phase === "dropped")).toMatchObject([
      { transitionId: 100 },
    ]);
    call.clock.advance(10_000);
    expect(a.hear(b, frames[0])).toBe("decrypted");
    call.clock.advance(1);
    expect(a.hear(b, frames[1])).not.toBe("decrypted");
  });
});

describe("K4, §3: a 21 with version > 0 after a reset of MLS", () => {
  it("captures the keys that are installed; counters and replay windows go on", () => {
    const { a, b } = pair();
    const first = a.speak();
    expect(b.hear(a, first)).toBe("decrypted");
    const { sender: before } = snapshotOf(a.client);
    for (const member of [a, b]) {
      member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
      member.receive({ op: 21, protocolVersion: 1, transitionId: 5 });
      member.receive({ op: 22, transitionId: 5 });
    }
    expect(b.hear(a, first)).toBe("replayed");
    expect(b.hear(a, a.speak())).toBe("decrypted");
    expect(snapshotOf(a.client).sender).toEqual({ ...before, counter: 2 });
  });
});
