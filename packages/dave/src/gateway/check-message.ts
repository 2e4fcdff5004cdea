// Messages that a caller has encoded: fields that would not survive encoding are misuse.

import { checkBytes, checkObject, expectOneOf, expectThat } from "../errors.ts";
import { namedSnowflake, snowflakes } from "../snowflake.ts";
import type { ClientMessage, ServerMessage } from "./opcodes.ts";

type Check = (value: never, name: string) => void;
type Fields = Readonly<Record<string, Check>>;

const upTo =
  (max: number, expected: string): Check =>
  (value: number, name) =>
    expectThat(Number.isInteger(value) && value >= 0 && value <= max, name, expected, value);

const u16 = /* @__PURE__ */ upTo(0xffff, "an integer of 16 bits");
const safe = /* @__PURE__ */ upTo(Number.MAX_SAFE_INTEGER, "a safe integer from 0 on");
const bytes: Check = (value: unknown, name) => checkBytes(value, name);
const optional =
  (check: Check): Check =>
  (value, name) =>
    value === undefined || check(value, name);
const epoch: Check = (value: unknown, name) =>
  expectThat(typeof value === "bigint" && value >> 64n === 0n, name, "a bigint of 64 bits", value);
const record: Check = (value: unknown, name) => checkObject(value, name);

/** O2: the sequence number of a JSON message may be larger than that of a binary one. */
const SERVER: { readonly [O in ServerMessage["op"]]: Fields } = {
  4: { protocolVersion: u16, seq: /* @__PURE__ */ optional(safe) },
  9: { seq: /* @__PURE__ */ optional(safe) },
  11: { userIds: (value: never, name) => snowflakes(value, name), seq: /* @__PURE__ */ optional(safe) },
  13: { userId: (value: never, name) => namedSnowflake(value, name), seq: /* @__PURE__ */ optional(safe) },
  21: { protocolVersion: u16, transitionId: u16, seq: /* @__PURE__ */ optional(safe) },
  22: { transitionId: u16, seq: /* @__PURE__ */ optional(safe) },
  24: { protocolVersion: u16, epoch, seq: /* @__PURE__ */ optional(safe) },
  25: { externalSender: bytes, seq: /* @__PURE__ */ optional(u16) },
  27: { body: bytes, seq: /* @__PURE__ */ optional(u16) },
  29: { transitionId: u16, commit: bytes, seq: /* @__PURE__ */ optional(u16) },
  30: { transitionId: u16, welcome: bytes, seq: /* @__PURE__ */ optional(u16) },
  unknown: { opcode: u16, seq: /* @__PURE__ */ optional(safe) },
};

const CLIENT: { readonly [O in ClientMessage["op"]]: Fields } = {
  0: { maxProtocolVersion: u16, data: /* @__PURE__ */ optional(record) },
  23: { transitionId: u16 },
  26: { keyPackage: bytes },
  28: { commit: bytes, welcome: /* @__PURE__ */ optional(bytes) },
  31: { transitionId: u16 },
  unknown: { opcode: u16 },
};

function check(message: { readonly op: unknown }, table: Readonly<Record<string, Fields>>): void {
  checkObject(message, "message");
  const ops = Object.keys(table).map((op) => (op === "unknown" ? op : Number(op)));
  expectOneOf(ops, message.op, "op");
  for (const [name, fits] of Object.entries(table[String(message.op)]!)) fits((message as never)[name], name);
}

/** @throws {@link DaveError} `invalid-argument`, `invalid-snowflake` */
export const checkServerMessage = (message: ServerMessage): void => check(message, SERVER);

/** @throws {@link DaveError} `invalid-argument`, `invalid-snowflake` */
export const checkClientMessage = (message: ClientMessage): void => check(message, CLIENT);
