// Vectors of gateway messages (protocol page §2, O1, O2): written by hand, read by nobody's codec
import type { Tree, Value } from "../cbor.ts";
import { gatewayClientCases } from "./gateway-client.ts";
import { bytes, reads, unreadable, writes } from "./wire.ts";

/** MLS bytes recorded from the reference. */
export interface RecordedMls {
  /** An ExternalSender. */
  readonly externalSender: Uint8Array;
  /** An MLSMessage with a commit. */
  readonly commit: Uint8Array;
  /** A bare Welcome. */
  readonly welcome: Uint8Array;
}

const FORM = { rules: ["O1", "O2"] } as const;
const json = (op: number, d: unknown, seq?: number): string =>
  JSON.stringify({ op, d, ...(seq === undefined ? {} : { seq }) });
const raw = (op: number, d: string): string => `{"op":${op},"d":${d}}`;

const USER = "1180000007919000001";

const serverJson: readonly Tree[] = [
  reads(
    "op 4 with version 1",
    "server",
    json(4, { dave_protocol_version: 1, mode: "x" }, 1),
    { op: 4, seq: 1, protocol_version: 1 },
    FORM,
  ),
  reads(
    "op 4 without a version: 0",
    "server",
    json(4, { secret_key: [1, 2] }),
    { op: 4, protocol_version: 0 },
    { rules: ["O1", "E4"] },
  ),
  reads("op 4 with version 0", "server", json(4, { dave_protocol_version: 0 }), {
    op: 4,
    protocol_version: 0,
  }),
  reads("op 4 with the version as text", "server", json(4, { dave_protocol_version: "1" }), {
    op: 4,
    protocol_version: 1,
  }),
  reads("op 9", "server", json(9, null, 7), { op: 9, seq: 7 }, { rules: ["O2"] }),
  reads("op 9 without d", "server", '{"op":9}', { op: 9 }),
  reads(
    "op 11 with two users",
    "server",
    json(11, { user_ids: [USER, "1"] }, 2),
    { op: 11, seq: 2, user_ids: [USER, "1"] },
    FORM,
  ),
  reads("op 11 with nobody", "server", json(11, { user_ids: [] }), { op: 11, user_ids: [] }),
  reads("op 11 with the largest id", "server", json(11, { user_ids: ["18446744073709551615"] }), {
    op: 11,
    user_ids: ["18446744073709551615"],
  }),
  reads("op 11 with an id as a number", "server", json(11, { user_ids: [42] }), { op: 11, user_ids: ["42"] }),
  reads("op 13", "server", json(13, { user_id: USER }, 3), { op: 13, seq: 3, user_id: USER }, FORM),
  reads(
    "op 21",
    "server",
    json(21, { protocol_version: 1, transition_id: 7 }, 4),
    { op: 21, seq: 4, protocol_version: 1, transition_id: 7 },
    FORM,
  ),
  reads(
    "op 21 with id 0 and version 0",
    "server",
    json(21, { protocol_version: 0, transition_id: 0 }, 0),
    { op: 21, seq: 0, protocol_version: 0, transition_id: 0 },
    FORM,
  ),
  reads("op 21 with numbers as text", "server", json(21, { protocol_version: "1", transition_id: "65535" }), {
    op: 21,
    protocol_version: 1,
    transition_id: 65535,
  }),
  reads(
    "op 22",
    "server",
    json(22, { transition_id: 65535 }, 65535),
    { op: 22, seq: 65535, transition_id: 65535 },
    FORM,
  ),
  reads("op 22 with id 0", "server", json(22, { transition_id: 0 }), { op: 22, transition_id: 0 }),
  reads(
    "op 24 with epoch 1",
    "server",
    json(24, { protocol_version: 1, epoch: 1 }, 6),
    { op: 24, seq: 6, protocol_version: 1, epoch: "1" },
    FORM,
  ),
  reads("op 24 with the epoch as text", "server", json(24, { protocol_version: 1, epoch: "1" }), {
    op: 24,
    protocol_version: 1,
    epoch: "1",
  }),
  reads(
    "op 24 with the largest epoch",
    "server",
    json(24, { protocol_version: 1, epoch: "18446744073709551615" }),
    { op: 24, protocol_version: 1, epoch: "18446744073709551615" },
  ),
  reads(
    "op 24 with the largest safe number",
    "server",
    raw(24, '{"protocol_version":1,"epoch":9007199254740991}'),
    { op: 24, protocol_version: 1, epoch: "9007199254740991" },
  ),
  reads(
    "fields nobody knows",
    "server",
    '{"op":22,"d":{"transition_id":3,"x":{"y":[1]}},"seq":1,"t":null}',
    { op: 22, seq: 1, transition_id: 3 },
    { rules: ["O1"], flags: ["unknown"] },
  ),
  reads(
    "an opcode nobody knows",
    "server",
    json(250, { a: 1 }, 12),
    { op: 250, seq: 12, known: false },
    { rules: ["O2"], flags: ["unknown"] },
  ),
];

const serverMalformed: readonly Tree[] = [
  unreadable("no JSON", "server", "{"),
  unreadable("nothing at all", "server", ""),
  unreadable("a list", "server", "[21]"),
  unreadable("a number", "server", "21"),
  unreadable("no opcode", "server", '{"d":{"transition_id":1}}'),
  unreadable("an opcode that is null", "server", '{"op":null,"d":{}}'),
  unreadable("an opcode below 0", "server", '{"op":-1,"d":{}}'),
  unreadable("op 21 without d", "server", '{"op":21}'),
  unreadable("op 21 with d null", "server", raw(21, "null")),
  unreadable("op 21 with d a list", "server", raw(21, "[1,2]")),
  unreadable("op 21 without an id", "server", raw(21, '{"protocol_version":1}')),
  unreadable("op 21 without a version", "server", raw(21, '{"transition_id":1}')),
  unreadable(
    "op 21 with an id of 17 bits",
    "server",
    raw(21, '{"protocol_version":1,"transition_id":65536}'),
  ),
  unreadable(
    "op 21 with an id of 17 bits as text",
    "server",
    raw(21, '{"protocol_version":1,"transition_id":"65536"}'),
  ),
  unreadable("op 21 with an id below 0", "server", raw(21, '{"protocol_version":1,"transition_id":-1}')),
  unreadable("op 21 with half an id", "server", raw(21, '{"protocol_version":1,"transition_id":1.5}')),
  unreadable(
    "op 21 with an id that is null",
    "server",
    raw(21, '{"protocol_version":1,"transition_id":null}'),
  ),
  unreadable(
    "op 21 with an id that is true",
    "server",
    raw(21, '{"protocol_version":1,"transition_id":true}'),
  ),
  unreadable("op 21 with an id in a list", "server", raw(21, '{"protocol_version":1,"transition_id":[7]}')),
  unreadable("op 21 with an id of no digits", "server", raw(21, '{"protocol_version":1,"transition_id":""}')),
  unreadable("op 21 with an id in hex", "server", raw(21, '{"protocol_version":1,"transition_id":"0x10"}')),
  unreadable(
    "op 21 with an id between blanks",
    "server",
    raw(21, '{"protocol_version":1,"transition_id":" 7 "}'),
  ),
  unreadable(
    "op 21 with a version that is an object",
    "server",
    raw(21, '{"protocol_version":{},"transition_id":7}'),
  ),
  unreadable("op 22 with an id from its prototype", "server", raw(22, '{"__proto__":{"transition_id":7}}'), {
    flags: ["malformed", "hostile"],
  }),
  unreadable("op 22 with an infinite id", "server", raw(22, '{"transition_id":1e400}')),
  unreadable(
    "op 24 with an epoch of 65 bits",
    "server",
    raw(24, '{"protocol_version":1,"epoch":"18446744073709551616"}'),
  ),
  unreadable(
    "op 24 with an epoch that is no safe integer",
    "server",
    raw(24, '{"protocol_version":1,"epoch":9007199254740993}'),
  ),
  unreadable("op 24 without an epoch", "server", raw(24, '{"protocol_version":1}')),
  unreadable("op 4 with a version that is null", "server", raw(4, '{"dave_protocol_version":null}')),
  unreadable("op 4 with a version that is false", "server", raw(4, '{"dave_protocol_version":false}')),
  unreadable("op 11 with one id for a list", "server", raw(11, `{"user_ids":"${USER}"}`)),
  unreadable("op 11 without ids", "server", raw(11, "{}")),
  unreadable("op 11 with a name among the ids", "server", raw(11, `{"user_ids":["${USER}","anna"]}`)),
  unreadable("op 11 with an id that is no safe integer", "server", raw(11, `{"user_ids":[${USER}]}`)),
  unreadable("op 11 with an id of 65 bits", "server", raw(11, '{"user_ids":["18446744073709551616"]}')),
  unreadable("op 13 without an id", "server", raw(13, "{}")),
  unreadable("op 13 with an id that is an object", "server", raw(13, '{"user_id":{}}')),
];

function serverBinary({ externalSender, commit, welcome }: RecordedMls): Tree[] {
  const append = bytes(0, 3, 1, 2, 3);
  return [
    reads(
      "op 25",
      "server",
      bytes(0, 5, 25, externalSender),
      { op: 25, seq: 5, external_sender: externalSender },
      FORM,
    ),
    reads("op 27, append", "server", bytes(0, 6, 27, append), { op: 27, seq: 6, body: append }, FORM),
    reads(
      "op 27, revoke",
      "server",
      bytes(255, 255, 27, 1, 2, 1, 9),
      { op: 27, seq: 65535, body: bytes(1, 2, 1, 9) },
      FORM,
    ),
    reads(
      "op 29",
      "server",
      bytes(1, 0, 29, 0, 7, commit),
      { op: 29, seq: 256, transition_id: 7, commit },
      FORM,
    ),
    reads(
      "op 29 with id 0",
      "server",
      bytes(0, 0, 29, 0, 0, commit),
      { op: 29, seq: 0, transition_id: 0, commit },
      FORM,
    ),
    reads(
      "op 29 with the largest id",
      "server",
      bytes(0, 1, 29, 255, 255, commit),
      { op: 29, seq: 1, transition_id: 65535, commit },
      FORM,
    ),
    reads(
      "op 30",
      "server",
      bytes(0, 9, 30, 1, 2, welcome),
      { op: 30, seq: 9, transition_id: 258, welcome },
      FORM,
    ),
    reads(
      "a binary opcode nobody knows",
      "server",
      bytes(0, 9, 250, 1, 2),
      { op: 250, seq: 9, known: false },
      { rules: ["O2"], flags: ["unknown"] },
    ),
    unreadable("no bytes", "server", bytes(), { rules: ["O2"] }),
    unreadable("half a sequence number", "server", bytes(1), { rules: ["O2"] }),
    unreadable("a sequence number alone", "server", bytes(0, 1), { rules: ["O2"] }),
    unreadable("op 29 with half an id", "server", bytes(0, 1, 29, 7)),
    unreadable("op 30 without an id", "server", bytes(0, 1, 30)),
    writes(
      "op 25",
      "server",
      { op: 25, seq: 5, external_sender: externalSender },
      bytes(0, 5, 25, externalSender),
      FORM,
    ),
    writes("op 27", "server", { op: 27, seq: 513, body: append }, bytes(2, 1, 27, append), FORM),
    writes(
      "op 29",
      "server",
      { op: 29, seq: 1, transition_id: 258, commit },
      bytes(0, 1, 29, 1, 2, commit),
      FORM,
    ),
    writes(
      "op 30",
      "server",
      { op: 30, seq: 65535, transition_id: 0, welcome },
      bytes(255, 255, 30, 0, 0, welcome),
      FORM,
    ),
  ];
}

function clientForms({ commit, welcome }: RecordedMls): Tree[] {
  const keyPackage = bytes(0, 1, 0, 2, 65, 4);
  return [
    reads("op 0 with DAVE", "client", json(0, { user_id: USER, max_dave_protocol_version: 1 }), {
      op: 0,
      max_dave_protocol_version: 1,
    }),
    reads("op 0 without DAVE: 0", "client", json(0, { user_id: USER }), {
      op: 0,
      max_dave_protocol_version: 0,
    }),
    reads("op 23", "client", json(23, { transition_id: 9 }), { op: 23, transition_id: 9 }),
    reads("op 31 with id 0", "client", json(31, { transition_id: 0 }), { op: 31, transition_id: 0 }),
    unreadable("op 23 without an id", "client", raw(23, "{}")),
    unreadable("op 31 with an id that is null", "client", raw(31, '{"transition_id":null}')),
    reads("op 26", "client", bytes(26, keyPackage), { op: 26, key_package: keyPackage }),
    reads("op 28 without a welcome", "client", bytes(28, commit), { op: 28, commit }),
    reads("op 28 with a welcome", "client", bytes(28, commit, welcome), { op: 28, commit, welcome }),
    unreadable("op 28 with half a commit", "client", bytes(28, commit.subarray(0, commit.length >> 1))),
    unreadable("op 28 with nothing", "client", bytes(28)),
    writes("op 23", "client", { op: 23, transition_id: 65535 }, json(23, { transition_id: 65535 })),
    writes("op 31", "client", { op: 31, transition_id: 0 }, json(31, { transition_id: 0 })),
    writes("op 26: no sequence number", "client", { op: 26, key_package: keyPackage }, bytes(26, keyPackage)),
    writes("op 28", "client", { op: 28, commit, welcome }, bytes(28, commit, welcome)),
    writes("op 28 without a welcome", "client", { op: 28, commit }, bytes(28, commit)),
  ];
}

const serverWritten: readonly Tree[] = [
  writes(
    "op 4",
    "server",
    { op: 4, seq: 1, protocol_version: 1 },
    json(4, { dave_protocol_version: 1 }, 1),
    FORM,
  ),
  writes("op 11", "server", { op: 11, seq: 2, user_ids: [USER] }, json(11, { user_ids: [USER] }, 2), FORM),
  writes("op 13", "server", { op: 13, user_id: USER }, json(13, { user_id: USER })),
  writes(
    "op 21",
    "server",
    { op: 21, seq: 3, protocol_version: 0, transition_id: 0 },
    json(21, { protocol_version: 0, transition_id: 0 }, 3),
    FORM,
  ),
  writes("op 22", "server", { op: 22, seq: 0, transition_id: 4 }, json(22, { transition_id: 4 }, 0), FORM),
  writes(
    "op 24",
    "server",
    { op: 24, seq: 4, protocol_version: 1, epoch: "1" },
    json(24, { protocol_version: 1, epoch: 1 }, 4),
    FORM,
  ),
];

export function gatewayFile(recorded: RecordedMls): Value {
  return {
    format: "puredave-vectors/1",
    suite: "gateway",
    source: "made by src/vectors/made/gateway.ts; MLS bytes recorded from the reference",
    note:
      "decode: `text` or `binary` from `from` is read as `message`, or refused. encode: the reverse. client: steps for a fresh client; " +
      "`sends` are the opcodes it must answer with, those with a transition id with that id.",
    cases: [
      ...serverJson,
      ...serverMalformed,
      ...serverBinary(recorded),
      ...clientForms(recorded),
      ...serverWritten,
      ...gatewayClientCases(recorded),
    ],
  };
}
