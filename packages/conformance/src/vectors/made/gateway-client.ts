// Vectors of gateway messages given to a whole client: sequence numbers, ids, what must change nothing (O1, O2, M11)
import type { Tree } from "../cbor.ts";
import { bytes, client, json, type Step } from "./wire.ts";

/** A downgrade to be prepared: the one message a client without a group acknowledges. */
const prepare = (transition_id: number | string, seq?: number): string =>
  json(21, { protocol_version: 0, transition_id }, seq);

/** Given after each message that must change nothing: the client still works. */
const alive: Step = [prepare(77), ["23 77"]];

const NOTHING: readonly (readonly [kind: string, given: string | Uint8Array])[] = [
  ["text that is no JSON", "{"],
  ["JSON that is no object", "[1,2,3]"],
  ["an id of the wrong type", '{"op":21,"d":{"protocol_version":0,"transition_id":{}}}'],
  ["an id beyond 16 bits", '{"op":21,"d":{"protocol_version":0,"transition_id":65536}}'],
  ["an id that is missing", '{"op":21,"d":{"protocol_version":0}}'],
  ["a body that is missing", '{"op":24}'],
  ["users that are no list", '{"op":11,"d":{"user_ids":7}}'],
  ["an opcode nobody knows", '{"op":250,"d":{"transition_id":1}}'],
  ["no bytes", bytes()],
  ["bytes cut in the head", bytes(0)],
  ["a commit without an id", bytes(0, 1, 29)],
  ["proposals without a body", bytes(0, 1, 27)],
  ["an external sender that is none", bytes(0, 1, 25, 1, 2, 3)],
  ["a welcome that is none", bytes(0, 1, 30, 0, 9, 1, 2, 3)],
];

const sequence: readonly Tree[] = [
  client(
    "a sequence number that is not newer is ignored",
    [
      [prepare(5, 10), ["23 5"]],
      [prepare(6, 10), []],
      [prepare(7, 9), []],
      [prepare(8, 11), ["23 8"]],
    ],
    { rules: ["O2"], flags: ["replay"] },
  ),
  client(
    "sequence numbers wrap at 16 bits",
    [
      [prepare(5, 65534), ["23 5"]],
      [prepare(6, 65535), ["23 6"]],
      [prepare(7, 0), ["23 7"]],
      [prepare(8, 65535), []],
      [prepare(9, 1), ["23 9"]],
    ],
    { rules: ["O2"], flags: ["rollover"] },
  ),
  client(
    "a message far ahead is newer, one far behind is not",
    [
      [prepare(5, 10), ["23 5"]],
      [prepare(6, 10 + 32767), ["23 6"]],
      [prepare(7, 11), []],
    ],
    { rules: ["O2"] },
  ),
  client(
    "without a sequence number: applied",
    [
      [prepare(5, 10), ["23 5"]],
      [prepare(6), ["23 6"]],
      [prepare(7, 11), ["23 7"]],
    ],
    { rules: ["O2"] },
  ),
  client(
    "an opcode nobody knows counts, too",
    [
      [json(250, {}, 20), []],
      [prepare(5, 20), []],
      [prepare(6, 21), ["23 6"]],
    ],
    { rules: ["O2"], flags: ["unknown"] },
  ),
  client(
    "a new identify starts the sequence anew",
    [
      [prepare(5, 500), ["23 5"]],
      ["lost", []],
      ["identify", []],
      [json(4, { dave_protocol_version: 0 }, 1), [], "plain"],
      [prepare(6, 2), ["23 6"]],
    ],
    { rules: ["O2", "E4"] },
  ),
];

const ids: readonly Tree[] = [
  client(
    "the smallest and the largest id",
    [
      [prepare(1), ["23 1"]],
      [prepare(65535), ["23 65535"]],
    ],
    { rules: ["O1", "E21"] },
  ),
  client("an id as text is answered with the same id", [[prepare("12"), ["23 12"]]], {
    rules: ["O1", "E21"],
  }),
  client(
    "op 22 with its id as text",
    [
      [prepare(3), ["23 3"]],
      [json(22, { transition_id: "3" }), [], "plain"],
    ],
    { rules: ["O1", "E22"] },
  ),
  client("id 0 is an id: version 0 at once, no op 23", [[prepare(0), [], "plain"]], {
    rules: ["O1", "E21"],
    flags: ["version"],
  }),
  client("op 4 without a version: version 0", [[json(4, { mode: "x" }), [], "plain"]], {
    rules: ["O1", "E4"],
    flags: ["version"],
  }),
  client("op 4 with the version as text", [[json(4, { dave_protocol_version: "0" }), [], "plain"]], {
    rules: ["O1", "E4"],
  }),
  client(
    "fields nobody knows",
    [['{"op":21,"d":{"protocol_version":0,"transition_id":4,"x":[]},"y":1}', ["23 4"]]],
    { rules: ["O1"], flags: ["unknown"] },
  ),
  client(
    "a version above ours is not acknowledged",
    [[json(21, { protocol_version: 2, transition_id: 4 }), []], alive],
    { rules: ["E4"], flags: ["unknown", "version"], stage: "policy" },
  ),
];

export const gatewayClientCases = ({
  externalSender,
}: {
  readonly externalSender: Uint8Array;
}): readonly Tree[] => [
  ...sequence,
  client(
    "both forms share one sequence",
    [
      [bytes(0, 5, 25, externalSender), []],
      [prepare(5, 5), []],
      [prepare(6, 6), ["23 6"]],
    ],
    { rules: ["O2"] },
  ),
  client(
    "one key package for op 4, whatever comes first",
    [
      [json(4, { dave_protocol_version: 1 }, 1), ["26"], "alone"],
      [bytes(0, 2, 25, externalSender), [], "alone"],
      [bytes(0, 3, 25, externalSender), []],
    ],
    { rules: ["E4", "E25"] },
  ),
  ...ids,
  ...NOTHING.map(([kind, given]) =>
    client(`${kind}: nothing is said, nothing changes`, [[given, [], "negotiating"], alive], {
      rules: kind.includes("opcode") ? ["O2", "M11"] : ["O1", "M11"],
      flags: kind.includes("opcode") ? ["unknown"] : ["malformed", "hostile"],
      stage: kind.includes("opcode") ? "accept" : "decode",
    }),
  ),
];
