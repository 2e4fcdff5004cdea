// Vectors of gateway messages (protocol page §2, O1, O2): written by hand, read by nobody's codec
import type { Tree, Value } from "../cbor.ts";
import { gatewayClientCases } from "./gateway-client.ts";
import { serverForms, serverTextsWritten } from "./gateway-server.ts";
import { bytes, json, member, type RecordedMls, raw } from "./wire.ts";

const USER = "1180000007919000001";

function memberForms({ commit, welcome }: RecordedMls): Tree[] {
  const { reads, unreadable, writes } = member;
  const keyPackage = bytes(0, 1, 0, 2, 65, 4);
  return [
    reads("op 0 with DAVE", json(0, { user_id: USER, max_dave_protocol_version: 1 }), {
      op: 0,
      max_dave_protocol_version: 1,
    }),
    reads("op 0 without DAVE: 0", json(0, { user_id: USER }), { op: 0, max_dave_protocol_version: 0 }),
    reads("op 23", json(23, { transition_id: 9 }), { op: 23, transition_id: 9 }),
    reads("op 31 with id 0", json(31, { transition_id: 0 }), { op: 31, transition_id: 0 }),
    unreadable("op 23 without an id", raw(23, "{}")),
    unreadable("op 31 with an id that is null", raw(31, '{"transition_id":null}')),
    reads("op 26", bytes(26, keyPackage), { op: 26, key_package: keyPackage }),
    reads("op 28 without a welcome", bytes(28, commit), { op: 28, commit }),
    reads("op 28 with a welcome", bytes(28, commit, welcome), { op: 28, commit, welcome }),
    unreadable("op 28 with half a commit", bytes(28, commit.subarray(0, commit.length >> 1))),
    unreadable("op 28 with nothing", bytes(28)),
    writes("op 23", { op: 23, transition_id: 65535 }, json(23, { transition_id: 65535 })),
    writes("op 31", { op: 31, transition_id: 0 }, json(31, { transition_id: 0 })),
    writes("op 26: no sequence number", { op: 26, key_package: keyPackage }, bytes(26, keyPackage)),
    writes("op 28", { op: 28, commit, welcome }, bytes(28, commit, welcome)),
    writes("op 28 without a welcome", { op: 28, commit }, bytes(28, commit)),
  ];
}

export function gatewayFile(recorded: RecordedMls): Value {
  return {
    format: "puredave-vectors/1",
    suite: "gateway",
    source: "made by src/vectors/made/gateway.ts; MLS bytes recorded from the reference",
    note:
      "decode: `text` or `binary` from `from` is read as `message`, or refused. encode: the reverse. client: steps for a fresh client; " +
      "`sends` are the opcodes it must answer with, those with a transition id with that id.",
    cases: [
      ...serverForms(recorded),
      ...memberForms(recorded),
      ...serverTextsWritten,
      ...gatewayClientCases(recorded),
    ],
  };
}
