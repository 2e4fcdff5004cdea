// O2–O4, M11: sequence, resume, identify, close; and whatever bytes the gateway may send.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DaveClient, DaveError } from "../src/index.ts";
import { encodeServerMessage } from "../src/protocol.ts";
import { VirtualClock } from "../src/testing.ts";
import { Call, FRAME } from "./support/call.ts";

describe("O2: sequence", () => {
  it("counts JSON and binary together, -1 before any; of unknown opcodes only those of JSON", () => {
    const client = new Call().join("1").client;
    client.beginConnection();
    expect(client.seqAck).toBe(-1);
    client.receive('{"op":18,"d":{},"seq":0}');
    expect(client.seqAck).toBe(0);
    client.receive(Uint8Array.of(0, 1, 99));
    expect(client.seqAck).toBe(0);
    client.receive(Uint8Array.of(0, 1, 25));
    expect(client.seqAck).toBe(1);
    client.receive('{"op":22,"d":{"transition_id":"nonsense"},"seq":2}');
    expect(client.seqAck).toBe(2);
    client.receive('{"op":18,"d":{}}');
    expect(client.seqAck).toBe(2);
  });

  it("ignores what is not newer, across the wrap too", () => {
    const member = new Call().join("1");
    const { client } = member;
    client.beginConnection();
    for (const seq of [65534, 65535, 0, 1])
      client.receive(`{"op":11,"d":{"user_ids":["${seq + 5}"]},"seq":${seq}}`);
    expect(client.seqAck).toBe(1);
    client.receive('{"op":11,"d":{"user_ids":["77"]},"seq":65535}');
    client.receive('{"op":11,"d":{"user_ids":["77"]},"seq":1}');
    expect(client.recognizedUserIds.has("77")).toBe(false);
    expect(member.eventsOf("ignored").map(({ reason }) => reason)).toEqual(["old-sequence", "old-sequence"]);
  });
});

describe("O3: resume", () => {
  it("what was produced while the socket was down follows op 9, newest of each", () => {
    const { call, members } = Call.of(2);
    const a = members[0]!;
    const c = call.join("300");
    a.client.connectionLost();
    const before = a.sent.length;
    a.receive(call.append(call.addProposal(c)));
    a.receive({ op: 21, protocolVersion: 1, transitionId: 4 });
    expect(a.sent).toHaveLength(before);
    a.receive({ op: 9 });
    expect(a.sent.slice(before).map(({ op }) => op)).toEqual([28, 23]);
    a.receive({ op: 9 });
    expect(a.sent).toHaveLength(before + 2);
  });

  it("an unanswered 31 and its key package come first; an answered one is not repeated", () => {
    const { call, members } = Call.of(2);
    const [a, b] = [members[0]!, members[1]!];
    b.client.connectionLost();
    b.client.recover();
    const before = b.sent.length;
    b.receive({ op: 9 });
    // the recovery is carried out 1 s after op 9
    expect(b.sent).toHaveLength(before);
    call.clock.advance(1_000);
    expect(b.sent.slice(before)).toMatchObject([{ op: 31, transitionId: 0 }, { op: 26 }]);
    b.client.connectionLost();
    b.receive({ op: 9 });
    expect(b.sent.slice(before + 2)).toMatchObject([{ op: 31, transitionId: 0 }, { op: 26 }]);
    call.inGroup.splice(1);
    call.join("300");
    call.removeOne(a, b, 1, 7);
    call.addAll(a, [b], 8);
    b.client.connectionLost();
    const later = b.sent.length;
    b.receive({ op: 9 });
    expect(b.sent.slice(later).map(({ op }) => op)).toEqual([23]);
  });

  it("resets nothing: the sender goes on while the socket is down", () => {
    const { members } = Call.of(2);
    const [a, b] = [members[0]!, members[1]!];
    a.client.connectionLost();
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });
});

describe("O4: older connections and closed sessions change nothing", () => {
  it("by the number that identify returned", () => {
    const member = new Call().join("1");
    const old = member.client.beginConnection();
    const now = member.client.beginConnection();
    member.client.receive('{"op":4,"d":{"dave_protocol_version":0}}', old);
    expect(member.client.state).toBe("negotiating");
    member.client.receive('{"op":4,"d":{"dave_protocol_version":0}}', now);
    expect(member.client.state).toBe("plain");
  });

  it("close erases, is safe twice, and nothing is sent afterwards (§10.7)", () => {
    const { call, members } = Call.of(2);
    const [a, b] = [members[0]!, members[1]!];
    const frame = b.speak();
    a.client.close();
    a.client[Symbol.dispose]();
    const { length } = a.sent;
    a.receive({ op: 24, protocolVersion: 1, epoch: 1n });
    a.client.recover();
    a.client.tick();
    call.clock.advance(100_000);
    expect(a.sent).toHaveLength(length);
    expect(a.encrypt()).toEqual({ outcome: "failed", reason: "closed" });
    expect(a.hear(b, frame)).toBe("closed");
    expect(a.client.ready).toBe(false);
    expect(a.client.nextDeadline()).toBeUndefined();
  });
});

describe("M11: only misuse throws", () => {
  const options = { userId: "1", channelId: "2", send: () => {} };

  it.each([
    ["a user id that is none", { userId: "01" }, "invalid-snowflake"],
    ["a channel id above 64 bits", { channelId: 1n << 64n }, "invalid-snowflake"],
    ["no send", { send: undefined }, "invalid-argument"],
    ["an unknown policy", { policy: "hope" }, "invalid-argument"],
    ["a short signature key", { signaturePrivateKey: new Uint8Array(31) }, "invalid-argument"],
    ["a signature key that is no scalar", { signaturePrivateKey: new Uint8Array(32) }, "invalid-argument"],
  ])("constructor: %s", (_, wrong, code) => {
    expect(() => new DaveClient({ ...options, ...wrong } as never)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it("wrong arguments of every method are DaveErrors", () => {
    const client = new DaveClient(options) as unknown as Record<string, (...args: unknown[]) => unknown>;
    const wrong: [string, unknown[]][] = [
      ["receive", [5]],
      ["receive", [undefined]],
      ["encrypt", [undefined]],
      ["encrypt", [{ mediaType: "audio", ssrc: 1, frame: [1] }]],
      ["encrypt", [{ mediaType: "smell", ssrc: 1, frame: FRAME }]],
      ["encrypt", [{ mediaType: "audio", ssrc: -1, frame: FRAME }]],
      ["encrypt", [{ mediaType: "audio", ssrc: 2 ** 32, frame: FRAME }]],
      ["decrypt", [{ userId: "x", mediaType: "audio", frame: FRAME }]],
      ["decrypt", [{ userId: "1", mediaType: "audio" }]],
      ["assignSsrcToCodec", [1, "h266"]],
      ["assignSsrcToCodec", ["1", "opus"]],
      ["verificationOf", ["5"]],
      ["markVerified", ["5"]],
      ["on", ["state", 5]],
      ["tick", ["soon"]],
      ["tick", [Number.NaN]],
    ];
    for (const [method, args] of wrong)
      expect(() => client[method]!(...args), `${method} ${JSON.stringify(args)}`).toThrow(DaveError);
  });

  it("a throwing listener or send disturbs nothing (LIB-13)", () => {
    const faults: unknown[] = [];
    const client = new DaveClient({
      ...options,
      send: () => {
        throw new Error("socket gone");
      },
      onFault: (fault) => {
        faults.push(fault);
        throw fault;
      },
    });
    client.on("state", () => {
      throw new Error("listener");
    });
    client.receive('{"op":4,"d":{"dave_protocol_version":1}}');
    expect(client.state).toBe("alone");
    expect(faults.map((fault) => (fault as Error).message)).toContain("socket gone");
    expect(faults.map((fault) => (fault as Error).message)).toContain("listener");
  });

  it("a message received from within send or a listener follows the one being applied", () => {
    const order: string[] = [];
    const client: DaveClient = new DaveClient({
      ...options,
      send: () => client.receive('{"op":11,"d":{"user_ids":["9"]}}'),
    });
    client.on("state", ({ state }) => order.push(state));
    client.receive('{"op":4,"d":{"dave_protocol_version":1}}');
    expect(order).toEqual(["alone", "negotiating"]);
  });

  it("any opcode body of any type, order or number leaves the client usable", () => {
    const { members } = Call.of(3);
    const [a, b] = [members[0]!, members[1]!];
    const garbage = fc.oneof(
      fc
        .record({ op: fc.integer({ min: 0, max: 40 }), d: fc.jsonValue() })
        .map((value) => JSON.stringify(value)),
      fc
        .tuple(fc.constantFrom(25, 27, 29, 30), fc.uint8Array({ maxLength: 80 }))
        .map(([op, body]) => Uint8Array.of(0xff, 0xff, op, ...body)),
      fc.uint8Array({ maxLength: 8 }),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: 5 }), (messages) => {
        for (const message of messages) a.client.receive(message);
        a.client.tick();
        expect(["encrypted", "plain", "not-ready"]).toContain(a.encrypt().outcome);
        expect(() => a.hear(b, FRAME)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});

describe("time has a face", () => {
  it("without timers, nextDeadline and tick drive expiries", () => {
    const clock = new VirtualClock();
    const sent: unknown[] = [];
    const client = new DaveClient({
      userId: "1",
      channelId: "2",
      send: (message) => sent.push(message),
      clock: { now: clock.now },
    });
    client.receive('{"op":4,"d":{"dave_protocol_version":1}}');
    client.receive(encodeServerMessage({ op: 30, transitionId: 1, welcome: Uint8Array.of(1) }));
    client.receive(encodeServerMessage({ op: 30, seq: 2, transitionId: 2, welcome: Uint8Array.of(1) }));
    const { length } = sent;
    expect(client.nextDeadline()).toBe(clock.now() + 1_000);
    client.tick(clock.now() + 999);
    expect(sent.length).toBe(length);
    clock.step(1_000);
    client.tick(clock.now());
    expect(sent.length).toBe(length + 2);
    expect(client.nextDeadline()).toBeUndefined();
  });
});
