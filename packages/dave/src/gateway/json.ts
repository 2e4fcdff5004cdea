// §2 JSON opcodes, O1: numbers where they are safe integers, or decimal strings; anything else is an error.

import { malformed } from "../errors.ts";
import { DECIMAL, snowflake } from "../snowflake.ts";
import type { ClientMessage, ServerMessage } from "./opcodes.ts";

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** O1: 0 is a value, not an absence. */
function integer(fields: Fields, name: string, max: number): number {
  const value = fields[name];
  const number = typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0 || number > max)
    return malformed(`${name}: expected an integer from 0 to ${max}`);
  return number;
}

/** An unsigned 64-bit integer, in canonical decimal form. */
function decimal(value: unknown, name: string): string {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return String(value);
  try {
    if (typeof value === "string") return snowflake(value);
  } catch {
    // the same answer as for any other value
  }
  return malformed(`${name}: expected an unsigned 64-bit integer`);
}

const userId = (value: unknown): string => decimal(value, "user id");

const U16 = 0xffff;
const VERSION_MAX = U16;

/** A version that may be absent or null: 0, which is no DAVE. */
const optionalVersion = (d: Fields, name: string): number =>
  d[name] === undefined || d[name] === null ? 0 : integer(d, name, VERSION_MAX);

const protocolVersion = (d: Fields): number => integer(d, "protocol_version", VERSION_MAX);
const transitionId = (d: Fields): number => integer(d, "transition_id", U16);

function userIds(d: Fields): readonly string[] {
  const list = d.user_ids;
  return Array.isArray(list) ? list.map(userId) : malformed("user_ids: expected a list");
}

type Parse<T> = (d: Fields) => T;

const SERVER: Readonly<Record<number, Parse<ServerMessage>>> = {
  // absent: a server that knows nothing of DAVE, version 0
  4: (d) => ({ op: 4, protocolVersion: optionalVersion(d, "dave_protocol_version") }),
  11: (d) => ({ op: 11, userIds: userIds(d) }),
  13: (d) => ({ op: 13, userId: userId(d.user_id) }),
  21: (d) => ({ op: 21, protocolVersion: protocolVersion(d), transitionId: transitionId(d) }),
  22: (d) => ({ op: 22, transitionId: transitionId(d) }),
  24: (d) => ({ op: 24, protocolVersion: protocolVersion(d), epoch: BigInt(decimal(d.epoch, "epoch")) }),
};

const CLIENT: Readonly<Record<number, Parse<ClientMessage>>> = {
  // absent: a client without DAVE (G2)
  0: (d) => ({
    op: 0,
    maxProtocolVersion: optionalVersion(d, "max_dave_protocol_version"),
    data: d,
  }),
  23: (d) => ({ op: 23, transitionId: transitionId(d) }),
  31: (d) => ({ op: 31, transitionId: transitionId(d) }),
};

/** Only the envelope of a JSON message: opcode, sequence number, body. */
export interface Envelope {
  readonly op: number;
  readonly seq: number | undefined;
  readonly d: unknown;
}

/** Reads `{"op":N,"d":…,"seq":S?}`. @throws {@link DaveError} `malformed-message` */
export function parseEnvelope(text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed("no JSON");
  }
  if (!isRecord(value)) return malformed("expected an object");
  // O2: any safe integer
  const numbered = value.seq !== undefined && value.seq !== null;
  const seq = numbered ? integer(value, "seq", Number.MAX_SAFE_INTEGER) : undefined;
  return { op: integer(value, "op", U16), seq, d: value.d };
}

const body = (d: unknown): Fields => (isRecord(d) ? d : malformed("d: expected an object"));

/** Decodes what the server put into an envelope; unknown fields are ignored, unknown opcodes reported as such. */
export function parseServerBody({ op, seq, d }: Envelope): ServerMessage {
  if (op === 9) return { op: 9, seq };
  const parse = Object.hasOwn(SERVER, op) ? SERVER[op] : undefined;
  if (parse === undefined) return { op: "unknown", opcode: op, seq };
  return { ...parse(body(d)), seq };
}

/** Decodes what a client put into an envelope. */
export function parseClientBody({ op, d }: Envelope): ClientMessage {
  const parse = Object.hasOwn(CLIENT, op) ? CLIENT[op] : undefined;
  return parse === undefined ? { op: "unknown", opcode: op } : parse(body(d));
}

type JsonServerMessage = Extract<ServerMessage, { op: 4 | 9 | 11 | 13 | 21 | 22 | 24 }>;
type JsonClientMessage = Extract<ClientMessage, { op: 0 | 23 | 31 }>;

/** O1: a number where it is safe, a string otherwise. */
const jsonInteger = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

function serverBody(message: JsonServerMessage): unknown {
  switch (message.op) {
    case 4:
      return { dave_protocol_version: message.protocolVersion };
    case 9:
      return null;
    case 11:
      return { user_ids: message.userIds };
    case 13:
      return { user_id: message.userId };
    case 21:
      return { protocol_version: message.protocolVersion, transition_id: message.transitionId };
    case 22:
      return { transition_id: message.transitionId };
    case 24:
      return { protocol_version: message.protocolVersion, epoch: jsonInteger(message.epoch) };
  }
}

/** Writes a JSON message of the server. */
export function stringifyServer(message: JsonServerMessage): string {
  const { op, seq } = message;
  return JSON.stringify({ op, d: serverBody(message), ...(seq === undefined ? {} : { seq }) });
}

/** Writes a JSON message of the client. */
export function stringifyClient(message: JsonClientMessage): string {
  const d =
    message.op === 0
      ? { ...message.data, max_dave_protocol_version: message.maxProtocolVersion }
      : { transition_id: message.transitionId };
  return JSON.stringify({ op: message.op, d });
}
