// §2 Gateway messages of both forms and both ways.

import { DaveError } from "../errors.ts";
import {
  type BinaryHead,
  encodeClientBinary,
  encodeServerBinary,
  parseBinaryHead,
  parseClientBinary,
  parseServerBinary,
} from "./binary.ts";
import { checkClientMessage, checkServerMessage } from "./check-message.ts";
import {
  type Envelope,
  parseClientBody,
  parseEnvelope,
  parseServerBody,
  stringifyClient,
  stringifyServer,
} from "./json.ts";
import type { ClientMessage, GatewayData, SentMessage, ServerMessage } from "./opcodes.ts";
import { clientData, serverData } from "./received.ts";

/** What a decoder made of text or bytes. */
export type Decoded<Message> =
  | { readonly outcome: "message"; readonly message: Message }
  /** No message of the voice gateway. `reason`: what is wrong with it, in words, without its content. */
  | { readonly outcome: "malformed"; readonly reason: string };

/** Returns what `decode` reads; bytes and text that are no message become an outcome. */
export function decoded<Message>(decode: () => Message): Decoded<Message> {
  try {
    return { outcome: "message", message: decode() };
  } catch (error) {
    if (!(error instanceof DaveError && error.code === "malformed-message")) throw error;
    return { outcome: "malformed", reason: error.message };
  }
}

/** A server message whose head has been read and whose body has not: O2 needs `seq` even of bad bodies. */
export interface ServerHead {
  readonly op: number;
  readonly seq: number | undefined;
  /** Decodes the body. @throws {@link DaveError} `malformed-message` */
  decode(): ServerMessage;
}

/**
 * Reads opcode and sequence number of a server message.
 *
 * @throws {@link DaveError} `malformed-message` when there is no head, `invalid-argument` for other types.
 */
export function decodeServerHead(data: GatewayData): ServerHead {
  const message = serverData(data);
  if (typeof message === "string") {
    const envelope: Envelope = parseEnvelope(message);
    return { op: envelope.op, seq: envelope.seq, decode: () => parseServerBody(envelope) };
  }
  const head: BinaryHead = parseBinaryHead(message);
  return { op: head.op, seq: head.seq, decode: () => parseServerBinary(head) };
}

/**
 * Decodes a message of the voice gateway, text or binary.
 *
 * @throws {@link DaveError} `invalid-argument` when `data` is neither text nor bytes
 * @example
 * ```ts
 * const read = decodeServerMessage('{"op":22,"d":{"transition_id":7},"seq":3}');
 * if (read.outcome === "message") console.log(read.message); // { op: 22, transitionId: 7, seq: 3 }
 * ```
 */
export const decodeServerMessage = (data: GatewayData): Decoded<ServerMessage> =>
  decoded(() => decodeServerHead(data).decode());

/** Encodes a message of the voice gateway: JSON as text, MLS opcodes as bytes. @throws {@link DaveError} `invalid-argument` */
export function encodeServerMessage(message: ServerMessage): string | Uint8Array {
  checkServerMessage(message);
  switch (message.op) {
    case 25:
    case 27:
    case 29:
    case 30:
      return encodeServerBinary(message);
    case "unknown":
      return JSON.stringify({
        op: message.opcode,
        d: null,
        ...(message.seq === undefined ? {} : { seq: message.seq }),
      });
    default:
      return stringifyServer(message);
  }
}

/**
 * Decodes a message of a client, text or binary.
 *
 * @throws {@link DaveError} `invalid-argument` when `data` is neither text nor bytes
 */
export const decodeClientMessage = (data: GatewayData): Decoded<ClientMessage> =>
  decoded(() => {
    const message = clientData(data);
    return typeof message === "string" ? parseClientBody(parseEnvelope(message)) : parseClientBinary(message);
  });

/** What a client says by itself. */
export type SpokenMessage = Extract<ClientMessage, { op: 23 | 26 | 28 | 31 }>;

/** Encodes what a client says by itself: its numbers are known to be right. */
export const encodeSpoken = (message: SpokenMessage): SentMessage =>
  message.op === 26 || message.op === 28
    ? encodeClientBinary(message)
    : JSON.stringify({ op: message.op, d: { transition_id: message.transitionId } });

/** Encodes a message of a client: JSON as text, MLS opcodes as bytes. @throws {@link DaveError} `invalid-argument` */
export function encodeClientMessage(message: ClientMessage): SentMessage {
  checkClientMessage(message);
  switch (message.op) {
    case 26:
    case 28:
      return encodeClientBinary(message);
    case "unknown":
      return JSON.stringify({ op: message.opcode, d: null });
    default:
      return stringifyClient(message);
  }
}
