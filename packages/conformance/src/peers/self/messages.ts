// `message.*`: gateway messages as the protocol names their fields, for the runner
import type { ClientMessage, ServerMessage } from "@puredave/dave";
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "@puredave/dave/protocol";
import { fromHex, isHex, toHex } from "../../vectors/fields.ts";
import { type Handlers, PeerRefusal } from "../peer.ts";

/** Our names and the wire's. */
const NAMES = {
  protocolVersion: "protocol_version",
  transitionId: "transition_id",
  userIds: "user_ids",
  userId: "user_id",
  epoch: "epoch",
  externalSender: "external_sender",
  body: "body",
  commit: "commit",
  welcome: "welcome",
  keyPackage: "key_package",
  maxProtocolVersion: "max_dave_protocol_version",
  seq: "seq",
} as const;
const BYTES = new Set(["external_sender", "body", "commit", "welcome", "key_package"]);

type Message = ServerMessage | ClientMessage;

/** Bytes as hex, an epoch as text, an opcode nobody knows with `known: false`. */
function toWire(message: Message): Record<string, unknown> {
  const fields = Object.entries(NAMES).flatMap(([ours, theirs]) => {
    const value = (message as Readonly<Record<string, unknown>>)[ours];
    if (value === undefined) return [];
    if (value instanceof Uint8Array) return [[theirs, toHex(value)]];
    return [[theirs, typeof value === "bigint" ? value.toString() : value]];
  });
  const head = message.op === "unknown" ? { op: message.opcode, known: false } : { op: message.op };
  return { ...head, ...Object.fromEntries(fields) };
}

function fromWire(wire: unknown): Message {
  const { op, ...given } = wire as Record<string, unknown>;
  const fields = Object.entries(NAMES).flatMap(([ours, theirs]) => {
    const value = given[theirs];
    if (value === undefined) return [];
    if (!BYTES.has(theirs)) return [[ours, ours === "epoch" ? BigInt(String(value)) : value]];
    if (typeof value !== "string" || !isHex(value)) throw new PeerRefusal(`${theirs}: expected hex`);
    return [[ours, fromHex(value)]];
  });
  return { op, ...Object.fromEntries(fields) } as Message;
}

function side(from: string): "server" | "client" {
  if (from === "server" || from === "client") return from;
  throw new PeerRefusal(`from: server or client, not ${JSON.stringify(from)}`);
}

export const messageHandlers: Handlers = {
  "message.decode": ({ from, text, binary }) => {
    const data = text ?? binary;
    if (data === undefined) throw new PeerRefusal("give text or binary");
    const read = side(from) === "server" ? decodeServerMessage : decodeClientMessage;
    const decoded = read(data);
    if (decoded.outcome === "malformed") return { accepted: false, message: null };
    return { accepted: true, message: toWire(decoded.message) };
  },
  "message.encode": ({ from, message }) => {
    const data =
      side(from) === "server"
        ? encodeServerMessage(fromWire(message) as ServerMessage)
        : encodeClientMessage(fromWire(message) as ClientMessage);
    return typeof data === "string" ? { text: data } : { binary: data };
  },
};
