// Vectors of gateway messages that cannot be read: broken JSON, fields that are missing, of another type or too large
import type { Tree } from "../cbor.ts";
import { bytes, raw, server } from "./wire.ts";

const USER = "1180000007919000001";

/** An op 21 that lacks nothing, with this for an id, as it stands in the text. */
const withId = (id: string): string => raw(21, `{"protocol_version":1,"transition_id":${id}}`);
const withEpoch = (epoch: string): string => raw(24, `{"protocol_version":1,"epoch":${epoch}}`);

const TEXTS: readonly (readonly [kind: string, text: string, hostile?: "hostile"])[] = [
  ["no JSON", "{"],
  ["nothing at all", ""],
  ["a list", "[21]"],
  ["a number", "21"],
  ["no opcode", '{"d":{"transition_id":1}}'],
  ["an opcode that is null", '{"op":null,"d":{}}'],
  ["an opcode below 0", '{"op":-1,"d":{}}'],
  ["op 21 without d", '{"op":21}'],
  ["op 21 with d null", raw(21, "null")],
  ["op 21 with d a list", raw(21, "[1,2]")],
  ["op 21 without an id", raw(21, '{"protocol_version":1}')],
  ["op 21 without a version", raw(21, '{"transition_id":1}')],
  ["op 21 with an id of 17 bits", withId("65536")],
  ["op 21 with an id of 17 bits as text", withId('"65536"')],
  ["op 21 with an id below 0", withId("-1")],
  ["op 21 with half an id", withId("1.5")],
  ["op 21 with an id that is null", withId("null")],
  ["op 21 with an id that is true", withId("true")],
  ["op 21 with an id in a list", withId("[7]")],
  ["op 21 with an id of no digits", withId('""')],
  ["op 21 with an id in hex", withId('"0x10"')],
  ["op 21 with an id between blanks", withId('" 7 "')],
  ["op 21 with a version that is an object", raw(21, '{"protocol_version":{},"transition_id":7}')],
  ["op 22 with an id from its prototype", raw(22, '{"__proto__":{"transition_id":7}}'), "hostile"],
  ["op 22 with an infinite id", raw(22, '{"transition_id":1e400}')],
  ["op 24 with an epoch of 65 bits", withEpoch('"18446744073709551616"')],
  ["op 24 with an epoch that is no safe integer", withEpoch("9007199254740993")],
  ["op 24 without an epoch", raw(24, '{"protocol_version":1}')],
  ["op 4 with a version that is false", raw(4, '{"dave_protocol_version":false}')],
  ["op 11 with one id for a list", raw(11, `{"user_ids":"${USER}"}`)],
  ["op 11 without ids", raw(11, "{}")],
  ["op 11 with a name among the ids", raw(11, `{"user_ids":["${USER}","anna"]}`)],
  ["op 11 with an id that is no safe integer", raw(11, `{"user_ids":[${USER}]}`)],
  ["op 11 with an id of 65 bits", raw(11, '{"user_ids":["18446744073709551616"]}')],
  ["op 13 without an id", raw(13, "{}")],
  ["op 13 with an id that is an object", raw(13, '{"user_id":{}}')],
];

export const malformedTexts: readonly Tree[] = TEXTS.map(([kind, text, hostile]) =>
  server.unreadable(kind, text, hostile === undefined ? {} : { flags: ["malformed", hostile] }),
);

export const malformedBytes: readonly Tree[] = [
  server.unreadable("no bytes", bytes(), { rules: ["O2"] }),
  server.unreadable("half a sequence number", bytes(1), { rules: ["O2"] }),
  server.unreadable("a sequence number alone", bytes(0, 1), { rules: ["O2"] }),
  server.unreadable("op 29 with half an id", bytes(0, 1, 29, 7)),
  server.unreadable("op 30 without an id", bytes(0, 1, 30)),
];
