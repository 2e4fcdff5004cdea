// What a bot says to the voice gateway: ops 0, 1, 3, 5 and 7. DAVE's own messages are the client's.

import { MAX_PROTOCOL_VERSION } from "../constants.ts";
import { checkObject, checkOptionNames, expectOneOf, expectThat } from "../errors.ts";
import { namedSnowflake, type Snowflake } from "../snowflake.ts";
import { checkBits, checkCount, checkText } from "./checks.ts";
import { ADDRESS } from "./ip-discovery.ts";
import { TRANSPORT_MODES, type TransportMode } from "./transport.ts";

/** The version of the voice gateway that this kit speaks, for `?v=` in the websocket's address. Version 8 works too. */
export const VOICE_GATEWAY_VERSION = 9;

/** What the main gateway tells about a call: VOICE_STATE_UPDATE has the session id, VOICE_SERVER_UPDATE the token. */
export interface VoiceCredentials {
  /** The guild's id; for calls outside guilds the channel's. */
  readonly serverId: Snowflake;
  /** `session_id`. */
  readonly sessionId: string;
  /** `token`. */
  readonly token: string;
}

/** Who joins which channel; a `DaveClient` has both. */
export interface VoiceMember {
  /** Our own user id. */
  readonly userId: Snowflake;
  /** The voice channel's id. */
  readonly channelId: Snowflake;
}

const CREDENTIALS: { readonly [K in keyof VoiceCredentials]-?: true } = {
  serverId: true,
  sessionId: true,
  token: true,
};

/** Refuses what is no credentials; an id as a number has lost digits. @throws {@link DaveError} `invalid-argument`, `invalid-snowflake` */
export function checkCredentials(credentials: VoiceCredentials): void {
  checkOptionNames(credentials, CREDENTIALS, "credentials");
  namedSnowflake(credentials.serverId, "credentials.serverId");
  checkText(credentials.sessionId, "credentials.sessionId");
  checkText(credentials.token, "credentials.token");
}

const json = (op: number, d: unknown): string => JSON.stringify({ op, d });

/** The fields that ops 0 and 7 share. */
function sessionFields(member: VoiceMember, credentials: VoiceCredentials) {
  checkObject(member, "member");
  checkCredentials(credentials);
  return {
    server_id: namedSnowflake(credentials.serverId, "credentials.serverId"),
    channel_id: namedSnowflake(member.channelId, "member.channelId"),
    session_id: credentials.sessionId,
    token: credentials.token,
  };
}

function checkSeqAck(seqAck: number): void {
  checkCount(seqAck, -1, "seqAck");
}

/**
 * Op 0: a new session.
 *
 * @param member the client, or whatever has its two ids
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
 * @example
 * ```ts
 * const credentials = { serverId: channelId, sessionId: "of VOICE_STATE_UPDATE", token: "of VOICE_SERVER_UPDATE" };
 * socket.send(identifyMessage(client, credentials));
 * ```
 */
export function identifyMessage(member: VoiceMember, credentials: VoiceCredentials): string {
  return json(0, {
    ...sessionFields(member, credentials),
    user_id: namedSnowflake(member.userId, "member.userId"),
    max_dave_protocol_version: MAX_PROTOCOL_VERSION,
  });
}

/**
 * Op 7: the session goes on over a new websocket.
 *
 * @param member the client, or whatever has its two ids
 * @param seqAck `client.seqAck`
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
 */
export function resumeMessage(member: VoiceMember, credentials: VoiceCredentials, seqAck: number): string {
  checkSeqAck(seqAck);
  return json(7, { ...sessionFields(member, credentials), seq_ack: seqAck });
}

/**
 * Op 3.
 *
 * @param nonce comes back in op 6
 * @param seqAck `client.seqAck`
 * @throws {@link DaveError} `invalid-argument`
 */
export function heartbeatMessage(nonce: number, seqAck: number): string {
  checkCount(nonce, 0, "nonce");
  checkSeqAck(seqAck);
  return json(3, { t: nonce, seq_ack: seqAck });
}

/**
 * Op 1: where the voice server sends our packets, as IP discovery told, and the mode of transport encryption.
 *
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * selectProtocolMessage("203.0.113.1", 50000, "aead_aes256_gcm_rtpsize")
 * ```
 */
export function selectProtocolMessage(address: string, port: number, mode: TransportMode): string {
  expectThat(
    typeof address === "string" && ADDRESS.test(address),
    "address",
    "an IP address in text",
    address,
  );
  checkBits(port, 16, "port");
  expectThat(port > 0, "port", "1 to 65535", port);
  expectOneOf(TRANSPORT_MODES, mode, "mode");
  return json(1, { protocol: "udp", data: { address, port, mode } });
}

/** Flags of op 5: 1 microphone, 2 sound of a shared screen, 4 priority. */
const FLAG_BITS = 3;

/**
 * Op 5: before the first packet of audio, and when speaking ends (flags 0).
 *
 * @param flags 1 for the microphone (default), 2 for the sound of a shared screen, 4 for priority, or a sum of them
 * @throws {@link DaveError} `invalid-argument`
 */
export function speakingMessage(ssrc: number, flags = 1): string {
  checkBits(ssrc, 32, "ssrc");
  checkBits(flags, FLAG_BITS, "flags");
  return json(5, { speaking: flags, delay: 0, ssrc });
}
