// O2, O3: what a lost websocket stops, and what op 9 brings back, while media go on over UDP.
import { describe, expect, it } from "vitest";
import type { ServerMessage } from "../src/index.ts";
import { broken, Call, type Member, pair } from "./support/call.ts";
import { heard, talk } from "./support/talk.ts";

/** The websocket of a member, down: messages wait for the resume. */
function lose(member: Member): { resume(order: "op 9 first" | "op 9 last"): void } {
  const backlog: ServerMessage[] = [];
  const { receive } = member;
  member.client.connectionLost();
  member.receive = (message) => backlog.push(message);
  return {
    resume(order) {
      member.receive = receive;
      const nine: ServerMessage = { op: 9 };
      const all = order === "op 9 first" ? [nine, ...backlog] : [...backlog, nine];
      for (const message of all) member.receive(message);
    },
  };
}

describe("O3: a lost websocket with live UDP", () => {
  it.each(["op 9 first", "op 9 last"] as const)(
    "8 s without a socket while somebody joins: 200 of 200 frames are heard afterwards (%s)",
    (order) => {
      const { call, a, b } = pair();
      expect(heard(call, a, b, 50)).toBe(50);
      const socket = lose(b);
      expect(heard(call, a, b, 50)).toBe(50);
      call.addAll(a, [call.join("300")], 7);
      call.execute(7);
      expect(talk(call, a, b, 350)).toEqual(Array(350).fill("authentication"));
      socket.resume(order);
      expect(heard(call, a, b, 200)).toBe(200);
      expect(heard(call, b, a, 200)).toBe(200);
      expect(b.sentOf(31)).toEqual([]);
      call.clock.advance(60_000);
      expect(b.sentOf(31)).toEqual([]);
    },
  );

  it("failing media are not counted meanwhile", () => {
    const { call, a, b } = pair();
    const bad = a.speak().slice();
    bad[0]! ^= 1;
    const fail = (frames: number): void => {
      for (let i = 0; i < frames; i++) {
        b.hear(a, bad);
        call.clock.advance(20);
      }
    };
    fail(200);
    b.client.connectionLost();
    fail(10_000);
    b.receive({ op: 9 });
    fail(49);
    expect(b.sentOf(31)).toEqual([]);
    fail(10);
    expect(b.sentOf(31)).toHaveLength(1);
  });

  it("a commit that passed our pending group by starts its 5 s anew at op 9", () => {
    const { call, a, b } = pair();
    b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    // an own commit of the pending group, then another's
    b.receive(call.append(call.addProposal(a, 0n)));
    const c = call.join("300");
    a.receive(call.append(call.addProposal(c)));
    b.receive(call.announce(7, a.lastOf(28).commit));
    call.clock.advance(3_000);
    b.client.connectionLost();
    call.clock.advance(60_000);
    expect(b.sentOf(31)).toEqual([]);
    b.receive({ op: 9 });
    call.clock.advance(4_999);
    expect(b.sentOf(31)).toEqual([]);
    call.clock.advance(1);
    expect(b.lastOf(31).transitionId).toBe(7);
  });

  it("a welcome for an older key package starts its 5 s anew at op 9", () => {
    const { call, a } = pair();
    const c = call.join("300");
    const append = call.append(call.addProposal(c));
    for (const member of call.inGroup) member.receive(append);
    const welcome = call.welcomeFor(7, a.lastOf(28).welcome!, c);
    c.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    c.receive(welcome);
    call.clock.advance(4_000);
    c.client.connectionLost();
    call.clock.advance(60_000);
    c.receive({ op: 9 });
    call.clock.advance(4_999);
    expect(c.sentOf(31)).toEqual([]);
    call.clock.advance(1);
    expect(c.lastOf(31).transitionId).toBe(7);
  });

  it("a commit that waits for an op 11 waits 2 s from op 9", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [Member, Member];
    const { receive } = b;
    b.receive = () => {};
    const c = call.join("300");
    b.receive = receive;
    const append = call.append(call.addProposal(c));
    for (const member of [a, b]) member.receive(append);
    b.receive(call.announce(7, a.lastOf(28).commit));
    expect(b.eventsOf("deferredUsers")).toHaveLength(1);
    call.clock.advance(1_000);
    b.client.connectionLost();
    call.clock.advance(60_000);
    b.receive({ op: 9 });
    call.clock.advance(1_999);
    expect(b.eventsOf("invalid")).toEqual([]);
    b.receive({ op: 11, userIds: [c.userId] });
    expect(b.client.epoch).toBe(2n);
  });

  it("an op 22 that came before its announcement is remembered for 10 s from op 9", () => {
    const { call, a, b } = pair();
    b.receive({ op: 22, transitionId: 7 });
    call.clock.advance(9_000);
    b.client.connectionLost();
    call.clock.advance(60_000);
    b.receive({ op: 9 });
    call.clock.advance(10_000);
    call.addAll(a, [call.join("300")], 7);
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed", transitionId: 7 });
  });

  it("the waits for a missing op 22 begin anew at op 9", () => {
    const { call, a, b } = pair();
    call.addAll(a, [call.join("300")], 7);
    call.clock.advance(9_000);
    b.client.connectionLost();
    call.clock.advance(60_000);
    b.receive({ op: 9 });
    call.clock.advance(9_999);
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "prepared" });
    call.clock.advance(1);
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed", cause: "missing-execute" });
  });

  it("other deadlines run on: the keys of whoever left go after 10 s", () => {
    const { call, a, b } = pair();
    const frame = b.speak();
    a.receive({ op: 13, userId: b.userId });
    a.client.connectionLost();
    call.clock.advance(10_001);
    expect(a.hear(b, frame)).not.toBe("decrypted");
  });
});

describe("O3: a recovery that falls due while the connection is lost", () => {
  /** b gets an invalid 29 of a backlog that comes before op 9. */
  function flagged() {
    const { call, a, b } = pair();
    b.client.connectionLost();
    const append = call.append(call.addProposal(call.join("300")));
    for (const member of [a, b]) member.receive(append);
    b.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    b.receive(call.announce(7, broken(a.lastOf(28).commit)));
    return { call, a, b };
  }

  it("flags its id and drops its record at once, and is carried out 1 s after op 9", () => {
    const { call, b } = flagged();
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "flagged", transitionId: 7 });
    call.clock.advance(60_000);
    expect(b.sentOf(31)).toEqual([]);
    b.receive({ op: 9 });
    call.clock.advance(999);
    expect(b.sentOf(31)).toEqual([]);
    expect(b.client.inGroup).toBe(true);
    call.clock.advance(1);
    expect(b.lastOf(31).transitionId).toBe(7);
    expect(b.client.inGroup).toBe(false);
    b.checkEvents();
    expect(b.eventsOf("recovery").map(({ phase, delayMs }) => [phase, delayMs])).toEqual([
      ["scheduled", 1_000],
      ["scheduled", 1_000],
      ["started", 0],
    ]);
  });

  it("is not carried out when a commit is adopted before", () => {
    const { call, a, b } = flagged();
    b.receive({ op: 9 });
    b.receive(call.announce(7, a.lastOf(28).commit));
    call.clock.advance(60_000);
    expect(b.sentOf(31)).toEqual([]);
    expect(b.client.epoch).toBe(2n);
  });

  it("recover() and E31's timer wait as well", () => {
    const { call, b } = pair();
    b.client.recover();
    b.client.recover();
    expect(b.sentOf(31)).toHaveLength(1);
    b.client.connectionLost();
    call.clock.advance(5_000);
    expect(b.sentOf(31)).toHaveLength(1);
    expect(b.client.nextDeadline()).toBeUndefined();
    b.receive({ op: 9 });
    call.clock.advance(999);
    expect(b.sentOf(31).map(({ transitionId }) => transitionId)).toEqual([0, 0]);
    call.clock.advance(1);
    expect(b.sentOf(31)).toHaveLength(3);
  });

  it("goes with a new identify", () => {
    const { call, b } = flagged();
    b.client.beginConnection();
    b.checkEvents();
    b.receive({ op: 4, protocolVersion: 1 });
    call.clock.advance(60_000);
    expect(b.sentOf(31)).toEqual([]);
    expect(b.sentOf(26).length).toBeGreaterThan(1);
  });
});

describe("O2: sequence numbers", () => {
  const op11 = (user: number, seq: number): string => `{"op":11,"d":{"user_ids":["${user}"]},"seq":${seq}}`;

  it("of JSON may be any safe integer: the low 16 bits are compared, and the number is acknowledged as it came", () => {
    const { client } = new Call().join("1");
    client.beginConnection();
    for (const seq of [65_535, 65_536, 65_537, 2 ** 32 + 2]) client.receive(op11(seq, seq));
    expect([...client.recognizedUserIds]).toEqual(["65535", "65536", "65537", String(2 ** 32 + 2)]);
    expect(client.seqAck).toBe(2 ** 32 + 2);
    // a binary message has 16 bits
    client.receive(Uint8Array.of(0, 3, 25));
    expect(client.seqAck).toBe(3);
    client.receive(op11(7, 65_536 * 3 + 3));
    expect(client.recognizedUserIds.has("7")).toBe(false);
    client.receive(op11(7, Number.MAX_SAFE_INTEGER - 0xffff + 4));
    expect(client.recognizedUserIds.has("7")).toBe(true);
  });

  it("with a gap of more than one are an event, which starts nothing", () => {
    const member = new Call().join("1");
    const { client } = member;
    client.beginConnection();
    const sent = member.sent.length;
    for (const seq of [65_534, 65_535, 1, 2, 2, 65_538, 65_542]) client.receive(op11(5, seq));
    expect(member.eventsOf("messagesMissing")).toEqual([
      { type: "messagesMissing", expected: 0, received: 1 },
      { type: "messagesMissing", expected: 3, received: 6 },
    ]);
    expect(member.sent).toHaveLength(sent);
  });

  it("of an unknown binary opcode never count", () => {
    const { client } = new Call().join("1");
    client.beginConnection();
    client.receive(op11(5, 1));
    client.receive(Uint8Array.of(0x30, 0, 99));
    client.receive(op11(6, 2));
    expect(client.recognizedUserIds.has("6")).toBe(true);
  });
});
