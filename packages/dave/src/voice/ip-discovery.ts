// IP discovery: the voice server tells under which address and port our packets reach it. 74 bytes each way.

import { checkBytes } from "../errors.ts";
import { checkBits } from "./checks.ts";

const LENGTH = 74;
const REQUEST = 1;
const RESPONSE = 2;
/** Bytes behind the length field. */
const BODY_LENGTH = 70;
const ADDRESS_AT = 8;
const PORT_AT = 72;

/** What an answer to {@link ipDiscoveryRequest} says. */
export type IpDiscoveryOutcome =
  /** Our address in text and our port, as the server sees them. Remedy: send them as `address` and `port` of op 1. */
  | { readonly outcome: "discovered"; readonly ssrc: number; readonly address: string; readonly port: number }
  /**
   * `not-discovery`: another packet, RTP for instance. `malformed`: no address of IPv4 or IPv6, or port 0.
   * Remedy: go on waiting; ask again after a second without an answer.
   */
  | { readonly outcome: "failed"; readonly reason: "not-discovery" | "malformed" };

/**
 * The packet that asks for our address as the voice server sees it: send it to address and port of op 2.
 *
 * @param ssrc ours, from op 2
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * ipDiscoveryRequest(7).length // 74
 * ```
 */
export function ipDiscoveryRequest(ssrc: number): Uint8Array {
  checkBits(ssrc, 32, "ssrc");
  const packet = new Uint8Array(LENGTH);
  const view = new DataView(packet.buffer);
  view.setUint16(0, REQUEST);
  view.setUint16(2, BODY_LENGTH);
  view.setUint32(4, ssrc);
  return packet;
}

/** An address of IPv4 or IPv6 in text, roughly; what it means is the server's business. */
export const ADDRESS: RegExp = /^[0-9a-fA-F:.]{2,45}$/;

/** The text up to the first zero byte. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

/**
 * Reads a packet that may be the answer. Whatever its bytes are, it does not throw.
 *
 * @throws {@link DaveError} `invalid-argument` when `packet` is no Uint8Array
 */
export function readIpDiscovery(packet: Uint8Array): IpDiscoveryOutcome {
  checkBytes(packet, "packet");
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (packet.length !== LENGTH || view.getUint16(0) !== RESPONSE || view.getUint16(2) !== BODY_LENGTH)
    return { outcome: "failed", reason: "not-discovery" };
  const address = textOf(packet.subarray(ADDRESS_AT, PORT_AT));
  const port = view.getUint16(PORT_AT);
  if (!ADDRESS.test(address) || port === 0) return { outcome: "failed", reason: "malformed" };
  return { outcome: "discovered", ssrc: view.getUint32(4), address, port };
}
