// What the voice gateway says to a bot: ops 2, 4 to 6, 8, 9 and 13. DAVE's own messages are the client's to read.

import { DaveError } from "../errors.ts";
import { parseEnvelope } from "../gateway/json.ts";
import type { GatewayData } from "../gateway/opcodes.ts";
import { serverData } from "../gateway/received.ts";
import { snowflake } from "../snowflake.ts";

/** A message of the voice gateway, as far as a connection needs it. */
export type VoiceMessage =
  /** Op 8. Remedy: send op 0 or op 7, and begin the heartbeats. */
  | { readonly outcome: "hello"; readonly heartbeatIntervalMs: number }
  /** Op 2. Remedy: ask for IP discovery there. */
  | {
      readonly outcome: "ready";
      readonly ssrc: number;
      readonly address: string;
      readonly port: number;
      readonly modes: readonly string[];
    }
  /** Op 4 with a key. Remedy: make a `TransportCipher`, unless mode and key are the same as before. */
  | { readonly outcome: "session"; readonly mode: string; readonly secretKey: Uint8Array }
  /** Op 5: a user's SSRC; what it says otherwise is of little use. Remedy: note whose the SSRC is. */
  | { readonly outcome: "speaking"; readonly userId: string; readonly ssrc: number }
  /** Op 6. Remedy: tell the `Heartbeat`. */
  | { readonly outcome: "heartbeat-ack"; readonly nonce: number | undefined }
  /** Op 9: the session goes on. Remedy: say op 5 again before you speak. */
  | { readonly outcome: "resumed" }
  /** Op 13. Remedy: forget what op 5 told of this user. */
  | { readonly outcome: "left"; readonly userId: string }
  /** Binary messages and all other opcodes. Remedy: none; `client.receive` reads those of DAVE. */
  | { readonly outcome: "other" }
  /** No JSON, or fields that are missing or wrong. Remedy: ignore it, and write it down. */
  | { readonly outcome: "malformed"; readonly op: number | undefined };

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};

const isInteger = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const U32 = 0xffff_ffff;
/** A day: a heartbeat that is rarer than that is a mistake. */
const MAX_INTERVAL_MS = 86_400_000;

/** O1: a user's id, in canonical form: another one would be refused when a frame of that user comes. */
function userIdOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return String(value);
  try {
    return snowflake(value as string);
  } catch {
    return undefined;
  }
}

function secretKeyOf(value: unknown): Uint8Array | undefined {
  const holds = Array.isArray(value) && value.length === 32 && value.every((byte) => isInteger(byte, 255));
  return holds ? Uint8Array.from(value as number[]) : undefined;
}

type Read = (d: Fields, body: unknown) => VoiceMessage | undefined;

const READERS: Readonly<Record<number, Read>> = {
  2: ({ ssrc, ip, port, modes }) =>
    isInteger(ssrc, U32) && isText(ip) && isInteger(port, 0xffff) && port > 0 && isTexts(modes)
      ? { outcome: "ready", ssrc, address: ip, port, modes }
      : undefined,
  4({ mode, secret_key }) {
    // an op 4 in mid-call may name the DAVE version alone (E24)
    if (mode === undefined && secret_key === undefined) return { outcome: "other" };
    const secretKey = secretKeyOf(secret_key);
    return isText(mode) && secretKey !== undefined ? { outcome: "session", mode, secretKey } : undefined;
  },
  5({ user_id, ssrc }) {
    const userId = userIdOf(user_id);
    return userId !== undefined && isInteger(ssrc, U32) ? { outcome: "speaking", userId, ssrc } : undefined;
  },
  // version 3 of the gateway and before sent the bare number
  6: ({ t }, body) => ({
    outcome: "heartbeat-ack",
    nonce: isInteger(t, Number.MAX_SAFE_INTEGER)
      ? t
      : isInteger(body, Number.MAX_SAFE_INTEGER)
        ? body
        : undefined,
  }),
  8: ({ heartbeat_interval: interval }) =>
    typeof interval === "number" && interval > 0 && interval <= MAX_INTERVAL_MS
      ? { outcome: "hello", heartbeatIntervalMs: interval }
      : undefined,
  9: () => ({ outcome: "resumed" }),
  13({ user_id }) {
    const userId = userIdOf(user_id);
    return userId === undefined ? undefined : { outcome: "left", userId };
  },
};

/** The envelope of a JSON message; `binary` for a binary one; `undefined` when it is neither. */
function envelopeOf(
  message: GatewayData,
): { readonly op: number; readonly d: unknown } | "binary" | undefined {
  try {
    const data = serverData(message);
    return typeof data === "string" ? parseEnvelope(data) : "binary";
  } catch (error) {
    if (error instanceof DaveError && error.code === "malformed-message") return undefined;
    throw error;
  }
}

/**
 * Reads a message of the voice gateway, in any form in which a websocket hands it out but a Blob, which has to be read
 * first (`VoiceConnection` does so). Whatever a message holds, this does not throw.
 *
 * @throws {@link DaveError} `invalid-argument` when `message` is neither text nor bytes
 * @example
 * ```ts
 * readVoiceMessage('{"op":8,"d":{"heartbeat_interval":13750}}').outcome // "hello"
 * ```
 */
export function readVoiceMessage(message: GatewayData): VoiceMessage {
  const envelope = envelopeOf(message);
  if (envelope === undefined) return { outcome: "malformed", op: undefined };
  if (envelope === "binary") return { outcome: "other" };
  const { op, d } = envelope;
  const read = Object.hasOwn(READERS, op) ? READERS[op] : undefined;
  if (read === undefined) return { outcome: "other" };
  return read(fieldsOf(d), d) ?? { outcome: "malformed", op };
}
