// §2 Voice gateway messages, O1: both forms, both ways, and everything that is none.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClientMessage, ServerMessage } from "../src/index.ts";
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "../src/protocol.ts";
import { Call } from "./support/call.ts";
import { clientMessage, serverMessage } from "./support/decoded.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const bytes = fc.uint8Array({ maxLength: 60 });
const userId = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String);

const anyServerMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({ op: fc.constant(4 as const), protocolVersion: u16, seq: u16 }),
  fc.record({ op: fc.constant(11 as const), userIds: fc.array(userId), seq: u16 }),
  fc.record({ op: fc.constant(13 as const), userId, seq: u16 }),
  fc.record({ op: fc.constant(21 as const), protocolVersion: u16, transitionId: u16, seq: u16 }),
  fc.record({ op: fc.constant(22 as const), transitionId: u16, seq: u16 }),
  fc.record({ op: fc.constant(24 as const), protocolVersion: u16, epoch: u16.map(BigInt), seq: u16 }),
  fc.record({ op: fc.constant(25 as const), externalSender: bytes, seq: u16 }),
  fc.record({ op: fc.constant(27 as const), body: bytes, seq: u16 }),
  fc.record({ op: fc.constant(29 as const), transitionId: u16, commit: bytes, seq: u16 }),
  fc.record({ op: fc.constant(30 as const), transitionId: u16, welcome: bytes, seq: u16 }),
);

describe("server messages", () => {
  it("what is encoded decodes to the same", () => {
    fc.assert(
      fc.property(anyServerMessage, (message) => {
        expect(serverMessage(encodeServerMessage(message))).toEqual(message);
      }),
    );
  });

  it("byte for byte: uint16 sequence number big endian, opcode, body; ids up to 65535 (GW-01, §10.9)", () => {
    expect(serverMessage(Uint8Array.of(0x01, 0x02, 29, 0xff, 0xfe, 9, 9))).toEqual({
      op: 29,
      seq: 0x0102,
      transitionId: 0xfffe,
      commit: Uint8Array.of(9, 9),
    });
    expect(encodeServerMessage({ op: 30, seq: 258, transitionId: 65534, welcome: Uint8Array.of(7) })).toEqual(
      Uint8Array.of(1, 2, 30, 255, 254, 7),
    );
  });

  it("takes string, Uint8Array, ArrayBuffer and any view, offsets respected (LIB-04)", () => {
    const message = Uint8Array.of(99, 0, 5, 25, 1, 2, 3);
    const view = message.subarray(1);
    const expected = { op: 25, seq: 5, externalSender: Uint8Array.of(1, 2, 3) };
    expect(serverMessage(view)).toEqual(expected);
    expect(serverMessage(view.slice().buffer)).toEqual(expected);
    expect(serverMessage(new DataView(message.buffer, 1))).toEqual(expected);
    expect(serverMessage(Buffer.from(view))).toEqual(expected);
  });

  it("O1: ids, epochs and versions as numbers or strings; 0 is a value", () => {
    const parse = (d: unknown) => serverMessage(JSON.stringify({ op: 21, d }));
    expect(parse({ protocol_version: 0, transition_id: 0 })).toMatchObject({
      protocolVersion: 0,
      transitionId: 0,
    });
    expect(parse({ protocol_version: "1", transition_id: "65535" })).toMatchObject({
      protocolVersion: 1,
      transitionId: 65535,
    });
    expect(
      serverMessage('{"op":24,"d":{"protocol_version":1,"epoch":"18446744073709551615"}}'),
    ).toMatchObject({
      epoch: (1n << 64n) - 1n,
    });
    // a server that knows nothing of DAVE (LIB-18)
    expect(serverMessage('{"op":4,"d":{"secret_key":[]}}')).toMatchObject({
      op: 4,
      protocolVersion: 0,
    });
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no opcode", '{"d":{}}'],
    ["an opcode that is no integer", '{"op":1.5,"d":{}}'],
    ["no body", '{"op":21}'],
    ["an absent epoch (SES-03)", '{"op":24,"d":{"protocol_version":1}}'],
    ["an unsafe integer", '{"op":24,"d":{"protocol_version":1,"epoch":9007199254740993}}'],
    ["a negative id", '{"op":22,"d":{"transition_id":-1}}'],
    ["an id above 16 bits", '{"op":22,"d":{"transition_id":65536}}'],
    ["a fraction", '{"op":22,"d":{"transition_id":1.5}}'],
    ["a user id with a leading zero (§10.12)", '{"op":13,"d":{"user_id":"012"}}'],
    ["a user id above 64 bits", '{"op":13,"d":{"user_id":"18446744073709551616"}}'],
    ["user ids that are no list", '{"op":11,"d":{"user_ids":"1"}}'],
    ["a sequence number that is no safe integer", '{"op":22,"d":{"transition_id":1},"seq":9007199254740992}'],
    ["a negative sequence number", '{"op":22,"d":{"transition_id":1},"seq":-1}'],
  ])("refuses %s", (_, text) => {
    expect(decodeServerMessage(text)).toEqual({ outcome: "malformed", reason: expect.stringMatching(/\w/) });
  });

  it.each([
    ["nothing", []],
    ["half a head", [0, 1]],
    ["an op 29 without its id", [0, 1, 29, 0]],
    ["an op 30 without its id", [0, 1, 30]],
  ])("refuses %s", (_, message) => {
    expect(decodeServerMessage(Uint8Array.from(message)).outcome).toBe("malformed");
  });

  it("reports unknown opcodes as such, in the wrong form too (GW-03, GW-11)", () => {
    expect(serverMessage('{"op":18,"d":{},"seq":7}')).toEqual({ op: "unknown", opcode: 18, seq: 7 });
    expect(serverMessage('{"op":29,"d":{}}')).toMatchObject({ op: "unknown", opcode: 29 });
    expect(serverMessage(Uint8Array.of(0, 1, 22, 0, 0))).toMatchObject({ op: "unknown", opcode: 22 });
    expect(serverMessage('{"op":"constructor","d":{}}'.replace('"constructor"', "999"))).toMatchObject({
      op: "unknown",
    });
  });

  it("whatever the text or the bytes are, a decoder throws nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), (data) => {
        for (const decode of [decodeServerMessage, decodeClientMessage])
          expect(["message", "malformed"]).toContain(decode(data).outcome);
      }),
    );
  });
});

describe("client messages", () => {
  const { call, members } = Call.of(2);
  call.addAll(members[0]!, [call.join("300")], 7);
  const real = members[0]!.sentOf(28);

  it("an op 28 splits into MLSMessage and bare Welcome (MLS-02)", () => {
    expect(real).toHaveLength(2);
    for (const message of real) {
      expect(message.welcome).toBeInstanceOf(Uint8Array);
      expect(clientMessage(encodeClientMessage(message))).toEqual(message);
      expect(encodeClientMessage(message)[0]).toBe(28);
    }
  });

  it("JSON: identify, ready, invalid", () => {
    const messages: ClientMessage[] = [
      { op: 23, transitionId: 0 },
      { op: 31, transitionId: 65535 },
      { op: 26, keyPackage: Uint8Array.of(1) },
    ];
    for (const message of messages) expect(clientMessage(encodeClientMessage(message))).toEqual(message);
    expect(encodeClientMessage({ op: 23, transitionId: 3 })).toBe('{"op":23,"d":{"transition_id":3}}');
    expect(clientMessage('{"op":0,"d":{"max_dave_protocol_version":1}}')).toMatchObject({
      maxProtocolVersion: 1,
    });
    // G2: absent = 0
    expect(clientMessage('{"op":0,"d":{}}')).toMatchObject({ maxProtocolVersion: 0 });
  });

  it("refuses an op 28 that starts with no MLSMessage", () => {
    expect(decodeClientMessage(Uint8Array.of(28, 1, 2, 3)).outcome).toBe("malformed");
  });
});
