// E27, E29, E30, V4: what a client says about its group when that group has lost it, or holds somebody unnamed.
import { describe, expect, it } from "vitest";
import { SsrcResolver } from "../src/index.ts";
import { Call, FRAME, type Member, pair } from "./support/call.ts";

const groupEvents = (member: Member): boolean[] => member.eventsOf("group").map(({ inGroup }) => inGroup);

describe("E29: a member that the group has lost is told so", () => {
  it("a commit that removes us: `inGroup` is false until the next welcome, while state and ready stay", () => {
    const { call, a, b } = pair();
    call.removeOne(a, b, 1, 7, true);
    expect([b.client.inGroup, b.client.state, b.client.ready]).toEqual([false, "encrypted", true]);
    expect(groupEvents(b)).toEqual([false]);
    expect(b.sentOf(23)).toEqual([]);
    call.addAll(a, [b], 8);
    expect(b.client.inGroup).toBe(true);
    expect(groupEvents(b)).toEqual([false, true]);
  });

  it("a recovery: false from its 31 on, not while it is only scheduled", () => {
    const { call, a, b } = pair();
    b.client.recover();
    b.checkEvents();
    expect(groupEvents(b)).toEqual([false]);
    call.inGroup.splice(1);
    call.removeOne(a, b, 1, 7);
    call.addAll(a, [b], 8);
    b.client.recover();
    expect(groupEvents(b)).toEqual([false, true]);
    call.clock.advance(1_000);
    expect(groupEvents(b)).toEqual([false, true, false]);
  });

  it("version 0 and a new identify end it", () => {
    const { b } = pair();
    b.client.recover();
    b.receive({ op: 4, protocolVersion: 0 });
    expect(b.client.inGroup).toBe(true);
    const other = pair().b;
    other.client.recover();
    other.client.beginConnection();
    other.checkEvents();
    expect(other.client.inGroup).toBe(true);
  });
});

describe("E30: members whom op 11 does not name", () => {
  /** b and c in a group with a, whom op 11 never named to b. */
  function withStranger() {
    const call = new Call();
    const a = call.join("100");
    const b = call.join("101");
    b.receive({ op: 13, userId: a.userId });
    call.addAll(a, [b], 0);
    return { call, a, b };
  }

  it("are in the getter and in the event of every epoch, until op 11 names them", () => {
    const { call, a, b } = withStranger();
    expect(b.client.unrecognized).toEqual([a.userId]);
    expect(b.eventsOf("roster").at(-1)).toMatchObject({ added: [a.userId], unrecognized: [a.userId] });
    call.addAll(a, [call.join("300")], 7);
    expect(b.eventsOf("roster").at(-1)).toMatchObject({ added: ["300"], unrecognized: [a.userId] });
    b.receive({ op: 11, userIds: [a.userId] });
    expect(b.client.unrecognized).toEqual([]);
    expect(b.eventsOf("roster").at(-1)).toEqual({ type: "roster", added: [], removed: [], unrecognized: [] });
  });

  it("a member who leaves is one until a commit removes them", () => {
    const { call, a, b } = pair();
    a.receive({ op: 13, userId: b.userId });
    expect(a.client.unrecognized).toEqual([b.userId]);
    call.removeOne(a, b, 1, 7);
    expect(a.client.unrecognized).toEqual([]);
    expect(a.eventsOf("roster").at(-1)).toMatchObject({ removed: [b.userId], unrecognized: [] });
  });
});

describe("events and getters agree", () => {
  it("over a reset of the group: epoch and privacy code change, members stay, as their frames do (M4)", () => {
    const { a, b } = pair();
    const rosters = b.eventsOf("roster").length;
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    expect(b.client.epoch).toBe(0n);
    expect(b.eventsOf("epoch").at(-1)).toEqual({ type: "epoch", epoch: 0n, members: [b.userId] });
    expect([...b.client.roster.keys()].sort()).toEqual([a.userId, b.userId]);
    expect(b.eventsOf("roster")).toHaveLength(rosters);
    expect(b.client.privacyCode).toBeUndefined();
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });

  it("at version 0 there is no group and nobody in it", () => {
    const { a, b } = pair();
    b.receive({ op: 4, protocolVersion: 0 });
    expect([b.client.epoch, b.client.roster.size]).toEqual([undefined, 0]);
    expect(b.eventsOf("roster").at(-1)).toMatchObject({ removed: [a.userId] });
  });

  it("after a new identify the executed version is told as undefined", () => {
    const { b } = pair();
    b.client.beginConnection();
    b.checkEvents();
    expect(b.eventsOf("version").at(-1)).toEqual({ type: "version", executed: undefined, previous: 1 });
  });

  it("V4: during a recovery the last privacy code stays, marked stale; a sole member has none", () => {
    const { a, b } = pair();
    const { code } = b.client.privacyCode!;
    b.client.recover();
    b.checkEvents();
    expect(b.client.privacyCode).toEqual({ code, stale: true });
    b.receive({ op: 13, userId: a.userId });
    expect(b.client.privacyCode).toBeUndefined();
  });

  it("what an event holds is a copy: emptying it keeps nobody's keys alive", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [Member, Member];
    a.client.on("epoch", ({ members: told }) => (told as string[]).splice(0));
    a.client.on("roster", ({ unrecognized }) => (unrecognized as string[]).push("999"));
    call.addAll(a, [call.join("300")], 7);
    call.execute(7);
    const frame = b.speak();
    a.receive({ op: 13, userId: b.userId });
    expect(a.client.unrecognized).toEqual([b.userId]);
    call.clock.advance(10_001);
    expect(a.hear(b, frame)).not.toBe("decrypted");
  });

  it("an SSRC resolver forgets who has left, and nobody over a mere reset or at version 0", () => {
    const { a, b } = pair();
    const resolver = new SsrcResolver(a.client);
    resolver.learn(5, b.userId);
    a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    expect(resolver.ownerOf(5)).toBe(b.userId);
    a.receive({ op: 4, protocolVersion: 0 });
    expect(resolver.ownerOf(5)).toBe(b.userId);
    expect(resolver.decrypt({ ssrc: 5, mediaType: "audio", frame: FRAME, candidates: [] })).toMatchObject({
      outcome: "plain",
      userId: b.userId,
    });
    const other = pair();
    const leaving = new SsrcResolver(other.a.client);
    leaving.learn(5, other.b.userId);
    other.a.receive({ op: 13, userId: other.b.userId });
    other.a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    other.a.receive({ op: 21, protocolVersion: 1, transitionId: 0 });
    expect(leaving.ownerOf(5)).toBeUndefined();
  });
});

describe("E27: proposals of a later epoch", () => {
  it("mean that a 29 was lost: recovery with the last announced id, which stays executable", () => {
    const { call, a, b } = pair();
    const [c, d] = [call.join("300"), call.join("301")];
    b.receive({ op: 21, protocolVersion: 1, transitionId: 4 });
    const append = call.append(call.addProposal(c));
    for (const member of [a, b]) member.receive(append);
    a.receive(call.announce(7, a.lastOf(28).commit));
    b.lose();
    const later = call.append(call.addProposal(d, 2n));
    b.receive(later);
    expect(b.lastOf(31).transitionId).toBe(4);
    expect(b.eventsOf("ignored").at(-1)).toMatchObject({ op: 27, reason: "future-epoch" });
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "prepared", transitionId: 4 });
    // in the pending group that follows it starts nothing
    b.receive(later);
    call.clock.advance(60_000);
    expect(b.sentOf(31)).toHaveLength(1);
  });

  it.each([
    ["signed by somebody else", "signature"],
    ["of another group", "group"],
  ])("do not when they are %s", (_, wrong) => {
    const { call, b } = pair();
    const c = call.join("300");
    const { message } = call.addProposal(c, 5n);
    const bent = message.slice();
    if (wrong === "signature") bent[bent.length - 1]! ^= 1;
    // version, wire format, length of the group id, group id
    else bent[5]! ^= 1;
    b.receive(call.append({ message: bent }));
    expect(b.eventsOf("ignored")).toHaveLength(1);
    expect(b.eventsOf("ignored")[0]!.reason).not.toBe("future-epoch");
    expect(b.sentOf(31)).toEqual([]);
  });

  it("do not when they are of an epoch that is over", () => {
    const { call, b } = pair();
    b.receive(call.append(call.addProposal(call.join("300"), 0n)));
    expect(b.eventsOf("ignored")).toMatchObject([{ op: 27, reason: "wrong-epoch" }]);
    expect(b.sentOf(31)).toEqual([]);
  });

  it("in a pending group start the 5 s of a foreign commit, only once a commit of ours has been sent", () => {
    const call = new Call();
    const [a, b, c] = [call.join("1"), call.join("2"), call.join("3")];
    b.receive(call.append(call.addProposal(c, 3n)));
    call.clock.advance(6_000);
    expect(b.sentOf(31)).toEqual([]);
    a.receive(call.append(call.addProposal(b, 0n)));
    expect(a.sentOf(28)).toHaveLength(1);
    a.receive(call.append(call.addProposal(c, 3n)));
    call.clock.advance(4_999);
    expect(a.sentOf(31)).toEqual([]);
    call.clock.advance(1);
    expect(a.sentOf(31)).toHaveLength(1);
  });
});
