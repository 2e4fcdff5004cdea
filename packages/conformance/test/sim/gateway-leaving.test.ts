// voice-gateway.md G5, G9–G13, leaving, recovery, versions, resume and garbage, tried with the same small clients.
import { describe, expect, test } from "vitest";
import { joinBytes, u16 } from "../../src/sim/gateway/wire.ts";
import { Room } from "./room.ts";

describe("G5, G9 leaving and rejoining", () => {
  test("13 to all, then a Remove; the group goes on", () => {
    const room = new Room();
    const [a, b, c] = [room.join(1), room.join(2), room.join(3)];
    room.leave(c, 1000);
    expect(a.member.all(13)[0]!.d).toEqual({ user_id: "3" });
    expect(a.member.ops.lastIndexOf(13)).toBeLessThan(a.member.ops.lastIndexOf(27));
    expect(a.member.group!.members).toHaveLength(2);
    expect(room.authenticators(a, b)).toHaveLength(1);
  });

  test("the Add of a user who left at once is revoked", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    for (const { member } of [a, b]) member.habits = { commits: false, answers: true };
    const c = room.join(3, { settleMs: 100 });
    room.leave(c, 100);
    expect(a.member.all(27).at(-1)!.body[0]).toBe(1);
    expect(a.member.group!.members).toHaveLength(2);
  });

  test("a 31 removes its sender, its 26 adds it again", () => {
    const room = new Room();
    const [a, b, c] = [room.join(1), room.join(2), room.join(3)];
    c.member.flag(1);
    room.pass(3000);
    expect(room.of("flagged")).toMatchObject([{ userId: "3", transitionId: 1, counted: true }]);
    expect(room.authenticators(a, b, c)).toHaveLength(1);
    expect(c.member.group!.members).toHaveLength(3);
  });

  test("a 31 for what was announced before the newest 26 changes nothing", () => {
    const room = new Room();
    const guests = [room.join(1), room.join(2), room.join(3)];
    guests[2]!.member.flag(1);
    room.pass(3000);
    guests[2]!.link.send(JSON.stringify({ op: 31, d: { transition_id: 1 } }));
    const epochs = room.of("epoch").length;
    room.pass(1000);
    expect(room.of("flagged").at(-1)!.counted).toBe(false);
    expect(room.of("epoch")).toHaveLength(epochs);
  });
});

describe("G10", () => {
  test("sole member: 24 epoch 1, then 21 id 0, no Remove, and the next group has id 0", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    const before = a.member.ops.length;
    room.leave(b);
    expect(a.member.ops.slice(before)).toEqual([13, 24, 21]);
    expect(a.member.heard.at(-1)!.d).toEqual({ protocol_version: 1, transition_id: 0 });
    const c = room.join(3, { settleMs: 1000 });
    expect(room.authenticators(a, c)).toHaveLength(1);
    expect(room.of("epoch").at(-1)).toMatchObject({ epoch: 1n, transitionId: 0 });
  });

  test("knob: the leaver is removed by a commit first", () => {
    const room = new Room({ soleByCommit: true });
    const [a, b] = [room.join(1), room.join(2)];
    const before = a.member.ops.length;
    room.leave(b);
    expect(a.member.ops.slice(before)).toEqual([13, 27, 29, 24, 21]);
  });

  test("the Remove and Add of a two-member recovery is no sole-member reset", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    b.member.flag(0);
    room.pass(3000);
    expect(room.of("reset")).toEqual([]);
    expect(room.authenticators(a, b)).toHaveLength(1);
  });

  test("nobody left who could commit: all start anew under an id other than 0", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    a.member.flag(0);
    b.member.flag(0);
    room.pass(3000);
    expect(room.of("reset")).toEqual([{ type: "reset", why: "no-committer", version: 1 }]);
    expect(room.of("epoch").at(-1)).toMatchObject({ epoch: 1n });
    expect(room.of("epoch").at(-1)!.transitionId).not.toBe(0);
    expect(room.authenticators(a, b)).toHaveLength(1);
  });
});

describe("G11 downgrade and upgrade", () => {
  test("a client without DAVE joins and leaves", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    const plain = room.join(9, { maxVersion: 0 });
    expect(a.member.all(21)[0]!.d).toEqual({ protocol_version: 0, transition_id: 1 });
    expect(room.of("executed")).toEqual([{ type: "executed", transitionId: 1, version: 0 }]);
    expect(plain.member.ops).toEqual([11, 4]);
    room.leave(plain, 3000);
    expect(a.member.all(24)[0]!.d).toEqual({ protocol_version: 1, epoch: 1 });
    expect(room.of("epoch").at(-1)!.transitionId).toBe(2);
    expect(room.of("executed").at(-1)).toEqual({ type: "executed", transitionId: 2, version: 1 });
    expect(room.authenticators(a, b)).toHaveLength(1);
  });

  test("the pending downgrade is executed before the 24, and its newcomer gets 21 and 22", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    b.member.habits = { commits: true, answers: false };
    const plain = room.join(9, { maxVersion: 0, settleMs: 100 });
    const c = room.join(3, { settleMs: 100 });
    expect(c.member.ops).toEqual([11, 4, 25, 21]);
    room.leave(plain, 100);
    for (const { member } of [a, b, c]) {
      expect(member.ops.indexOf(22)).toBeGreaterThan(member.ops.indexOf(21));
      expect(member.ops.indexOf(24)).toBeGreaterThan(member.ops.indexOf(22));
    }
  });
});

describe("G12 seq and resume", () => {
  test("seq counts text and binary together", () => {
    const room = new Room();
    const a = room.join(1);
    room.join(2);
    room.join(3);
    expect(a.member.heard.map(({ seq }) => seq)).toEqual(a.member.heard.map((_, i) => i));
  });

  test("a resumed connection gets what it missed, in order, nothing twice", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    const seqAck = a.member.heard.at(-1)!.seq!;
    a.link.drop();
    room.gateway.connectionLost(a.session);
    room.join(3, { settleMs: 300 });
    a.link = room.newLink(a);
    expect(room.gateway.resume(a.session, seqAck, a.link)).toBe(true);
    room.pass(3000);
    const seqs = a.member.heard.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
    expect(seqs).toEqual(seqs.map((_, i) => i));
    expect(room.authenticators(a, b)).toHaveLength(1);
  });

  test("gone for longer: refused, and removed", () => {
    const room = new Room({ resumeWindowMs: 5000 });
    const guests = [room.join(1), room.join(2), room.join(3)];
    guests[2]!.link.drop();
    room.gateway.connectionLost(guests[2]!.session);
    room.pass(6000);
    expect(room.gateway.resume(guests[2]!.session, 0, room.newLink(guests[2]!))).toBe(false);
    expect(guests[0]!.member.group!.members).toHaveLength(2);
  });

  test("knob: a 22 may be sent ahead of its 29", () => {
    const room = new Room({ executeEarly: 1 });
    const [a] = [room.join(1), room.join(2)];
    const before = a.member.ops.length;
    room.join(3);
    const ops = a.member.ops.slice(before);
    expect(ops.indexOf(22)).toBeLessThan(ops.indexOf(29));
    expect(ops.indexOf(22)).toBeGreaterThanOrEqual(0);
  });
});

describe("G13 garbage and floods", () => {
  test.each([
    ["not JSON", "{"],
    ["no opcode", "{}"],
    ["empty", new Uint8Array()],
    ["a server's opcode", Uint8Array.of(27, 0, 0)],
    ["half a commit", Uint8Array.of(28, 0, 1)],
    ["a 31 without id", '{"op":31,"d":{}}'],
    ["binary opcode as text", '{"op":26,"d":{}}'],
  ])("%s closes with 4020, the call goes on", (_, message) => {
    const room = new Room();
    const guests = [room.join(1), room.join(2), room.join(3)];
    guests[1]!.link.send(message);
    room.pass(1000);
    expect(guests[1]!.closedWith).toBe(4020);
    expect(room.authenticators(guests[0]!, guests[2]!)).toHaveLength(1);
    expect(guests[0]!.member.group!.members).toHaveLength(2);
  });

  test("a flood closes with 4021", () => {
    const room = new Room();
    const a = room.join(1);
    for (let i = 0; i < 300; i++) a.link.send(JSON.stringify({ op: 3, d: {} }));
    room.pass(100);
    expect(a.closedWith).toBe(4021);
  });

  test("a commit of somebody else's group or epoch never wins", () => {
    const room = new Room();
    const a = room.join(1);
    room.join(2);
    const forged = joinBytes(Uint8Array.of(28), a.member.all(29)[0]?.body.slice(2) ?? u16(0));
    const before = room.of("epoch").length;
    a.link.send(forged);
    room.pass(500);
    expect(room.of("epoch")).toHaveLength(before);
  });
});
