// §2 binary opcodes 25–30. From the server: uint16 sequence number, uint8 opcode, body; from the client: uint8 opcode, body.

import { MlsError, mlsMessageCodec, Reader } from "@puredave/mls";
import { joined } from "../bytes.ts";
import { malformed } from "../errors.ts";
import type { ClientMessage, ServerMessage } from "./opcodes.ts";

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

type BinaryServerMessage = Extract<ServerMessage, { op: 25 | 27 | 29 | 30 }>;
type BinaryClientMessage = Extract<ClientMessage, { op: 26 | 28 }>;

/** Only the head of a binary server message: 3 bytes. */
export interface BinaryHead {
  readonly seq: number;
  readonly op: number;
  readonly body: Uint8Array;
}

/** @throws {@link DaveError} `malformed-message` when there are not even 3 bytes. */
export function parseBinaryHead(bytes: Uint8Array): BinaryHead {
  if (bytes.length < 3) return malformed("binary message: expected at least 3 bytes");
  return { seq: u16(bytes, 0), op: bytes[2]!, body: bytes.subarray(3) };
}

/** Decodes the body of a binary server message. What is inside MLS bytes is for the session to judge. */
export function parseServerBinary({ seq, op, body }: BinaryHead): ServerMessage {
  switch (op) {
    case 25:
      return { op, seq, externalSender: body.slice() };
    case 27:
      return { op, seq, body: body.slice() };
    case 29:
    case 30: {
      if (body.length < 2) return malformed("transition id: expected 2 bytes");
      const transitionId = u16(body, 0);
      const rest = body.slice(2);
      return op === 29 ? { op, seq, transitionId, commit: rest } : { op, seq, transitionId, welcome: rest };
    }
    default:
      return { op: "unknown", opcode: op, seq };
  }
}

/** Decodes a binary message of a client: a bare or wrapped key package (26), a commit with its welcome (28). */
export function parseClientBinary(bytes: Uint8Array): ClientMessage {
  const op = bytes[0];
  if (op === undefined) return malformed("binary message: empty");
  const body = bytes.subarray(1);
  if (op === 26) return { op, keyPackage: body.slice() };
  if (op !== 28) return { op: "unknown", opcode: op };
  try {
    const reader = new Reader(body);
    mlsMessageCodec.read(reader);
    const end = reader.offset;
    const welcome = body.slice(end);
    return { op, commit: body.slice(0, end), ...(welcome.length > 0 ? { welcome } : {}) };
  } catch (error) {
    if (error instanceof MlsError) return malformed("commit: no MLSMessage");
    throw error;
  }
}

const frame = (head: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  joined([Uint8Array.from(head), ...parts]);

const bytes16 = (value: number): [number, number] => [value >> 8, value & 0xff];

/** Writes a binary message of the server; without a `seq` the number 0 is written. */
export function encodeServerBinary(message: BinaryServerMessage): Uint8Array {
  const head = [...bytes16(message.seq ?? 0), message.op];
  switch (message.op) {
    case 25:
      return frame(head, message.externalSender);
    case 27:
      return frame(head, message.body);
    case 29:
      return frame([...head, ...bytes16(message.transitionId)], message.commit);
    case 30:
      return frame([...head, ...bytes16(message.transitionId)], message.welcome);
  }
}

/** Writes a binary message of the client. */
export function encodeClientBinary(message: BinaryClientMessage): Uint8Array<ArrayBuffer> {
  if (message.op === 26) return frame([26], message.keyPackage);
  return frame([28], message.commit, ...(message.welcome === undefined ? [] : [message.welcome]));
}
