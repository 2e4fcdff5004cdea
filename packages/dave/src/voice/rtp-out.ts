// R1, outwards: RTP headers and payloads (RFC 3550 §5.1, §5.3.1), and the numbers of a stream of Opus packets.

import { checkBytes, checkOptionNames, expectThat } from "../errors.ts";
import { OPUS_PAYLOAD_TYPE } from "../rtp.ts";
import { checkBits, checkCount } from "./checks.ts";

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

const FIELD_NAMES: { readonly [K in keyof RtpPacket]-?: true } = {
  payloadType: true,
  marker: true,
  sequenceNumber: true,
  timestamp: true,
  ssrc: true,
  csrcs: true,
  extension: true,
  padding: true,
  frame: true,
};
const EXTENSION_NAMES = { profile: true, body: true };

function checkPacket(packet: RtpPacket): void {
  checkOptionNames(packet, FIELD_NAMES, "packet");
  const { marker, csrcs, extension, padding } = packet;
  checkBits(packet.payloadType, 7, "payloadType");
  checkBits(packet.sequenceNumber, 16, "sequenceNumber");
  checkBits(packet.timestamp, 32, "timestamp");
  checkBits(packet.ssrc, 32, "ssrc");
  checkBytes(packet.frame, "frame");
  expectThat(marker === undefined || typeof marker === "boolean", "marker", "true or false", marker);
  if (padding !== undefined) {
    checkBits(padding, 8, "padding");
    expectThat(padding > 0, "padding", "1 to 255", padding);
  }
  if (csrcs !== undefined) checkCsrcs(csrcs);
  if (extension !== undefined) checkExtension(extension);
}

function checkCsrcs(csrcs: readonly number[]): void {
  expectThat(Array.isArray(csrcs), "csrcs", "a list of numbers", csrcs);
  expectThat(csrcs.length <= 15, "csrcs", "15 numbers at most", csrcs.length);
  for (const csrc of csrcs) checkBits(csrc, 32, "csrcs");
}

function checkExtension(extension: NonNullable<RtpPacket["extension"]>): void {
  checkOptionNames(extension, EXTENSION_NAMES, "extension");
  checkBits(extension.profile, 16, "extension.profile");
  checkBytes(extension.body, "extension.body");
  const { length } = extension.body;
  const fits = length % 4 === 0 && length / 4 < 2 ** 16;
  expectThat(fits, "extension.body", "a multiple of 4 bytes, 262140 at most", length);
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

const OPTION_NAMES: { readonly [K in keyof OpusStreamOptions]-?: true } = {
  ssrc: true,
  sequenceNumber: true,
  timestamp: true,
  samples: true,
};

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
  constructor(options: OpusStreamOptions) {
    checkOptionNames(options, OPTION_NAMES);
    const { ssrc, sequenceNumber = 0, timestamp = 0, samples = 960 } = options;
    checkBits(ssrc, 32, "ssrc");
    checkBits(sequenceNumber, 16, "sequenceNumber");
    checkBits(timestamp, 32, "timestamp");
    checkBits(samples, 16, "samples");
    expectThat(samples > 0, "samples", "1 to 65535", samples);
    this.#ssrc = ssrc;
    this.#samples = samples;
    this.#sequenceNumber = sequenceNumber;
    this.#timestamp = timestamp;
  }

  /**
   * The packet of the next frame; sequence number and timestamp wrap.
   *
   * @throws {@link DaveError} `invalid-argument` when `frame` is no Uint8Array
   */
  next(frame: Uint8Array): RtpPacket {
    checkBytes(frame, "frame");
    const sequenceNumber = this.#sequenceNumber;
    const timestamp = this.#timestamp;
    this.#sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.skip(1);
    return { payloadType: OPUS_PAYLOAD_TYPE, sequenceNumber, timestamp, ssrc: this.#ssrc, frame };
  }

  /**
   * Time passes without packets: the timestamp advances by so many packets, the sequence number does not.
   *
   * @throws {@link DaveError} `invalid-argument` when `packets` is no whole number of 0 or more
   */
  skip(packets: number): void {
    checkCount(packets, 0, "packets");
    this.#timestamp = (this.#timestamp + (packets % 2 ** 32) * this.#samples) % 2 ** 32;
  }
}
