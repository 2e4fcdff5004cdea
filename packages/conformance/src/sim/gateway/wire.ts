// The server's side of dave-protocol §2, written apart from @puredave/dave so that neither can hide the other's mistakes.
import type { WireMessage } from "../network.ts";

/** What the gateway says; `seq` is added when it is sent. */
export type ServerSays =
  | { readonly op: number; readonly d: Record<string, unknown> }
  | { readonly op: number; readonly body: Uint8Array };

/** What a client said, as far as the gateway cares; `malformed` closes with 4020 (G3). */
export type ClientSays =
  | { readonly kind: "ready"; readonly transitionId: number }
  | { readonly kind: "key-package"; readonly bytes: Uint8Array }
  | { readonly kind: "commit"; readonly body: Uint8Array }
  | { readonly kind: "invalid"; readonly transitionId: number }
  | { readonly kind: "other"; readonly op: number }
  | { readonly kind: "malformed"; readonly why: string };

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const u16 = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 0xff, value & 0xff);

/** RFC 9420 §2.1.2 vector: length header, then the content. */
export function vector(...items: readonly Uint8Array[]): Uint8Array {
  const content = joinBytes(...items);
  const { length } = content;
  if (length < 0x40) return joinBytes(Uint8Array.of(length), content);
  if (length < 0x4000) return joinBytes(Uint8Array.of(0x40 | (length >> 8), length & 0xff), content);
  const header = Uint8Array.of(
    0x80 | (length >> 24),
    (length >> 16) & 0xff,
    (length >> 8) & 0xff,
    length & 0xff,
  );
  return joinBytes(header, content);
}

export function encodeServerSays(message: ServerSays, seq: number | undefined): WireMessage {
  if ("body" in message) return joinBytes(u16(seq ?? 0), Uint8Array.of(message.op), message.body);
  return JSON.stringify(seq === undefined ? message : { ...message, seq });
}

/** Ids as the protocol's O1 allows them: safe integers or decimal strings. */
function wireId(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 && number <= 0xffff
    ? number
    : undefined;
}

function readText(text: string): ClientSays {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { kind: "malformed", why: "not JSON" };
  }
  const { op, d } = (message ?? {}) as { op?: unknown; d?: { transition_id?: unknown } };
  if (typeof op !== "number") return { kind: "malformed", why: "no opcode" };
  if (op !== 23 && op !== 31)
    return op >= 21 && op <= 30 ? { kind: "malformed", why: "wrong form" } : { kind: "other", op };
  const transitionId = wireId(d?.transition_id);
  if (transitionId === undefined) return { kind: "malformed", why: "transition id" };
  return { kind: op === 23 ? "ready" : "invalid", transitionId };
}

/** Reads one message of a client; never throws. */
export function decodeClientSays(message: WireMessage): ClientSays {
  if (typeof message === "string") return readText(message);
  const op = message[0];
  if (op === 26) return { kind: "key-package", bytes: message.subarray(1) };
  if (op === 28) return { kind: "commit", body: message.subarray(1) };
  return { kind: "malformed", why: op === undefined ? "empty" : "not a client's binary opcode" };
}
