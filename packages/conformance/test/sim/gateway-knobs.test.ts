// voice-gateway.md G10, G14, G15, G17 and the passer-by of G5: a gateway that loses, races, repeats and leaves out.
import { describe, expect, test } from "vitest";
import type { Guest } from "./room.ts";
import { Room } from "./room.ts";

/** What a guest heard after a place in its list. */
const since = ({ member }: Guest, from: number): number[] => member.ops.slice(from);
const heardIds = ({ member }: Guest, op: number): unknown[] => member.all(op).map(({ d }) => d.transition_id);

describe("G10 in a call whose group is not established", () => {
  test("the one who is left gets 24 epoch 1 and 21 id 0", () => {
    const room = new Room();
    const a = room.join(1);
    a.member.habits = { commits: false, answers: true };
    const b = room.join(2, { settleMs: 0 });
    b.member.habits = { commits: false, answers: true };
    room.pass(500);
    expect(room.of("epoch")).toEqual([]);
    const before = a.member.ops.length;
    room.leave(b);
    expect(since(a, before)).toEqual([13, 24, 21]);
    expect(a.member.heard.at(-1)!.d).toEqual({ protocol_version: 1, transition_id: 0 });
  });

  test("who comes first is told nothing of the kind", () => {
    const room = new Room();
    expect(room.join(1).member.ops).toEqual([11, 4, 25]);
  });
});

describe("G14 a gateway that loses", () => {
  test.each([27, 29, 22] as const)("op %i never reaches one of those who were to get it", (op) => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    room.gateway.call.doomed.set(op, "1");
    // whoever misses a proposal cannot follow its commit
    const commits = op !== 27;
    for (const { member } of [a, b]) member.habits = { commits, answers: true };
    const counts = [a.member.all(op).length, b.member.all(op).length];
    room.join(3, { settleMs: 3000 });
    expect(room.of("lost")).toEqual([{ type: "lost", userId: "1", op }]);
    expect(a.member.all(op).length).toBe(counts[0]);
    expect(b.member.all(op).length).toBeGreaterThan(counts[1]!);
  });

  test("the lost message has used up its seq, and a resume does not bring it", () => {
    const room = new Room();
    const [a] = [room.join(1), room.join(2)];
    room.gateway.call.doomed.set(29, "1");
    room.join(3, { settleMs: 3000 });
    const numbers = a.member.heard.map(({ seq }) => seq!);
    const missing = numbers.filter((seq, i) => i > 0 && seq !== numbers[i - 1]! + 1);
    expect(missing).toHaveLength(1);
    a.link = room.newLink(a);
    const before = a.member.ops.length;
    expect(room.gateway.resume(a.session, numbers.indexOf(missing[0]!) - 1, a.link)).toBe(true);
    room.pass(100);
    expect(since(a, before)).not.toContain(29);
  });

  test("what only one member was to get is never lost", () => {
    const room = new Room({ lose: 1 });
    room.join(1);
    room.join(2, { settleMs: 2000 });
    // of two pending members each gets the Add of the other alone
    expect(room.of("lost").filter(({ op }) => op === 27)).toEqual([]);
    expect(room.of("epoch")).toHaveLength(1);
  });

  test("proposals are not lost to the only member who can still commit them", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    room.gateway.call.doomed.set(27, "1");
    const before = a.member.all(27).length;
    // the second member flags its commit, so that only the first one can remove it and add it again
    b.member.flag(0);
    room.pass(3000);
    expect(room.of("lost")).toEqual([]);
    expect(a.member.all(27).length).toBeGreaterThan(before);
    expect(room.of("epoch").at(-1)).toMatchObject({ author: "1", added: ["2"] });
  });

  test("the 22 of a version-0 transition is never lost", () => {
    const room = new Room({ lose: 1 });
    const [a, b] = [room.join(1), room.join(2)];
    room.join(9, { maxVersion: 0, settleMs: 3000 });
    const { transitionId } = room.of("executed").at(-1)!;
    expect(room.of("executed").at(-1)).toMatchObject({ version: 0 });
    for (const guest of [a, b]) expect(heardIds(guest, 22)).toContain(transitionId);
  });

  test("behind a lost Remove the Add of the same user is not sent to that member", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2), room.join(3)];
    for (const { member } of [a, b]) member.habits = { commits: false, answers: true };
    room.gateway.call.doomed.set(27, "1");
    const before = a.member.all(27).length;
    room.join(3, { settleMs: 3000 });
    expect(room.of("lost")).toHaveLength(1);
    expect(a.member.all(27).length).toBe(before);
  });
});

describe("G15 the race", () => {
  test("to one: 24 epoch 1 and 21 id 0, then Remove and Add under an id other than 0", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    const [beforeA, beforeB] = [a.member.ops.length, b.member.ops.length];
    room.gateway.race(a.session);
    room.pass(100);
    expect(since(a, beforeA).slice(0, 2)).toEqual([24, 21]);
    expect(since(b, beforeB)).toEqual([]);
    room.pass(4000);
    expect(room.of("epoch").at(-1)!.transitionId).not.toBe(0);
    expect(room.authenticators(a, b)).toHaveLength(1);
    expect(since(b, beforeB)).not.toContain(24);
  });

  test("to all: there is no group any more, pending transitions are void, and the next group begins at epoch 1", () => {
    const room = new Room({ executeDelayMs: 10_000 });
    const guests = [room.join(1), room.join(2), room.join(3)];
    expect(room.gateway.call.pending).toHaveLength(1);
    room.gateway.race();
    expect(room.gateway.call.pending).toEqual([]);
    expect(room.gateway.call.established).toBe(false);
    room.pass(4000);
    for (const guest of guests) expect(guest.member.ops).toContain(24);
    expect(room.of("epoch").at(-1)).toMatchObject({ epoch: 1n });
    expect(room.authenticators(...guests)).toHaveLength(1);
  });

  test("a member that is alone cannot be raced", () => {
    const room = new Room();
    const a = room.join(1);
    room.gateway.race(a.session);
    room.gateway.race();
    expect(room.of("race")).toEqual([]);
  });

  test("knob: the 13 that leaves one alone follows the 24 and the 21, and no second 21 comes", () => {
    const room = new Room({ lateDisconnectMs: 1500 });
    const [a, b] = [room.join(1), room.join(2)];
    const before = a.member.ops.length;
    room.leave(b, 3000);
    expect(since(a, before)).toEqual([24, 21, 13]);
  });

  test("knob: no 13 for somebody who is back before it", () => {
    const room = new Room({ lateDisconnectMs: 1500 });
    const [a, b] = [room.join(1), room.join(2)];
    const before = a.member.ops.length;
    room.leave(b, 200);
    room.join(2, { settleMs: 4000 });
    expect(since(a, before)).not.toContain(13);
  });
});

describe("G17 the order of things", () => {
  test("25 before 4", () => {
    const room = new Room({ senderFirst: true });
    expect(room.join(1).member.ops).toEqual([11, 25, 4]);
  });

  test("no 25 at version 0; it comes right before the 24 of the upgrade", () => {
    const room = new Room({ senderAtUpgrade: true });
    const plain = room.join(9, { maxVersion: 0 });
    const a = room.join(1);
    expect(a.member.ops).toEqual([11, 4]);
    room.leave(plain);
    expect(a.member.ops.slice(2, 5)).toEqual([13, 25, 24]);
  });

  test("4 again with the version executed, never while an upgrade or a downgrade is under way", () => {
    const room = new Room();
    const [a] = [room.join(1), room.join(2)];
    room.gateway.describeAgain(a.session);
    room.pass(3000);
    expect(a.member.all(4).at(-1)!.d).toEqual({ dave_protocol_version: 1 });
    expect(a.member.all(4)).toHaveLength(2);
    room.join(9, { maxVersion: 0, settleMs: 0 });
    room.gateway.describeAgain(a.session);
    room.pass(100);
    expect(a.member.all(4)).toHaveLength(2);
  });
});

describe("what else a gateway may do", () => {
  test("knob: the 11 of a newcomer leaves one member out and names it later", () => {
    const room = new Room({ strangerMs: 2000 });
    room.join(1);
    room.join(2);
    const c = room.join(3);
    const first = c.member.all(11)[0]!.d.user_ids as string[];
    expect(first).toHaveLength(2);
    room.pass(2000);
    const later = c.member.all(11).at(-1)!.d.user_ids as string[];
    expect(new Set([...first, ...later])).toEqual(new Set(["1", "2", "3"]));
  });

  test("a member is removed although it is connected, and added again once its new 26 is there", () => {
    const room = new Room();
    const [, b] = [room.join(1), room.join(2), room.join(3)];
    room.gateway.remove(b.session);
    room.pass(500);
    expect(room.of("epoch").at(-1)).toMatchObject({ removed: ["2"] });
  });
});
