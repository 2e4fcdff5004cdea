// What a client says with ops 0, 1, 3, 5 and 7, read without trust: `undefined` where it does not hold (close 4002).
import type { Endpoint, Identified } from "./caller.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A JSON message: opcode and body. */
export interface Request {
  readonly op: number;
  readonly d: Fields;
}

const SNOWFLAKE = /^[1-9]\d{0,19}$/;
const MAX_TEXT = 1024;

const isText = (value: unknown): value is string => typeof value === "string" && value.length <= MAX_TEXT;
const isId = (value: unknown): value is string =>
  isText(value) && SNOWFLAKE.test(value) && BigInt(value) < 2n ** 64n;
const isInteger = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

export function readRequest(text: string): Request | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { op, d } = (typeof value === "object" && value !== null ? value : {}) as Fields;
  if (!isInteger(op, 0, 0xffff)) return undefined;
  return { op, d: typeof d === "object" && d !== null ? (d as Fields) : {} };
}

/** Ops 0 and 7: the channel, which version 9 names. */
export function readChannel(d: Fields, version: number, otherwise: string): string | undefined {
  if (d.channel_id === undefined) return version >= 9 ? undefined : otherwise;
  return isId(d.channel_id) ? d.channel_id : undefined;
}

/** Op 0. */
export function readIdentify(d: Fields): Identified | undefined {
  const { server_id, user_id, session_id, token, max_dave_protocol_version: version = 0 } = d;
  if (!isId(server_id) || !isId(user_id) || !isText(session_id) || !isText(token)) return undefined;
  if (!isInteger(version, 0, 0xffff)) return undefined;
  // G2: version 1 is the newest here
  const maxVersion = Math.min(version, 1);
  return { userId: user_id, serverId: server_id, sessionId: session_id, token, maxVersion };
}

/** Op 1. */
export function readSelectProtocol(
  d: Fields,
): { readonly protocol: string; readonly endpoint: Endpoint; readonly mode: string } | undefined {
  const { address, port, mode } = (typeof d.data === "object" && d.data !== null ? d.data : {}) as Fields;
  if (!isText(d.protocol) || !isText(address) || !isInteger(port, 1, 0xffff) || !isText(mode))
    return undefined;
  return { protocol: d.protocol, endpoint: { address, port }, mode };
}

/** Op 3: the nonce, which op 6 gives back; old clients send the bare number. */
export function readHeartbeat(d: Fields): number | undefined {
  return isInteger(d.t, 0, Number.MAX_SAFE_INTEGER) ? d.t : undefined;
}

/** Op 5. */
export function readSpeaking(d: Fields): { readonly speaking: number; readonly ssrc: number } | undefined {
  const speaking = d.speaking === true ? 1 : d.speaking === false ? 0 : d.speaking;
  return isInteger(speaking, 0, 7) && isInteger(d.ssrc, 0, 0xffff_ffff)
    ? { speaking, ssrc: d.ssrc }
    : undefined;
}

/** Op 7. */
export function readResume(
  d: Fields,
):
  | { readonly serverId: string; readonly sessionId: string; readonly token: string; readonly seqAck: number }
  | undefined {
  const { server_id, session_id, token, seq_ack } = d;
  if (!isId(server_id) || !isText(session_id) || !isText(token)) return undefined;
  if (!isInteger(seq_ack, -1, 0xffff)) return undefined;
  return { serverId: server_id, sessionId: session_id, token, seqAck: seq_ack };
}
