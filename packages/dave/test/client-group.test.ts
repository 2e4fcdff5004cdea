// §3 Events E4–E31, played message by message.
import { describe, expect, it } from "vitest";
import { broken, Call, FRAME, type Member } from "./support/call.ts";

const pair = (): { call: Call; a: Member; b: Member } => {
  const { call, members } = Call.of(2);
  return { call, a: members[0]!, b: members[1]! };
};

describe("E4: op 4", () => {
  it("version > 0 sends exactly one key package, before the external sender is known (SES-01, GW-05)", () => {
    const call = new Call();
    const a = call.join("1");
    expect(a.sent.map(({ op }) => op)).toEqual([26]);
  });

  it("version 0 is executed at once", () => {
    const call = new Call();
    const a = call.join("1");
    a.receive({ op: 4, protocolVersion: 0 });
    expect(a.encrypt()).toEqual({ outcome: "plain", frame: FRAME });
  });

  it("on an existing session media state stays", () => {
    const { a, b } = pair();
    b.receive({ op: 4, protocolVersion: 1 });
    expect(b.client.epoch).toBe(0n);
    expect(a.hear(b, b.speak())).toBe("decrypted");
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });

  it("a version above ours, in any op, changes nothing (§10.6)", () => {
    const { a } = pair();
    const sent = a.sent.length;
    a.receive({ op: 4, protocolVersion: 2 });
    a.receive({ op: 21, protocolVersion: 2, transitionId: 4 });
    a.receive({ op: 24, protocolVersion: 2, epoch: 1n });
    expect(a.eventsOf("ignored").map(({ op, reason }) => [op, reason])).toEqual(
      [4, 21, 24].map((op) => [op, "unsupported-version"]),
    );
    expect(a.sent).toHaveLength(sent);
    expect(a.client.epoch).toBe(1n);
  });

  it("a new identify clears media: not ready, plaintext never", () => {
    const { a, b } = pair();
    const frame = b.speak();
    a.client.beginConnection();
    expect(a.client.seqAck).toBe(-1);
    a.receive({ op: 4, protocolVersion: 1 });
    expect(a.encrypt().outcome).toBe("not-ready");
    expect(a.hear(b, frame)).toBe("no-key");
    expect(a.client.recognizedUserIds.size).toBe(0);
  });
});

describe("E11, E13: who is there", () => {
  it("op 11 adds and never replaces; a known user keeps replay state (SES-11, LIB-07, GW-10)", () => {
    const { call, a, b } = pair();
    const frame = b.speak();
    expect(a.hear(b, frame)).toBe("decrypted");
    a.receive({ op: 11, userIds: [b.userId] });
    a.receive({ op: 11, userIds: ["999"] });
    expect([...a.client.recognizedUserIds].sort()).toEqual([b.userId, "999"].sort());
    expect(a.hear(b, frame)).toBe("replayed");
    expect(call.members).toHaveLength(2);
  });

  it("op 13: the keys go 10 s later if no transition removes the user (§10.10)", () => {
    const { call, a, b } = pair();
    const frames = [b.speak(), b.speak()] as const;
    a.receive({ op: 13, userId: b.userId });
    call.clock.advance(10_000);
    a.client.tick();
    expect(a.hear(b, frames[0])).toBe("decrypted");
    call.clock.advance(1);
    expect(a.hear(b, frames[1])).toBe("no-key");
  });

  it("rejoining cancels that; op 13 for ourselves is ignored (SES-24)", () => {
    const { call, a, b } = pair();
    const frame = b.speak();
    a.receive({ op: 13, userId: b.userId });
    a.receive({ op: 13, userId: a.userId });
    call.clock.advance(9_000);
    a.receive({ op: 11, userIds: [b.userId] });
    call.clock.advance(60_000);
    expect(a.hear(b, frame)).toBe("decrypted");
    expect(a.client.ready).toBe(true);
  });
});

describe("E21: sole-member reset", () => {
  it("the one who stays uses a key that those who left do not have, never plaintext (SES-20)", () => {
    const { call, a, b } = pair();
    a.receive({ op: 13, userId: b.userId });
    a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    const between = a.speak();
    expect(b.hear(a, between)).toBe("decrypted");
    a.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    expect(a.client.state).toBe("alone");
    expect(b.hear(a, a.speak())).not.toBe("decrypted");
    expect(a.sentOf(23)).toEqual([]);
    // the refill (SES-02): the next transition replaces that key as any other
    call.inGroup.length = 0;
    call.epoch = 0n;
    const c = call.join("300");
    call.addAll(a, [c], 12);
    call.execute(12);
    expect(c.hear(a, a.speak())).toBe("decrypted");
  });

  it("without a pending group it is not ready until there is one (E25)", () => {
    const { call, a } = pair();
    a.client.beginConnection();
    a.receive({ op: 4, protocolVersion: 1 });
    a.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    expect(a.encrypt().outcome).toBe("not-ready");
    a.receive({ op: 25, externalSender: call.signer.externalSender });
    expect(a.encrypt().outcome).toBe("encrypted");
  });
});

describe("E22: execute", () => {
  it("ahead of its announcement it is remembered 10 s", () => {
    const { call, a, b } = pair();
    const c = call.join("300");
    for (const member of [a, b]) member.receive({ op: 22, transitionId: 7 });
    call.clock.advance(10_000);
    call.addAll(a, [c], 7);
    expect(a.sentOf(23)).toHaveLength(1);
    c.receive({ op: 22, transitionId: 7 });
    expect(c.hear(a, a.speak())).toBe("decrypted");
  });

  it("longer than that it is forgotten", () => {
    const { call, a, b } = pair();
    const c = call.join("300");
    for (const member of [a, b]) member.receive({ op: 22, transitionId: 7 });
    call.clock.advance(10_001);
    call.addAll(a, [c], 7);
    expect(c.hear(a, a.speak())).toBe("authentication");
  });

  it("an executed id again is ignored (SES-27); announced again it starts anew", () => {
    const { call, a } = pair();
    call.addAll(a, [call.join("300")], 7);
    call.execute(7);
    a.receive({ op: 22, transitionId: 7 });
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ op: 22, reason: "already-finished" });
    a.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    expect(a.sentOf(23)).toHaveLength(2);
    a.receive({ op: 22, transitionId: 7 });
    expect(a.eventsOf("transition").filter(({ phase }) => phase === "executed")).toHaveLength(3);
  });
});

describe("E24: prepare epoch", () => {
  it("epoch 1 resets and sends a new key package; another epoch does neither (§10.5)", () => {
    const { a } = pair();
    const before = a.sentOf(26).length;
    a.receive({ op: 24, protocolVersion: 1, epoch: 5n });
    expect([a.client.epoch, a.sentOf(26).length]).toEqual([1n, before]);
    a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    expect([a.client.epoch, a.sentOf(26).length]).toEqual([0n, before + 1]);
  });

  it("the number may come as a string (SES-03); version 0 is an error event", () => {
    const { a } = pair();
    a.client.receive('{"op":24,"d":{"protocol_version":"1","epoch":"1"}}');
    expect(a.client.epoch).toBe(0n);
    a.receive({ op: 24, protocolVersion: 0, epoch: 1n });
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ op: 24, reason: "version-zero-epoch" });
  });

  it("0 → 1 → 0 → 1 (SES-25)", () => {
    const call = new Call();
    const members = ["1", "2"].map((id) => call.join(id));
    const [a, b] = members as [Member, Member];
    for (const member of members) member.receive({ op: 4, protocolVersion: 0 });
    for (let round = 1; round <= 2; round++) {
      expect(b.hear(a, a.encrypt().outcome === "plain" ? FRAME : a.speak())).toBe("plain");
      for (const member of members) member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
      call.inGroup.length = 0;
      call.epoch = 0n;
      call.addAll(a, [b], round);
      call.execute(round);
      expect(b.hear(a, a.speak())).toBe("decrypted");
      for (const member of members) member.receive({ op: 21, protocolVersion: 0, transitionId: 50 + round });
      call.execute(50 + round);
    }
  });
});

describe("E25: external sender", () => {
  it("the same again changes nothing; another while pending rebuilds; another once established is ignored (SES-16)", () => {
    const { call, a } = pair();
    const lone = call.join("9");
    const other = call.signer.externalSenderWith(lone.client.publicKey);
    a.receive({ op: 25, externalSender: call.signer.externalSender });
    expect(a.eventsOf("ignored")).toEqual([]);
    a.receive({ op: 25, externalSender: other });
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ op: 25, reason: "external-sender-changed" });
    expect(a.client.epoch).toBe(1n);
    lone.receive({ op: 25, externalSender: other });
    expect(lone.client.epoch).toBe(0n);
    a.receive({ op: 25, externalSender: Uint8Array.of(1, 2, 3) });
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ reason: "malformed-external-sender" });
  });
});

describe("E27: proposals", () => {
  it("an Add of an unrecognised user parks the whole message until op 11 names them (MLS-05)", () => {
    const { call, a, b } = pair();
    const stranger = new Call().join("300");
    const append = call.append(call.addProposal(stranger));
    a.receive(append);
    expect(a.eventsOf("deferredUsers")).toMatchObject([{ userIds: ["300"] }]);
    expect(a.sentOf(28)).toHaveLength(1); // the first group's only
    // while one is parked nothing is committed, even what alone would be fine
    a.receive(call.append(call.removeProposal(1)));
    expect(a.sentOf(28)).toHaveLength(1);
    a.receive({ op: 11, userIds: ["300"] });
    expect(a.sentOf(28)).toHaveLength(2);
    expect(b.client.epoch).toBe(1n);
  });

  it("a commit that refers to a parked proposal waits for its op 11, and 22 behind it", () => {
    const { call, a, b } = pair();
    const c = new Call().join("300");
    c.client.beginConnection();
    const append = call.append(call.addProposal(c));
    b.receive(append);
    a.receive({ op: 11, userIds: ["300"] });
    a.receive(append);
    b.receive(call.announce(7, a.lastOf(28).commit));
    b.receive({ op: 22, transitionId: 7 });
    expect([b.client.epoch, b.sentOf(23).length]).toEqual([1n, 0]);
    b.receive({ op: 11, userIds: ["300"] });
    expect([b.client.epoch, b.sentOf(23).length]).toEqual([2n, 1]);
    a.receive(call.announce(7, a.lastOf(28).commit));
    expect(a.hear(b, b.speak())).toBe("decrypted");
  });

  it("without that op 11 it is invalid after 2 s; 21 and 22 that waited are applied first", () => {
    const { call, a, b } = pair();
    const c = new Call().join("300");
    a.receive({ op: 11, userIds: ["300"] });
    const append = call.append(call.addProposal(c));
    for (const member of [a, b]) member.receive(append);
    b.receive(call.announce(7, a.lastOf(28).commit));
    b.receive({ op: 21, protocolVersion: 0, transitionId: 8 });
    call.clock.advance(1_999);
    expect(b.sentOf(31)).toEqual([]);
    call.clock.advance(1);
    expect(b.sent.slice(-3).map(({ op }) => op)).toEqual([23, 31, 26]);
    expect(b.eventsOf("invalid")).toMatchObject([{ op: 29, transitionId: 7, reason: "parked-too-long" }]);
  });

  it("before op 25 it is parked, and committed when 25 comes (SES-15)", () => {
    const call = new Call();
    const a = call.join("1");
    const b = call.join("2");
    a.client.beginConnection();
    a.receive({ op: 11, userIds: ["2"] });
    a.receive({ op: 4, protocolVersion: 1 });
    a.receive(call.append(call.addProposal(b)));
    expect(a.sentOf(28)).toEqual([]);
    a.receive({ op: 25, externalSender: call.signer.externalSender });
    expect(a.sentOf(28)).toHaveLength(1);
  });

  it("all or nothing: one bad proposal and none is queued (MLS-06)", () => {
    const { call, a } = pair();
    const c = call.join("300");
    a.receive(call.append(call.addProposal(c), call.removeProposal(40)));
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ op: 27 });
    a.receive(call.revoke(call.addProposal(c).ref));
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ reason: "unknown-proposal-ref" });
    expect(a.sentOf(28)).toHaveLength(1);
  });

  it("revoking the only proposal leaves nothing to commit (MLS-07)", () => {
    const { call, a } = pair();
    const add = call.addProposal(call.join("300"));
    a.receive(call.append(add));
    expect(a.sentOf(28)).toHaveLength(2);
    a.receive(call.revoke(add.ref));
    expect(a.sentOf(28)).toHaveLength(2);
  });

  it("revoking what is parked lets the rest of its message in", () => {
    const { call, a } = pair();
    const c = call.join("300");
    const stranger = new Call().join("301");
    const [known, unknown] = [call.addProposal(c), call.addProposal(stranger)];
    a.receive(call.append(known, unknown));
    expect(a.sentOf(28)).toHaveLength(1);
    a.receive(call.revoke(unknown.ref));
    expect(a.sentOf(28)).toHaveLength(2);
  });

  it("waits with a Remove of ourselves, two Removes of one leaf, a user twice", () => {
    const { call, a } = pair();
    const waiting = () => a.eventsOf("commitWaiting").map(({ reason }) => reason);
    const self = call.removeProposal(0);
    a.receive(call.append(self));
    expect(waiting()).toEqual(["removes-self"]);
    a.receive(call.revoke(self.ref));
    const again = call.addProposal(call.members[1]!);
    call.members[1]!.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    const rejoin = call.addProposal(call.members[1]!);
    a.receive(call.append(rejoin));
    expect(waiting()).toEqual(["removes-self", "duplicate-identity"]);
    // Remove and Add of one user is fine (§10.4)
    a.receive(call.append(call.removeProposal(1)));
    expect(a.sentOf(28)).toHaveLength(2);
    expect(again.ref).not.toEqual(rejoin.ref);
  });

  it("each 27 supersedes our commit, and the older one may still win (MLS-08, §10.1)", () => {
    const { call, a, b } = pair();
    const [c, d] = [call.join("300"), call.join("301")];
    const add = call.addProposal(c);
    a.receive(call.append(add));
    const older = a.lastOf(28).commit;
    a.receive(call.append(call.addProposal(d)));
    expect(a.lastOf(28).commit).not.toEqual(older);
    b.receive(call.append(add));
    for (const member of [a, b]) member.receive(call.announce(7, older));
    expect([a.client.epoch, b.client.epoch]).toEqual([2n, 2n]);
    expect([...a.client.roster.keys()]).toEqual(["100", "101", "300"]);
    expect(a.client.privacyCode).toEqual(b.client.privacyCode);
  });
});

describe("E29: commits", () => {
  it("the epoch does not move before the announcement (MLS-09)", () => {
    const { call, a } = pair();
    a.receive(call.append(call.addProposal(call.join("300"))));
    expect(a.sentOf(28)).toHaveLength(2);
    expect(a.client.epoch).toBe(1n);
  });

  it("late, duplicated or of another group: ignored; nothing is sent (§10.8)", () => {
    const { call, a, b } = pair();
    const c = call.join("300");
    call.addAll(a, [c], 7);
    const { commit } = a.lastOf(28);
    const sent = b.sent.length;
    b.receive(call.announce(7, commit));
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 29, reason: "past-epoch" });
    expect(b.sent).toHaveLength(sent);
  });

  it("invalid: 31, reset, 26, in this order; media goes on (SES-12, SES-13)", () => {
    const { call, a, b } = pair();
    a.receive(call.append(call.addProposal(call.join("300"))));
    b.receive(call.append(call.addProposal(call.members[2]!)));
    b.receive(call.announce(7, broken(a.lastOf(28).commit)));
    expect(b.sent.slice(-2)).toMatchObject([{ op: 31, transitionId: 7 }, { op: 26 }]);
    expect(b.client.epoch).toBe(0n);
    expect(b.client.privacyCode).toEqual({ code: a.client.privacyCode!.code, stale: true });
    expect(a.hear(b, b.speak())).toBe("decrypted");
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });

  it("whoever is removed drops to a pending group, keeps media, sends no 23 but a new key package", () => {
    const { call, a, b } = pair();
    const c = call.join("300");
    call.addAll(a, [c], 7);
    call.execute(7);
    const packages = b.sentOf(26).length;
    call.removeOne(a, b, 1, 8, true);
    expect([b.client.epoch, b.sentOf(26).length, b.sentOf(23).length]).toEqual([0n, packages + 1, 1]);
    expect(b.hear(a, a.speak())).toBe("decrypted");
    call.execute(8);
    expect(b.hear(a, a.speak())).not.toBe("decrypted");
    expect(c.hear(a, a.speak())).toBe("decrypted");
  });

  it("another's commit while pending is ignored; without our welcome we recover after 5 s", () => {
    const call = new Call();
    const [a, b, c] = ["1", "2", "3"].map((id) => call.join(id)) as [Member, Member, Member];
    for (const [member, others] of [[a, [b, c]] as const, [b, [a, c]] as const])
      member.receive(call.append(...others.map((other) => call.addProposal(other))));
    b.receive(call.announce(0, a.lastOf(28).commit));
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 29, reason: "pending-group" });
    call.clock.advance(4_999);
    expect(b.sentOf(31)).toEqual([]);
    call.clock.advance(1);
    expect(b.sentOf(31)).toEqual([{ op: 31, transitionId: 0 }]);
  });
});

describe("E30: welcomes", () => {
  it("for a superseded key package: ignored, no 31; recovery only after 5 s without the right one", () => {
    const call = new Call();
    const [a, b] = ["1", "2"].map((id) => call.join(id)) as [Member, Member];
    a.receive(call.append(call.addProposal(b)));
    const { welcome } = a.lastOf(28);
    const stale = call.welcomeFor(0, welcome!, b);
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    b.receive(stale);
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 30, reason: "not-for-newest-key-package" });
    call.clock.advance(4_999);
    expect(b.sentOf(31)).toEqual([]);
    call.clock.advance(1);
    expect(b.sentOf(31)).toEqual([{ op: 31, transitionId: 0 }]);
  });

  it("a second welcome in a group is ignored (SES-18)", () => {
    const call = new Call();
    const [a, b] = ["1", "2"].map((id) => call.join(id)) as [Member, Member];
    a.receive(call.append(call.addProposal(b)));
    const welcome = call.welcomeFor(0, a.lastOf(28).welcome!, b);
    b.receive(welcome);
    b.receive(welcome);
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 30, reason: "already-joined" });
    expect([b.client.epoch, b.sentOf(31).length]).toEqual([1n, 0]);
  });

  it("members that op 11 has not named are accepted and reported (MLS-19)", () => {
    const call = new Call();
    const [a, b] = ["1", "2"].map((id) => call.join(id)) as [Member, Member];
    b.client.beginConnection();
    b.receive({ op: 4, protocolVersion: 1 });
    b.receive({ op: 25, externalSender: call.signer.externalSender });
    a.receive(call.append(call.addProposal(b)));
    b.receive(call.welcomeFor(0, a.lastOf(28).welcome!, b));
    expect(b.eventsOf("roster").at(-1)).toMatchObject({ unrecognized: ["1"] });
    expect(b.client.epoch).toBe(1n);
  });

  it("another external sender than op 25's is invalid (MLS-22)", () => {
    const call = new Call();
    const [a, b] = ["1", "2"].map((id) => call.join(id)) as [Member, Member];
    a.receive(call.append(call.addProposal(b)));
    b.receive({ op: 25, externalSender: call.signer.externalSenderWith(a.client.publicKey) });
    b.receive(call.welcomeFor(0, a.lastOf(28).welcome!, b));
    expect(b.eventsOf("invalid")).toMatchObject([{ op: 30, reason: "external-sender-mismatch" }]);
  });
});

describe("E31: recovery", () => {
  const spoil = (member: Member, id: number) =>
    member.receive({ op: 30, transitionId: id, welcome: Uint8Array.of(1) });

  it("first at once, then 1, 2, 4 s …; one timer, the latest id wins (SES-14)", () => {
    const call = new Call();
    const a = call.join("1");
    const ids = () => a.sentOf(31).map(({ transitionId }) => transitionId);
    spoil(a, 1);
    expect(ids()).toEqual([1]);
    for (let i = 0; i < 1_000; i++) spoil(a, 2 + (i % 7));
    expect(ids()).toEqual([1]);
    call.clock.advance(1_000);
    expect(ids()).toEqual([1, 2 + (999 % 7)]);
    spoil(a, 20);
    call.clock.advance(1_999);
    expect(ids()).toHaveLength(2);
    call.clock.advance(1);
    expect(ids()).toHaveLength(3);
    // after 30 s without a fault the delay starts anew
    call.clock.advance(30_000);
    spoil(a, 21);
    expect(ids()).toHaveLength(4);
  });

  it("a fault healed meanwhile is not answered", () => {
    const { call, a, b } = pair();
    b.client.recover();
    call.inGroup.splice(1);
    const c = call.join("300");
    call.removeOne(a, b, 1, 7);
    spoil(b, 9);
    call.addAll(a, [b], 8);
    expect(b.client.epoch).toBe(a.client.epoch);
    const before = b.sentOf(31).length;
    call.clock.advance(60_000);
    expect(b.sentOf(31)).toHaveLength(before);
    expect(b.eventsOf("recovery").at(-1)).toMatchObject({ phase: "abandoned" });
    expect(c.client.epoch).toBe(0n);
  });

  it("by hand: the last announced id, 0 if none; the record stays executable (SES-05)", () => {
    const { call, a, b } = pair();
    a.client.recover();
    expect(a.sent.slice(-2)).toMatchObject([{ op: 31, transitionId: 0 }, { op: 26 }]);
    b.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    b.client.recover();
    expect(b.sentOf(31)).toEqual([{ op: 31, transitionId: 7 }]);
    b.receive({ op: 22, transitionId: 7 });
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed", transitionId: 7 });
    expect(call.members).toHaveLength(2);
  });

  it("at an executed version 0 it does nothing, with an event", () => {
    const { a } = pair();
    a.receive({ op: 4, protocolVersion: 0 });
    a.client.recover();
    expect(a.sentOf(31)).toEqual([]);
    expect(a.eventsOf("ignored").at(-1)).toMatchObject({ reason: "nothing-to-recover" });
  });
});
