// E21: who holds the sender's key decides what a 21 with id 0 means, and what the last op 13 does.
import { describe, expect, it } from "vitest";
import { type ClientSnapshot, snapshotOf } from "../src/index.ts";
import { Call, FRAME, type Member, pair } from "./support/call.ts";
import { heard } from "./support/talk.ts";

const senderKeyId = (member: Member): string | undefined => {
  const { sender }: ClientSnapshot = snapshotOf(member.client);
  return sender.kind === "key" ? sender.keyId : undefined;
};

const reset = (member: Member): void => {
  member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
  member.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
};

describe("E21: a 21 with id 0 while a holder of the sender's key is left (godave pull request 5)", () => {
  it("to one member, whose welcome comes a second later: 100 of 100 frames are heard both ways", () => {
    const { call, members } = Call.of(3);
    const [a, b, c] = members as [Member, Member, Member];
    const key = senderKeyId(a);
    reset(a);
    for (const other of [b, c]) expect(heard(call, a, other, 25)).toBe(25);
    for (const other of [b, c]) expect(heard(call, other, a, 25)).toBe(25);
    expect(senderKeyId(a)).toBe(key);
    // Remove + Add of a, under an id other than 0
    call.inGroup.splice(0, 1);
    const append = call.append(call.removeProposal(0), call.addProposal(a));
    for (const member of [b, c]) member.receive(append);
    const { commit, welcome } = b.lastOf(28);
    for (const member of [b, c]) member.receive(call.announce(8, commit));
    a.receive(call.welcomeFor(8, welcome!, a));
    expect(heard(call, a, b, 25) + heard(call, b, a, 25)).toBe(50);
    call.execute(8, [a, b, c]);
    expect(heard(call, a, b, 25) + heard(call, b, a, 25)).toBe(50);
    expect(senderKeyId(a)).not.toBe(key);
    expect(a.sentOf(31)).toEqual([]);
  });

  it("to all, and the group begins anew under id 0: no frame under the old key is lost", () => {
    const { call, a, b } = pair();
    for (const member of [a, b]) reset(member);
    expect(heard(call, a, b, 25) + heard(call, b, a, 25)).toBe(50);
    call.epoch = 0n;
    call.inGroup.splice(0);
    call.addAll(a, [b], 0);
    expect(heard(call, a, b, 25) + heard(call, b, a, 25)).toBe(50);
  });

  it("executes, drops and expires nothing, and sends no 23; pending records stay executable", () => {
    const { call, a, b } = pair();
    call.addAll(a, [call.join("300")], 7);
    const [events, sent] = [a.eventsOf("transition").length, a.sent.length];
    reset(a);
    expect(a.eventsOf("transition")).toHaveLength(events);
    expect(a.sent.slice(sent).map(({ op }) => op)).toEqual([26]);
    expect(snapshotOf(a.client).receivers.every(({ keys }) => keys.every((key) => !key.expiresAt))).toBe(
      true,
    );
    call.execute(7, [a, b]);
    expect(heard(call, a, b, 10) + heard(call, b, a, 10)).toBe(20);
  });

  it("leaves a sender of version 0 at plaintext while anybody is named", () => {
    const { a } = pair();
    a.receive({ op: 4, protocolVersion: 0 });
    reset(a);
    expect(a.encrypt()).toEqual({ outcome: "plain", frame: FRAME });
    expect(a.client.executedVersion).toBe(0);
  });

  it("leaves a newcomer without a key as it is while anybody is named", () => {
    const call = new Call();
    call.join("1");
    const b = call.join("2");
    reset(b);
    expect([b.client.executedVersion, b.client.ready]).toEqual([undefined, false]);
  });
});

describe("E21: the sole-member reset", () => {
  /** After it a new key is in use, which whoever left does not have. */
  function expectLeft(a: Member, b: Member, before: string | undefined): void {
    expect(senderKeyId(a)).toBeDefined();
    expect(senderKeyId(a)).not.toBe(before);
    expect(b.hear(a, a.speak())).toBe("authentication");
    expect([a.client.state, a.client.ready, a.client.inGroup]).toEqual(["alone", true, true]);
    expect([...a.client.roster.keys()]).toEqual([a.userId]);
    expect(a.eventsOf("transition").at(-1)).toMatchObject({
      phase: "executed",
      transitionId: 0,
      cause: "sole-member",
    });
  }

  it("happens at the 21 if no holder is left", () => {
    const { a, b } = pair();
    const before = senderKeyId(a);
    a.receive({ op: 13, userId: b.userId });
    expect(senderKeyId(a)).toBe(before);
    reset(a);
    expectLeft(a, b, before);
    expect(a.eventsOf("roster").at(-1)).toMatchObject({ added: [], removed: [b.userId] });
  });

  it.each([
    ["24 epoch 1 and 21 id 0", (a: Member) => reset(a)],
    ["24 epoch 1", (a: Member) => a.receive({ op: 24, protocolVersion: 1, epoch: 1n })],
    ["a recovery", (a: Member) => a.client.recover()],
  ])("happens at the op 13 that takes the last holder away after %s", (_, begin) => {
    const { call, members } = Call.of(3);
    const [a, b, c] = members as [Member, Member, Member];
    const before = senderKeyId(a);
    begin(a);
    a.receive({ op: 13, userId: b.userId });
    expect(senderKeyId(a)).toBe(before);
    expect(c.hear(a, a.speak())).toBe("decrypted");
    const late = c.speak();
    const later = c.speak();
    a.receive({ op: 13, userId: c.userId });
    expectLeft(a, c, before);
    // old receive keys: up to and including 10 s
    call.clock.advance(10_000);
    expect(a.hear(c, late)).toBe("decrypted");
    call.clock.advance(1);
    expect(a.hear(c, later)).not.toBe("decrypted");
  });

  it("happens at that op 13 after our removal, too", () => {
    const { call, a, b } = pair();
    const before = senderKeyId(a);
    call.removeOne(b, a, 0, 7, true);
    expect(a.client.inGroup).toBe(false);
    expect(senderKeyId(a)).toBe(before);
    a.receive({ op: 13, userId: b.userId });
    expectLeft(a, b, before);
  });

  it("does not happen at an op 13 while our group is established", () => {
    const { a, b } = pair();
    const before = senderKeyId(a);
    a.receive({ op: 13, userId: b.userId });
    expect(senderKeyId(a)).toBe(before);
  });

  it("counts nobody who has left and come back, and nobody outside the epoch, as a holder", () => {
    const { call, a, b } = pair();
    const before = senderKeyId(a);
    call.join("300");
    a.receive({ op: 13, userId: b.userId });
    a.receive({ op: 11, userIds: [b.userId] });
    reset(a);
    expect(senderKeyId(a)).not.toBe(before);
    expect(b.hear(a, a.speak())).toBe("authentication");
  });

  it("gives a member's frames back once they are adopted again: B's return is told as added", () => {
    const { call, a, b } = pair();
    a.receive({ op: 13, userId: b.userId });
    reset(a);
    call.epoch = 0n;
    call.inGroup.splice(0);
    a.receive({ op: 11, userIds: [b.userId] });
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    call.addAll(a, [b], 3);
    expect(a.eventsOf("roster").at(-1)).toMatchObject({ added: [b.userId], removed: [] });
    call.execute(3);
    expect(heard(call, a, b, 10) + heard(call, b, a, 10)).toBe(20);
  });

  it("without a pending group: not ready, never the old key, until op 25 lets one be built", () => {
    const call = new Call();
    const a = call.join("1");
    a.client.beginConnection();
    a.receive({ op: 4, protocolVersion: 1 });
    a.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    expect(a.encrypt()).toEqual({ outcome: "not-ready", reason: "alone" });
    a.receive({ op: 25, externalSender: call.signer.externalSender });
    expect(a.encrypt().outcome).toBe("encrypted");
  });

  it("drops older records, except that at an op 13 a pending version-0 record stays", () => {
    const { a, b } = pair();
    a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    a.receive({ op: 21, protocolVersion: 1, transitionId: 5 });
    a.receive({ op: 21, protocolVersion: 0, transitionId: 6 });
    a.receive({ op: 13, userId: b.userId });
    expect(snapshotOf(a.client).transitions).toMatchObject([{ id: 6, version: 0 }]);
    a.receive({ op: 22, transitionId: 6 });
    expect(a.encrypt()).toEqual({ outcome: "plain", frame: FRAME });
    const other = pair();
    other.a.receive({ op: 13, userId: other.b.userId });
    other.a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    other.a.receive({ op: 21, protocolVersion: 0, transitionId: 6 });
    other.a.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    expect(snapshotOf(other.a.client).transitions).toEqual([]);
  });
});
