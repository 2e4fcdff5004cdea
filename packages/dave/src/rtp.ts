// R1: from a received RTP packet of a `*_rtpsize` mode to the DAVE frame inside it.

import { checkBytes, expectThat } from "./errors.ts";

const FIXED_HEADER = 12;
const CSRC_LENGTH = 4;
const EXTENSION_HEADER = 4;
const WORD = 4;
const VERSION = 2;
/** Discord's payload type for Opus. */
export const OPUS_PAYLOAD_TYPE = 120;

/** Whether a value is an SSRC: an integer of 32 bits. */
export const isSsrc = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;

/** Refuses whatever is no SSRC. */
export const checkSsrc = (ssrc: unknown): void =>
  expectThat(isSsrc(ssrc), "ssrc", "an integer of 32 bits", ssrc);

/** What an RTP packet turns out to be. */
export type RtpMedia =
  | {
      readonly outcome: "media";
      readonly payloadType: number;
      readonly marker: boolean;
      readonly sequenceNumber: number;
      readonly timestamp: number;
      readonly ssrc: number;
      /** The DAVE frame, or its fragment: header extension and padding are gone. A view into the payload. */
      readonly frame: Uint8Array;
    }
  /** Nothing but padding: to be dropped, not a failure (RTP-04). */
  | { readonly outcome: "padding" }
  | { readonly outcome: "malformed"; readonly reason: "not-rtp" | "header" | "extension" | "padding" };

/**
 * Bytes at the start of an RTP packet that are in the clear and authenticated by the transport: 12, 4 for each CSRC,
 * and 4 for an extension header. `undefined` when the packet is shorter or no RTP version 2.
 */
export function rtpHeaderLength(packet: Uint8Array): number | undefined {
  checkBytes(packet, "packet");
  const first = packet[0];
  if (first === undefined || first >> 6 !== VERSION) return undefined;
  const length = FIXED_HEADER + CSRC_LENGTH * (first & 0x0f) + (first & 0x10 ? EXTENSION_HEADER : 0);
  return packet.length < length ? undefined : length;
}

/** With the P bit the last *decrypted* byte says how much to remove (RTP-01). */
function withoutPadding(payload: Uint8Array): Uint8Array | undefined {
  const padding = payload[payload.length - 1];
  if (padding === undefined || padding === 0 || padding > payload.length) return undefined;
  return payload.subarray(0, payload.length - padding);
}

/**
 * Takes header extension and padding off a transport-decrypted payload, before DAVE sees it.
 *
 * @param packet the whole packet as received, its header in the clear
 * @param payload what transport decryption gave: the extension's body first, padding last
 * @throws {@link DaveError} `invalid-argument` when either is no Uint8Array
 * @example
 * ```ts
 * const media = readRtp(packet, decryptTransport(packet));
 * if (media.outcome === "media") client.decrypt({ userId, mediaType: "audio", frame: media.frame });
 * ```
 */
export function readRtp(packet: Uint8Array, payload: Uint8Array): RtpMedia {
  checkBytes(payload, "payload");
  const headerLength = rtpHeaderLength(packet);
  if (headerLength === undefined) {
    const rtp = packet.length > 0 && packet[0]! >> 6 === VERSION;
    return { outcome: "malformed", reason: rtp ? "header" : "not-rtp" };
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const extended = (packet[0]! & 0x10) !== 0;
  const extension = extended ? WORD * view.getUint16(headerLength - 2) : 0;
  if (extension > payload.length) return { outcome: "malformed", reason: "extension" };
  const body = payload.subarray(extension);
  const padded = (packet[0]! & 0x20) !== 0;
  const frame = padded ? withoutPadding(body) : body;
  if (frame === undefined) return { outcome: "malformed", reason: "padding" };
  if (frame.length === 0) return { outcome: "padding" };
  return {
    outcome: "media",
    payloadType: packet[1]! & 0x7f,
    marker: (packet[1]! & 0x80) !== 0,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    frame,
  };
}
