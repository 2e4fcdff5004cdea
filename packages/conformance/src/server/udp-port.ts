// The SFU's UDP socket: IP discovery, transport encryption, RTP.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { OPUS_PAYLOAD_TYPE, readRtp, writeRtp } from "@puredave/dave/voice";
import type { Timeline } from "../sim/clock.ts";
import type { SeededRandom } from "../sim/random.ts";
import type { Caller, Endpoint } from "./caller.ts";
import type { Limits, RtpKnobs } from "./options.ts";
import type { RtpMedia } from "./room.ts";

const HOST = "127.0.0.1";
const DISCOVERY_LENGTH = 74;

export interface UdpPortOptions {
  readonly clock: Timeline & { turn(event: () => void): void };
  readonly random: SeededRandom;
  readonly limits: Limits;
  readonly rtp: RtpKnobs;
  readonly callerOf: (ssrc: number) => Caller | undefined;
}

/** Packets by what became of them. */
export interface PacketCounts {
  received: number;
  forwarded: number;
  sent: number;
  /** No packet of a caller, of another's SSRC, not authentic, or too many. */
  refused: number;
  /** Of those that were forwarded, frames without the marker of DAVE at their end. */
  plaintext: number;
}

export class UdpPort {
  readonly counts: PacketCounts = { received: 0, forwarded: 0, sent: 0, refused: 0, plaintext: 0 };
  private readonly socket: Socket = createSocket("udp4");
  private readonly options: UdpPortOptions;

  constructor(options: UdpPortOptions) {
    this.options = options;
    this.socket.on("message", (packet, from) => options.clock.turn(() => this.receive(packet, from)));
    // ECONNREFUSED of a client that is gone
    this.socket.on("error", () => {});
  }

  async listen(port: number): Promise<void> {
    this.socket.bind(port, HOST);
    await once(this.socket, "listening");
  }

  get port(): number {
    return this.socket.address().port;
  }

  close(): void {
    this.socket.close();
  }

  private receive(packet: Buffer, from: Endpoint): void {
    this.counts.received++;
    if (packet.length === DISCOVERY_LENGTH && packet.readUInt16BE(0) === 1)
      return this.discover(packet, from);
    if (packet.length < 12) return;
    const caller = this.options.callerOf(packet.readUInt32BE(8));
    if (caller === undefined || !this.isFrom(caller, from) || this.floods(caller)) {
      this.counts.refused++;
      return;
    }
    this.forward(caller, packet);
  }

  private isFrom({ endpoint }: Caller, from: Endpoint): boolean {
    return endpoint?.port === from.port && endpoint.address === from.address;
  }

  private floods(caller: Caller): boolean {
    const second = Math.floor(this.options.clock.now() / 1000);
    if (caller.packets.second !== second) caller.packets = { second, count: 0 };
    caller.packets.count += 1;
    return caller.packets.count > this.options.limits.packets;
  }

  /** 74 bytes, type 1 → type 2: the address from byte 8, the port in the last two. */
  private discover(packet: Buffer, from: Endpoint): void {
    const caller = this.options.callerOf(packet.readUInt32BE(4));
    if (caller === undefined) return;
    caller.discovered = { address: from.address, port: from.port };
    const answer = Buffer.alloc(DISCOVERY_LENGTH);
    answer.writeUInt16BE(2, 0);
    answer.writeUInt16BE(70, 2);
    answer.writeUInt32BE(packet.readUInt32BE(4), 4);
    answer.write(from.address, 8, "latin1");
    answer.writeUInt16BE(from.port, DISCOVERY_LENGTH - 2);
    this.socket.send(answer, from.port, from.address);
  }

  private forward(caller: Caller, packet: Buffer): void {
    const opened = caller.cipher?.open(packet);
    const rtp = opened?.outcome === "opened" ? readRtp(packet, opened.payload) : undefined;
    if (rtp === undefined || !("frame" in rtp)) {
      this.counts.refused++;
      return;
    }
    this.counts.forwarded++;
    if (rtp.frame.at(-1) !== 0xfa || rtp.frame.at(-2) !== 0xfa) this.counts.plaintext++;
    const { payloadType, marker, sequenceNumber, timestamp, ssrc, frame } = rtp;
    const media: RtpMedia = {
      from: caller.identified.userId,
      ssrc,
      mediaType: payloadType === OPUS_PAYLOAD_TYPE ? "audio" : "video",
      payload: frame,
      frameNumber: sequenceNumber,
      payloadType,
      marker,
      sequenceNumber,
      timestamp,
    };
    caller.room.sfu.forward(media);
  }

  /** Seals a frame for one receiver, in an RTP packet as the knobs want it. */
  sendTo(caller: Caller, media: RtpMedia): void {
    this.write(
      caller,
      media,
      this.options.random.chance(this.options.rtp.padding) ? this.someBytes(255) : undefined,
    );
    if (this.options.random.chance(this.options.rtp.paddingOnly))
      this.write(caller, { ...media, payload: new Uint8Array(0) }, this.someBytes(255));
  }

  private someBytes = (max: number): number => this.options.random.int(1, max);

  private write(caller: Caller, media: RtpMedia, padding: number | undefined): void {
    const { cipher, endpoint } = caller;
    if (cipher === undefined || endpoint === undefined) return;
    const { extensionWords, csrcs } = this.options.rtp;
    const { payloadType, marker, sequenceNumber, timestamp, ssrc, payload: frame } = media;
    const body = new Uint8Array(4 * extensionWords).fill(0x10);
    const { header, payload } = writeRtp({
      ...{ payloadType, marker, sequenceNumber, timestamp, ssrc, frame, padding },
      csrcs: Array.from({ length: csrcs }, (_, i) => i + 1),
      extension: extensionWords > 0 ? { profile: 0xbede, body } : undefined,
    });
    const sealed = cipher.seal(header, payload);
    if (sealed.outcome === "refused") return;
    this.counts.sent++;
    this.socket.send(sealed.packet, endpoint.port, endpoint.address);
  }
}
