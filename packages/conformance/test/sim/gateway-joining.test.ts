// voice-gateway.md G1–G8, joining and committing, tried with small clients made straight from @puredave/mls.
import { describe, expect, test } from "vitest";
import { Room } from "./room.ts";

describe("G1 what a new connection is told", () => {
  test("11, 4, 25 in this order; the others hear of it by 11", () => {
    const room = new Room();
    const a = room.join(1);
    expect(a.member.ops).toEqual([11, 4, 25]);
    expect(a.member.all(4)[0]!.d).toEqual({ dave_protocol_version: 1 });
    const b = room.join(2);
    expect(b.member.heard[0]!.d).toEqual({ user_ids: ["1", "2"] });
    expect(a.member.all(11)[1]!.d).toEqual({ user_ids: ["2"] });
  });

  test("knob: the 11 about a newcomer follows its Add", () => {
    const room = new Room({ lateConnectMs: 300 });
    const a = room.join(1);
    room.join(2);
    expect(a.member.ops.indexOf(27)).toBeLessThan(a.member.ops.lastIndexOf(11));
    expect(a.member.ops.indexOf(27)).toBeGreaterThan(0);
  });

  test("a second connection of a user replaces the first without a 13", () => {
    const room = new Room();
    const a = room.join(1);
    const b = room.join(2);
    const again = room.join(2, { settleMs: 3000 });
    expect(b.closedWith).toBe(4006);
    expect(a.member.all(13)).toEqual([]);
    expect(room.authenticators(a, again)).toHaveLength(1);
    expect(room.of("epoch").at(-1)).toMatchObject({ epoch: 2n, added: ["2"], removed: ["2"] });
  });
});

describe("G2 the version of the call", () => {
  test("knob: without DAVE a client is closed with 4017", () => {
    const room = new Room({ daveRequired: true });
    expect(room.join(1, { maxVersion: 0 }).closedWith).toBe(4017);
  });

  test("is 0 when one client has no DAVE", () => {
    const room = new Room();
    room.join(1, { maxVersion: 0 });
    const b = room.join(2);
    expect(b.member.all(4)[0]!.d).toEqual({ dave_protocol_version: 0 });
    expect(b.member.ops).not.toContain(27);
  });
});

describe("G3 key packages", () => {
  test("a broken one closes with 4020", () => {
    const room = new Room();
    const a = room.join(1);
    a.link.send(Uint8Array.of(26, 1, 2, 3));
    room.pass(100);
    expect(a.closedWith).toBe(4020);
  });

  test("a new one of a pending member revokes the Add of the old", () => {
    const room = new Room();
    const a = room.join(1);
    const b = room.join(2, { settleMs: 0 });
    a.member.habits = { commits: false, answers: true };
    b.member.habits = { commits: false, answers: true };
    room.pass(200);
    b.member.sendKeyPackage();
    room.pass(200);
    expect(a.member.all(27).map(({ body }) => body[0])).toEqual([0, 1, 0]);
    expect(room.of("revoked")).toEqual([{ type: "revoked", epoch: 0n, userIds: ["2"] }]);
  });

  test("a new one of a member: Remove and Add in one epoch", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    b.member.sendKeyPackage();
    room.pass(500);
    expect(room.of("proposed").at(-1)).toMatchObject({ adds: ["2"], removes: [1] });
    expect(room.authenticators(a, b)).toHaveLength(1);
  });

  test("an identical one changes nothing", () => {
    const room = new Room();
    const sent: Uint8Array[] = [];
    const a = room.join(1);
    a.link.send = ((send) => (message) => {
      if (typeof message !== "string" && message[0] === 26) sent.push(message);
      send.call(a.link, message);
    })(a.link.send);
    a.member.sendKeyPackage();
    room.join(2);
    const before = room.events.length;
    a.link.send(sent[0]!);
    room.pass(500);
    expect(room.events.slice(before)).toEqual([]);
  });
});

describe("G4, G6, G7 forming a group", () => {
  test("all are pending; the first commit announced founds the group under id 0, without 22", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    expect(room.of("epoch")).toMatchObject([{ epoch: 1n, transitionId: 0 }]);
    expect(room.authenticators(a, b)).toHaveLength(1);
    expect([...a.member.executed, ...b.member.executed]).toEqual([]);
    const [author, other] = room.of("epoch")[0]!.author === "1" ? [a, b] : [b, a];
    expect(author.member.ops).toContain(29);
    expect(author.member.ops).not.toContain(30);
    expect(other.member.ops).toContain(30);
    expect(other.member.ops).not.toContain(29);
  });

  test("three at once still end in one epoch", () => {
    const room = new Room();
    const guests = [1, 2, 3].map((id) => room.join(id, { settleMs: 0 }));
    room.pass(5000);
    expect(room.authenticators(...guests)).toHaveLength(1);
    expect(guests[0]!.member.group!.members).toHaveLength(3);
  });

  test("later transitions take ids from 1; the 22 follows the last 23", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    const c = room.join(3);
    expect(room.of("executed")).toEqual([{ type: "executed", transitionId: 1, version: 1 }]);
    for (const { member } of [a, b, c]) expect(member.executed).toEqual([1]);
    expect(room.authenticators(a, b, c)).toHaveLength(1);
  });

  test("a member that does not answer holds the 22 back for 2 s", () => {
    const room = new Room();
    const [a, b] = [room.join(1), room.join(2)];
    b.member.habits = { commits: true, answers: false };
    room.join(3, { settleMs: 1500 });
    expect(a.member.executed).toEqual([]);
    room.pass(1000);
    expect(a.member.executed).toEqual([1]);
  });

  test("a welcome holds the secrets of its receiver alone", () => {
    const room = new Room({ batchMs: 100 });
    const [a] = [room.join(1), room.join(2)];
    const [c, d] = [room.join(3, { settleMs: 0 }), room.join(4, { settleMs: 2500 })];
    expect(room.authenticators(a, c, d)).toHaveLength(1);
    const [one, two] = [c, d].map(({ member }) => member.all(30)[0]!.body.length);
    expect(one).toBe(two);
    expect(c.member.all(30)[0]!.body).not.toEqual(d.member.all(30)[0]!.body);
  });
});

describe("G6 losing commits", () => {
  test("everybody commits, one wins, the others are dropped", () => {
    const room = new Room();
    const guests = [1, 2, 3, 4].map((id) => room.join(id));
    expect(room.authenticators(...guests)).toHaveLength(1);
    expect(room.of("commit-dropped").filter(({ reason }) => reason === "epoch").length).toBeGreaterThan(0);
  });

  test("a commit that lost a race against an append does not win; knob: it does", () => {
    const outcome = (winDespiteLaterAppend: boolean): string[] => {
      const room = new Room({ winDespiteLaterAppend });
      room.join(1);
      room.join(2);
      room.join(3, { settleMs: 12 });
      const before = room.of("epoch").length;
      room.join(4, { settleMs: 3000 });
      return room.of("epoch")[before]!.added;
    };
    expect(outcome(false)).toEqual(["3", "4"]);
    expect(outcome(true)).toEqual(["3"]);
  });
});

describe("G8 transition ids", () => {
  const ids = (room: Room): number[] => room.of("epoch").map(({ transitionId }) => transitionId);

  test("0 for the first group, then 1 … 65535, wrapping to 1", () => {
    const room = new Room({ lastId: 65_533 });
    for (const id of [1, 2, 3, 4, 5]) room.join(id);
    expect(ids(room)).toEqual([0, 65_534, 65_535, 1]);
  });

  test("never one still pending", () => {
    const room = new Room({ overlapping: true, executeDelayMs: 60_000 });
    for (const id of [1, 2, 3]) room.join(id);
    room.gateway.call.lastId = 0;
    room.join(4);
    expect(ids(room)).toEqual([0, 1, 2]);
  });
});
