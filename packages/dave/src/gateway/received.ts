// O2 The forms in which websockets hand out a message: text, and bytes in many wrappings.

import { isBytes, joined, viewOf } from "../bytes.ts";
import { DaveError, kindOf, malformed } from "../errors.ts";
import { decodeUtf8 } from "../ports.ts";
import type { AsyncGatewayData, GatewayData } from "./opcodes.ts";

/** Whether a value is read asynchronously, as a Blob is. */
export const isBlob = (value: unknown): value is AsyncGatewayData =>
  typeof value === "object" &&
  value !== null &&
  !ArrayBuffer.isView(value) &&
  typeof (value as Partial<AsyncGatewayData>).arrayBuffer === "function";

/**
 * Returns the bytes behind any binary form in which a websocket hands out a message.
 *
 * @throws {@link DaveError} `invalid-argument` for anything else, and for a detached buffer
 */
export function messageBytes(data: Exclude<GatewayData, string>): Uint8Array {
  const bytes = viewOf(data);
  if (bytes !== undefined) return bytes;
  if (Array.isArray(data) && data.every(isBytes)) return joined(data);
  throw new DaveError(
    "invalid-argument",
    `message: expected text, bytes (Uint8Array, a view, ArrayBuffer, a list of Uint8Array) or a Blob, got ${kindOf(data)}`,
  );
}

const OPEN_BRACE = "{".charCodeAt(0);

/** Binary opcodes of the server: the third byte of each of its binary messages. */
const BINARY_OPCODES: ReadonlySet<number | undefined> = new Set([25, 27, 29, 30]);

/**
 * O2: bytes that begin with `{` are JSON text, unless their third byte is an opcode of a binary message whose
 * sequence number begins with that byte. JSON has no control characters there.
 */
const isServerText = (bytes: Uint8Array): boolean => bytes[0] === OPEN_BRACE && !BINARY_OPCODES.has(bytes[2]);

/** A binary message of a client begins with its opcode, and none has the number of `{`. */
const isClientText = (bytes: Uint8Array): boolean => bytes[0] === OPEN_BRACE;

const textOf = (bytes: Uint8Array): string => decodeUtf8(bytes) ?? malformed("text: expected UTF-8");

/** O2: a message of the server as text or bytes, whatever its form. @throws {@link DaveError} `invalid-argument`, `malformed-message` */
export function serverData(data: GatewayData): string | Uint8Array {
  if (typeof data === "string") return data;
  const bytes = messageBytes(data);
  return isServerText(bytes) ? textOf(bytes) : bytes;
}

/** A message of a client as text or bytes, whatever its form. @throws {@link DaveError} `invalid-argument`, `malformed-message` */
export function clientData(data: GatewayData): string | Uint8Array {
  if (typeof data === "string") return data;
  const bytes = messageBytes(data);
  return isClientText(bytes) ? textOf(bytes) : bytes;
}
