// What a VP8 packetizer and depacketizer do to a frame: RFC 7741.
import type { Mtu } from "./h26x.ts";

/** §4.2: X, S on the first packet; I with a 15-bit picture id. */
const descriptor = (first: boolean): number[] => [0x80 | (first ? 0x10 : 0), 0x80, 0x80 | 0x12, 0x34];

export function packetizeVp8(frame: Uint8Array, mtu: Mtu): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < frame.length || packets.length === 0; ) {
    const end = Math.min(frame.length, at + Math.max(1, mtu() - 4));
    packets.push(Uint8Array.from([...descriptor(at === 0), ...frame.subarray(at, end)]));
    at = end;
  }
  return packets;
}

export interface Vp8Frame {
  frame: Uint8Array;
  /** §4.3, RFC 6386 §9.1: what a depacketizer reads of the first payload bytes. */
  keyFrame: boolean;
  width: number | undefined;
  height: number | undefined;
}

export function depacketizeVp8(packets: readonly Uint8Array[]): Vp8Frame {
  const frame = Uint8Array.from(packets.flatMap((packet) => [...packet.subarray(4)]));
  const keyFrame = (frame[0]! & 1) === 0;
  const size = (at: number): number | undefined =>
    keyFrame && frame.length >= 10 ? (frame[at]! | (frame[at + 1]! << 8)) & 0x3fff : undefined;
  return { frame, keyFrame, width: size(6), height: size(8) };
}
