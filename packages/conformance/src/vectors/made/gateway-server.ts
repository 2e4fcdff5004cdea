// Vectors of messages from the gateway, as text and as bytes, read and written (O1, O2)
import type { Tree } from "../cbor.ts";
import { malformedBytes, malformedTexts } from "./gateway-malformed.ts";
import { bytes, json, type RecordedMls, type Remarks, server } from "./wire.ts";

/** What a message carries, and the fields that it is read as: the same ones unless they are named. */
type Sample<Data> = readonly [
  kind: string,
  op: number,
  seq: number | undefined,
  data: Data,
  is?: Tree,
  remarks?: Remarks,
];
type Bytes = readonly (number | Uint8Array)[];

const messageOf = ([, op, seq, data, is]: Sample<unknown>): Tree => ({
  op,
  ...(seq === undefined ? {} : { seq }),
  ...(is ?? (data as Tree)),
});
/** With a sequence number it is about O2, too. */
const remarksOf = ([, , seq, , , remarks]: Sample<unknown>): Remarks =>
  remarks ?? (seq === undefined ? {} : { rules: ["O1", "O2"] });
const textOf = ([, op, seq, d]: Sample<unknown>): string => json(op, d, seq);
const bytesOf = ([, op, seq = 0, payload]: Sample<Bytes>): Uint8Array =>
  bytes(seq >> 8, seq & 255, op, ...payload);

const read = <Data>(sample: Sample<Data>, wire: (sample: Sample<Data>) => string | Uint8Array): Tree =>
  server.reads(sample[0], wire(sample), messageOf(sample), remarksOf(sample));
const written = <Data>(sample: Sample<Data>, wire: (sample: Sample<Data>) => string | Uint8Array): Tree =>
  server.writes(sample[0], messageOf(sample), wire(sample), remarksOf(sample));

const USER = "1180000007919000001";
const LARGEST = "18446744073709551615";
const NONE = undefined;
const UNKNOWN: Remarks = { rules: ["O2"], flags: ["unknown"] };

const TEXTS_READ: readonly Sample<unknown>[] = [
  ["op 4 with version 1", 4, 1, { dave_protocol_version: 1, mode: "x" }, { protocol_version: 1 }],
  [
    "op 4 without a version: 0",
    4,
    NONE,
    { secret_key: [1, 2] },
    { protocol_version: 0 },
    { rules: ["O1", "E4"] },
  ],
  [
    "op 4 with a version that is null: as if absent",
    4,
    NONE,
    { dave_protocol_version: null },
    { protocol_version: 0 },
    { rules: ["E4"] },
  ],
  ["op 4 with version 0", 4, NONE, { dave_protocol_version: 0 }, { protocol_version: 0 }],
  ["op 4 with the version as text", 4, NONE, { dave_protocol_version: "1" }, { protocol_version: 1 }],
  ["op 9", 9, 7, null, {}, { rules: ["O2"] }],
  ["op 9 without d", 9, NONE, undefined, {}],
  ["op 11 with two users", 11, 2, { user_ids: [USER, "1"] }],
  ["op 11 with nobody", 11, NONE, { user_ids: [] }],
  ["op 11 with the largest id", 11, NONE, { user_ids: [LARGEST] }],
  ["op 11 with an id as a number", 11, NONE, { user_ids: [42] }, { user_ids: ["42"] }],
  ["op 13", 13, 3, { user_id: USER }],
  ["op 21", 21, 4, { protocol_version: 1, transition_id: 7 }],
  ["op 21 with id 0 and version 0", 21, 0, { protocol_version: 0, transition_id: 0 }],
  [
    "op 21 with numbers as text",
    21,
    NONE,
    { protocol_version: "1", transition_id: "65535" },
    { protocol_version: 1, transition_id: 65535 },
  ],
  ["op 22", 22, 65535, { transition_id: 65535 }],
  ["op 22 with id 0", 22, NONE, { transition_id: 0 }],
  ["op 24 with epoch 1", 24, 6, { protocol_version: 1, epoch: 1 }, { protocol_version: 1, epoch: "1" }],
  ["op 24 with the epoch as text", 24, NONE, { protocol_version: 1, epoch: "1" }],
  ["op 24 with the largest epoch", 24, NONE, { protocol_version: 1, epoch: LARGEST }],
  [
    "op 24 with the largest safe number",
    24,
    NONE,
    { protocol_version: 1, epoch: 9007199254740991 },
    { protocol_version: 1, epoch: "9007199254740991" },
  ],
];

const TEXTS_WRITTEN: readonly Sample<unknown>[] = [
  ["op 4", 4, 1, { dave_protocol_version: 1 }, { protocol_version: 1 }],
  ["op 11", 11, 2, { user_ids: [USER] }],
  ["op 13", 13, NONE, { user_id: USER }],
  ["op 21", 21, 3, { protocol_version: 0, transition_id: 0 }],
  ["op 22", 22, 0, { transition_id: 4 }],
  ["op 24", 24, 4, { protocol_version: 1, epoch: 1 }, { protocol_version: 1, epoch: "1" }],
];

const APPEND = bytes(0, 3, 1, 2, 3);
const REVOKE = bytes(1, 2, 1, 9);

const bytesRead = ({ externalSender, commit, welcome }: RecordedMls): readonly Sample<Bytes>[] => [
  ["op 25", 25, 5, [externalSender], { external_sender: externalSender }],
  ["op 27, append", 27, 6, [APPEND], { body: APPEND }],
  ["op 27, revoke", 27, 65535, [REVOKE], { body: REVOKE }],
  ["op 29", 29, 256, [0, 7, commit], { transition_id: 7, commit }],
  ["op 29 with id 0", 29, 0, [0, 0, commit], { transition_id: 0, commit }],
  ["op 29 with the largest id", 29, 1, [255, 255, commit], { transition_id: 65535, commit }],
  ["op 30", 30, 9, [1, 2, welcome], { transition_id: 258, welcome }],
  ["a binary opcode nobody knows", 250, 9, [1, 2], { known: false }, UNKNOWN],
];

const bytesWritten = ({ externalSender, commit, welcome }: RecordedMls): readonly Sample<Bytes>[] => [
  ["op 25", 25, 5, [externalSender], { external_sender: externalSender }],
  ["op 27", 27, 513, [APPEND], { body: APPEND }],
  ["op 29", 29, 1, [1, 2, commit], { transition_id: 258, commit }],
  ["op 30", 30, 65535, [0, 0, welcome], { transition_id: 0, welcome }],
];

/** What is read, as text and as bytes, and bytes written. */
export const serverForms = (recorded: RecordedMls): readonly Tree[] => [
  ...TEXTS_READ.map((sample) => read(sample, textOf)),
  server.reads(
    "fields nobody knows",
    '{"op":22,"d":{"transition_id":3,"x":{"y":[1]}},"seq":1,"t":null}',
    { op: 22, seq: 1, transition_id: 3 },
    { rules: ["O1"], flags: ["unknown"] },
  ),
  read(["an opcode nobody knows", 250, 12, { a: 1 }, { known: false }, UNKNOWN], textOf),
  ...malformedTexts,
  ...bytesRead(recorded).map((sample) => read(sample, bytesOf)),
  ...malformedBytes,
  ...bytesWritten(recorded).map((sample) => written(sample, bytesOf)),
];

export const serverTextsWritten: readonly Tree[] = TEXTS_WRITTEN.map((sample) => written(sample, textOf));
