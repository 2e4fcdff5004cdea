// The voice gateway's messages that DAVE does not concern itself with: ops 0 to 9, 13. DAVE's own go to `DaveClient`.

import { MAX_PROTOCOL_VERSION } from "../constants.ts";

/** The version of the voice gateway that this kit speaks, for `?v=` in the websocket's address. Version 8 works too. */
export const VOICE_GATEWAY_VERSION = 9;

/** What the main gateway tells about a call: VOICE_STATE_UPDATE has the session id, VOICE_SERVER_UPDATE the token. */
export interface VoiceCredentials {
  /** The guild's id; for calls outside guilds the channel's. */
  readonly serverId: string;
  /** `session_id`. */
  readonly sessionId: string;
  /** `token`. */
  readonly token: string;
}

interface Member {
  readonly userId: string;
  readonly channelId: string;
}

const json = (op: number, d: unknown): string => JSON.stringify({ op, d });

/** Op 0: a new session. */
export const identifyMessage = (
  { userId, channelId }: Member,
  { serverId, sessionId, token }: VoiceCredentials,
): string =>
  json(0, {
    server_id: serverId,
    channel_id: channelId,
    user_id: userId,
    session_id: sessionId,
    token,
    max_dave_protocol_version: MAX_PROTOCOL_VERSION,
  });

/** Op 7: the session goes on over a new websocket; `seqAck` is `client.seqAck`. */
export const resumeMessage = (
  { channelId }: Member,
  { serverId, sessionId, token }: VoiceCredentials,
  seqAck: number,
): string =>
  json(7, { server_id: serverId, channel_id: channelId, session_id: sessionId, token, seq_ack: seqAck });

/** Op 3; `nonce` comes back in op 6, `seqAck` is `client.seqAck`. */
export const heartbeatMessage = (nonce: number, seqAck: number): string =>
  json(3, { t: nonce, seq_ack: seqAck });

/** Op 1: where the voice server sends our packets, as IP discovery told, and the mode of transport encryption. */
export const selectProtocolMessage = (address: string, port: number, mode: string): string =>
  json(1, { protocol: "udp", data: { address, port, mode } });

/** Op 5: before the first packet of audio, and when speaking ends (flags 0). */
export const speakingMessage = (ssrc: number, flags = 1): string =>
  json(5, { speaking: flags, delay: 0, ssrc });

/** A message of the voice gateway, as far as a connection needs it. */
export type VoiceMessage =
  /** Op 8. */
  | { readonly type: "hello"; readonly heartbeatIntervalMs: number }
  /** Op 2. */
  | {
      readonly type: "ready";
      readonly ssrc: number;
      readonly address: string;
      readonly port: number;
      readonly modes: readonly string[];
    }
  /** Op 4 with a key. */
  | { readonly type: "session"; readonly mode: string; readonly secretKey: Uint8Array }
  /** Op 5: a user's SSRC; what it says otherwise is of little use. */
  | { readonly type: "speaking"; readonly userId: string; readonly ssrc: number }
  /** Op 6. */
  | { readonly type: "heartbeat-ack"; readonly nonce: number | undefined }
  /** Op 9. */
  | { readonly type: "resumed" }
  /** Op 13. */
  | { readonly type: "left"; readonly userId: string }
  /** Binary messages and all other opcodes. */
  | { readonly type: "other" }
  /** No JSON, or fields that are missing or wrong. Remedy: ignore it, and write it down. */
  | { readonly type: "malformed"; readonly op: number | undefined };

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};

const isInteger = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const U32 = 0xffff_ffff;
/** A day: a heartbeat that is rarer than that is a mistake. */
const MAX_INTERVAL_MS = 86_400_000;

function secretKeyOf(value: unknown): Uint8Array | undefined {
  const holds = Array.isArray(value) && value.length === 32 && value.every((byte) => isInteger(byte, 255));
  return holds ? Uint8Array.from(value as number[]) : undefined;
}

type Read = (d: Fields, body: unknown) => VoiceMessage | undefined;

const READERS: Readonly<Record<number, Read>> = {
  2: ({ ssrc, ip, port, modes }) =>
    isInteger(ssrc, U32) && isText(ip) && isInteger(port, 0xffff) && port > 0 && isTexts(modes)
      ? { type: "ready", ssrc, address: ip, port, modes }
      : undefined,
  4({ mode, secret_key }) {
    // an op 4 in mid-call may name the DAVE version alone (E24)
    if (mode === undefined && secret_key === undefined) return { type: "other" };
    const secretKey = secretKeyOf(secret_key);
    return isText(mode) && secretKey !== undefined ? { type: "session", mode, secretKey } : undefined;
  },
  5: ({ user_id, ssrc }) =>
    isText(user_id) && /^\d{1,20}$/.test(user_id) && isInteger(ssrc, U32)
      ? { type: "speaking", userId: user_id, ssrc }
      : undefined,
  // version 3 of the gateway and before sent the bare number
  6: ({ t }, body) => ({
    type: "heartbeat-ack",
    nonce: isInteger(t, Number.MAX_SAFE_INTEGER)
      ? t
      : isInteger(body, Number.MAX_SAFE_INTEGER)
        ? body
        : undefined,
  }),
  8: ({ heartbeat_interval: interval }) =>
    typeof interval === "number" && interval > 0 && interval <= MAX_INTERVAL_MS
      ? { type: "hello", heartbeatIntervalMs: interval }
      : undefined,
  9: () => ({ type: "resumed" }),
  13: ({ user_id }) => (isText(user_id) ? { type: "left", userId: user_id } : undefined),
};

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** O2: binary opcodes of the server, in the third byte. */
const BINARY_OPCODES: readonly (number | undefined)[] = [25, 27, 29, 30];

/** O2: text, also when it was handed over as bytes, as `ws` does; `undefined` for a binary message. */
function textOf(message: unknown): string | undefined {
  if (isText(message)) return message;
  const isBytes = ArrayBuffer.isView(message) || message instanceof ArrayBuffer;
  if (!isBytes) return undefined;
  const bytes = ArrayBuffer.isView(message)
    ? new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
    : new Uint8Array(message);
  if (bytes[0] !== 0x7b || BINARY_OPCODES.includes(bytes[2])) return undefined;
  // what is read here is ASCII; anything else is not looked at
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * Reads a text message of the voice gateway. Whatever it holds, it does not throw.
 *
 * @example
 * ```ts
 * readVoiceMessage('{"op":8,"d":{"heartbeat_interval":13750}}').type // "hello"
 * ```
 */
export function readVoiceMessage(message: unknown): VoiceMessage {
  const text = textOf(message);
  if (text === undefined) return { type: "other" };
  const { op, d } = fieldsOf(parsed(text));
  if (!isInteger(op, 0xffff)) return { type: "malformed", op: undefined };
  const read = Object.hasOwn(READERS, op) ? READERS[op] : undefined;
  if (read === undefined) return { type: "other" };
  return read(fieldsOf(d), d) ?? { type: "malformed", op };
}
