// R1, outwards: RTP headers and payloads (RFC 3550 §5.1, §5.3.1), and the numbers of a stream of Opus packets.

import { isSsrc } from "../client/options.ts";
import { checkBytes, expectThat } from "../errors.ts";
import { OPUS_PAYLOAD_TYPE } from "../rtp.ts";

/** One RTP packet to be written. */
export interface RtpPacket {
  /** 7 bits; {@link OPUS_PAYLOAD_TYPE} for Opus. */
  readonly payloadType: number;
  /** Default false. */
  readonly marker?: boolean | undefined;
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits; 48 a millisecond for Opus. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
  /** Contributing sources, 15 at most, 32 bits each. */
  readonly csrcs?: readonly number[] | undefined;
  /** A header extension: its profile of 16 bits, and its body, a multiple of 4 bytes and 262140 at most. */
  readonly extension?: { readonly profile: number; readonly body: Uint8Array } | undefined;
  /** Padding bytes behind the frame, 1 to 255; absent: none. */
  readonly padding?: number | undefined;
  /** The DAVE frame. */
  readonly frame: Uint8Array;
}

const isBits = (value: number, bits: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < 2 ** bits;

function checkPacket({ csrcs = [], extension, padding, ...packet }: RtpPacket): void {
  expectThat(isBits(packet.payloadType, 7), "payloadType", "7 bits");
  expectThat(isBits(packet.sequenceNumber, 16), "sequenceNumber", "16 bits");
  expectThat(isBits(packet.timestamp, 32), "timestamp", "32 bits");
  expectThat(isSsrc(packet.ssrc), "ssrc", "32 bits");
  expectThat(csrcs.length <= 15 && csrcs.every(isSsrc), "csrcs", "15 numbers of 32 bits at most");
  checkBytes(packet.frame, "frame");
  expectThat(padding === undefined || (isBits(padding, 8) && padding > 0), "padding", "1 to 255");
  if (extension === undefined) return;
  expectThat(isBits(extension.profile, 16), "extension.profile", "16 bits");
  checkBytes(extension.body, "extension.body");
  const words = extension.body.length / 4;
  expectThat(isBits(words, 16), "extension.body", "a multiple of 4 bytes, 262140 at most");
}

/**
 * Writes a packet as {@link TransportCipher} takes it: `header` goes in the clear, `payload` is to be sealed. The body
 * of an extension is part of the payload, as the modes `*_rtpsize` want it (R1).
 *
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * const { header } = writeRtp({ payloadType: 120, sequenceNumber: 1, timestamp: 960, ssrc: 7, frame });
 * header.length // 12
 * ```
 */
export function writeRtp(packet: RtpPacket): { readonly header: Uint8Array; readonly payload: Uint8Array } {
  checkPacket(packet);
  const { csrcs = [], extension, padding = 0, frame } = packet;
  const header = new Uint8Array(12 + 4 * csrcs.length + (extension === undefined ? 0 : 4));
  const view = new DataView(header.buffer);
  header[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs.length;
  header[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  view.setUint16(2, packet.sequenceNumber);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  for (const [i, csrc] of csrcs.entries()) view.setUint32(12 + 4 * i, csrc);
  const body = extension?.body ?? new Uint8Array(0);
  if (extension !== undefined) {
    view.setUint16(header.length - 4, extension.profile);
    view.setUint16(header.length - 2, body.length / 4);
  }
  const payload = new Uint8Array(body.length + frame.length + padding);
  payload.set(body);
  payload.set(frame, body.length);
  if (padding > 0) payload[payload.length - 1] = padding;
  return { header, payload };
}

/** Where a stream of packets begins. RFC 3550 asks for random numbers; they are yours to draw. */
export interface OpusStreamOptions {
  /** 32 bits, from op 2. */
  readonly ssrc: number;
  /** The first packet's number, 16 bits; default 0. */
  readonly sequenceNumber?: number | undefined;
  /** The first packet's timestamp, 32 bits; default 0. */
  readonly timestamp?: number | undefined;
  /** Samples at 48 kHz in a packet; default 960, which are 20 ms. */
  readonly samples?: number | undefined;
}

/**
 * Numbers the packets of one sender of Opus.
 *
 * @example
 * ```ts
 * const stream = new OpusStream({ ssrc: 7 });
 * stream.next(frame);
 * stream.skip(2); // two packets of silence were not sent
 * stream.next(frame).timestamp // 2880
 * ```
 */
export class OpusStream {
  readonly #ssrc: number;
  readonly #samples: number;
  #sequenceNumber: number;
  #timestamp: number;

  /** @throws {@link DaveError} `invalid-argument` */
  constructor({ ssrc, sequenceNumber = 0, timestamp = 0, samples = 960 }: OpusStreamOptions) {
    expectThat(isSsrc(ssrc), "ssrc", "32 bits");
    expectThat(isBits(sequenceNumber, 16), "sequenceNumber", "16 bits");
    expectThat(isBits(timestamp, 32), "timestamp", "32 bits");
    expectThat(isBits(samples, 16) && samples > 0, "samples", "1 to 65535");
    this.#ssrc = ssrc;
    this.#samples = samples;
    this.#sequenceNumber = sequenceNumber;
    this.#timestamp = timestamp;
  }

  /** The packet of the next frame; sequence number and timestamp wrap. */
  next(frame: Uint8Array): RtpPacket {
    const sequenceNumber = this.#sequenceNumber;
    const timestamp = this.#timestamp;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.skip(1);
    return { payloadType: OPUS_PAYLOAD_TYPE, sequenceNumber, timestamp, ssrc: this.#ssrc, frame };
  }

  /** Time passes without packets: the timestamp advances by so many packets, the sequence number does not. */
  skip(packets: number): void {
    this.#timestamp = (this.#timestamp + packets * this.#samples) % 2 ** 32;
  }
}
