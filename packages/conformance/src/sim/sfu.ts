// voice-gateway.md S1–S3: the SFU. It sees ciphertext only.
import type { Timeline } from "./clock.ts";
import type { Session } from "./gateway/call.ts";
import { carryMedia, type MediaKnobs, PLAIN_MEDIA } from "./network.ts";
import type { SeededRandom } from "./random.ts";

/** One encoded frame on its way; packetization is not modelled. */
export interface MediaPacket {
  readonly from: string;
  readonly ssrc: number;
  readonly mediaType: "audio" | "video";
  readonly payload: Uint8Array;
  /** The sender's own number of the frame, for whoever judges the call; -1: made by the SFU. */
  readonly frameNumber: number;
}

/** S3 and faults. Probabilities per packet and receiver. */
export interface SfuKnobs extends MediaKnobs {
  /** S3: a silence frame is put in behind a packet. */
  readonly silence: number;
  /** Fault: one bit of a copy is flipped (a further packet, the true one still comes). */
  readonly tamper: number;
  /** Fault: the packet itself is damaged on its way, as a hostile SFU would. */
  readonly corrupt: number;
  /** Fault: a packet is kept back and comes 8 to 25 s later. */
  readonly straggler: number;
}

export const PLAIN_SFU: SfuKnobs = { ...PLAIN_MEDIA, silence: 0, tamper: 0, corrupt: 0, straggler: 0 };

/** F10: what an SFU may inject. */
export const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

export type ArrivalKind = "frame" | "duplicate" | "silence" | "tampered";

interface Port {
  readonly session: Session;
  readonly ssrcs: ReadonlySet<number>;
  /** What happens on the way to this one; default: as on the way to everybody. */
  readonly knobs?: SfuKnobs;
  receive(packet: MediaPacket, kind: ArrivalKind): void;
}

const endsWithMarker = (payload: Uint8Array): boolean =>
  payload.length >= 2 && payload[payload.length - 1] === 0xfa && payload[payload.length - 2] === 0xfa;

/** A copy with one bit flipped before the marker, so that it still looks like a protocol frame. */
function flipBit(random: SeededRandom, payload: Uint8Array): Uint8Array {
  const copy = payload.slice();
  const at = random.int(0, Math.max(0, copy.length - 3));
  if (copy.length > 0) copy[at] = copy[at]! ^ (1 << random.int(0, 7));
  return copy;
}

export class Sfu {
  private readonly ports = new Map<string, Port>();
  private readonly clock: Timeline;
  private readonly random: SeededRandom;
  private readonly inTransition: () => boolean;
  knobs: SfuKnobs;

  constructor(clock: Timeline, random: SeededRandom, knobs: SfuKnobs, inTransition: () => boolean) {
    this.clock = clock;
    this.random = random;
    this.knobs = knobs;
    this.inTransition = inTransition;
  }

  attach(port: Port): void {
    this.ports.set(port.session.userId, port);
  }

  /** Forgets a session that has ended; a newer one of the same user stays. */
  detach(session: Session): void {
    if (this.ports.get(session.userId)?.session === session) this.ports.delete(session.userId);
  }

  // S1: forwards to everybody in the session but the source; takes an SSRC only from its owner
  forward(packet: MediaPacket): void {
    const source = this.ports.get(packet.from);
    if (!source?.session.open || !source.ssrcs.has(packet.ssrc)) return;
    for (const port of this.ports.values()) {
      if (port === source || !port.session.open) continue;
      if (this.withheld(port, packet)) continue;
      this.carry(port, packet);
    }
  }

  // S2: during transitions, no packet that ends FA FA to a client without DAVE
  private withheld(port: Port, packet: MediaPacket): boolean {
    return port.session.maxVersion === 0 && this.inTransition() && endsWithMarker(packet.payload);
  }

  // S3: inject silence, drop, delay, duplicate, reorder
  private carry(port: Port, packet: MediaPacket): void {
    const { random } = this;
    const knobs = port.knobs ?? this.knobs;
    const arrive = (what: MediaPacket, kind: ArrivalKind) => {
      // S1: nothing to or from users that have left
      if (port.session.open && this.ports.get(packet.from)?.session.open) port.receive(what, kind);
    };
    const corrupt = random.chance(knobs.corrupt);
    if (random.chance(knobs.straggler)) {
      this.clock.setTimer(random.int(8000, 25_000), () => arrive(packet, "frame"));
      return;
    }
    const sent = corrupt ? { ...packet, payload: flipBit(random, packet.payload) } : packet;
    carryMedia(this.clock, random, knobs, (copy) =>
      arrive(sent, corrupt ? "tampered" : copy === 0 ? "frame" : "duplicate"),
    );
    const extra = (payload: Uint8Array, kind: ArrivalKind) =>
      carryMedia(this.clock, random, knobs, () => arrive({ ...packet, payload, frameNumber: -1 }, kind));
    if (random.chance(knobs.tamper)) extra(flipBit(random, packet.payload), "tampered");
    if (random.chance(knobs.silence)) extra(SILENCE, "silence");
  }
}
