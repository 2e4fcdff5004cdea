// The UDP side of a connection: IP discovery, the transport's key, outgoing packets.

import { equalBytes } from "@puredave/mls";
import type { DaveClient } from "../client/client.ts";
import { ipDiscoveryRequest, readIpDiscovery } from "./ip-discovery.ts";
import { selectProtocolMessage, speakingMessage } from "./messages.ts";
import { Owners } from "./owners.ts";
import { OpusStream, writeRtp } from "./rtp-out.ts";
import type { SpeakOutcome, VoiceAddress } from "./shapes.ts";
import {
  type OpenOutcome,
  selectTransportMode,
  TRANSPORT_MODES,
  TransportCipher,
  type TransportMode,
} from "./transport.ts";

/** IP discovery is asked for again after this long without an answer. */
const DISCOVERY_RETRY_MS = 1000;
/** A packet at least this often keeps the path through address translators open. */
const KEEP_ALIVE_MS = 5000;
const PACKET_MS = 20;
/** A longer gap between two frames is a pause, and the timestamp has to tell it. */
const PAUSE_MS = 5 * PACKET_MS;
/** In packets; timestamps wrap long before. */
const MAX_PAUSE = 2 ** 32;
const OPUS_SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const SILENT_FRAMES = 5;

export interface MediaOptions {
  readonly client: DaveClient;
  readonly say: (message: string) => void;
  readonly sendPacket: (packet: Uint8Array, to: VoiceAddress) => void;
}

/** What op 2 told. */
interface Server extends VoiceAddress {
  readonly ssrc: number;
  readonly mode: TransportMode;
}

interface Outgoing {
  readonly cipher: TransportCipher;
  readonly key: Uint8Array;
  readonly stream: OpusStream;
}

export class Media {
  readonly owners: Owners;
  readonly #options: MediaOptions;
  #server: Server | undefined;
  #outgoing: Outgoing | undefined;
  #discoverAt = Number.POSITIVE_INFINITY;
  #keepAliveAt = Number.POSITIVE_INFINITY;
  #keepAlives = 0;
  #speaking = false;
  #lastSentAt: number | undefined;

  constructor(options: MediaOptions) {
    this.#options = options;
    this.owners = new Owners(options.client);
  }

  /** Whether op 4 has given a key. */
  get connected(): boolean {
    return this.#outgoing !== undefined;
  }

  get nextAt(): number {
    return Math.min(this.#discoverAt, this.#keepAliveAt);
  }

  /** The session is over: whatever it knew is forgotten. */
  reset(): void {
    this.#dropKey();
    this.#server = undefined;
    this.#discoverAt = Number.POSITIVE_INFINITY;
    this.#keepAliveAt = Number.POSITIVE_INFINITY;
    this.#speaking = false;
    this.#lastSentAt = undefined;
    this.owners.close();
  }

  #dropKey(): void {
    this.#outgoing?.cipher.close();
    this.#outgoing?.key.fill(0);
    this.#outgoing = undefined;
  }

  /** Op 2. False: no mode that we have. */
  discover(
    ready: VoiceAddress & { readonly ssrc: number; readonly modes: readonly string[] },
    now: number,
  ): boolean {
    const { ssrc, address, port, modes } = ready;
    const mode = selectTransportMode(modes);
    if (mode === undefined) return false;
    this.#server = { ssrc, address, port, mode };
    this.#ask(now);
    return true;
  }

  #ask(now: number): void {
    if (this.#server === undefined) return;
    this.#discoverAt = now + DISCOVERY_RETRY_MS;
    this.#options.sendPacket(ipDiscoveryRequest(this.#server.ssrc), this.#server);
  }

  /** Whether the packet is an answer to IP discovery; the first one that is ours is followed by op 1. */
  discovered(packet: Uint8Array, now: number): boolean {
    const found = readIpDiscovery(packet);
    if (found.outcome === "failed") return false;
    if (this.#server?.ssrc === found.ssrc && this.#discoverAt !== Number.POSITIVE_INFINITY) {
      this.#discoverAt = Number.POSITIVE_INFINITY;
      this.#keepAliveAt = now + KEEP_ALIVE_MS;
      this.#options.say(selectProtocolMessage(found.address, found.port, this.#server.mode));
    }
    return true;
  }

  /** Op 4. The same key again keeps its cipher: a new one would use the old nonces. False: nothing to be used. */
  key(mode: string, key: Uint8Array, now: number): boolean {
    const known = TRANSPORT_MODES.find((name) => name === mode);
    if (known === undefined || this.#server === undefined) return false;
    const old = this.#outgoing;
    if (old !== undefined && old.cipher.mode === known && equalBytes(old.key, key)) return true;
    const stream = old?.stream ?? new OpusStream({ ssrc: this.#server.ssrc });
    this.#dropKey();
    this.#outgoing = { cipher: new TransportCipher(known, key), key, stream };
    this.#keepAliveAt = now + KEEP_ALIVE_MS;
    return true;
  }

  open(packet: Uint8Array): OpenOutcome {
    const cipher = this.#outgoing?.cipher;
    return cipher === undefined ? { outcome: "failed", reason: "closed" } : cipher.open(packet);
  }

  tick(now: number): void {
    if (now >= this.#discoverAt) this.#ask(now);
    if (now < this.#keepAliveAt || this.#server === undefined) return;
    this.#keepAliveAt = now + KEEP_ALIVE_MS;
    const packet = new Uint8Array(8);
    new DataView(packet.buffer).setUint32(0, this.#keepAlives++);
    this.#options.sendPacket(packet, this.#server);
  }

  speak(frame: Uint8Array, now: number): SpeakOutcome {
    if (this.#outgoing === undefined || this.#server === undefined)
      return { outcome: "not-sent", reason: "not-connected" };
    const { stream, cipher } = this.#outgoing;
    const { ssrc } = this.#server;
    const sent = this.#options.client.encrypt({ mediaType: "audio", ssrc, frame });
    if (!("frame" in sent))
      return { outcome: "not-sent", reason: sent.outcome === "failed" ? "failed" : "not-ready" };
    this.#begin(ssrc, now);
    const { header, payload } = writeRtp(stream.next(sent.frame));
    const sealed = cipher.seal(header, payload);
    if (sealed.outcome === "refused") return { outcome: "not-sent", reason: "exhausted" };
    this.#options.sendPacket(sealed.packet, this.#server);
    this.#keepAliveAt = now + KEEP_ALIVE_MS;
    return { outcome: "sent", encrypted: sent.outcome === "encrypted" };
  }

  /** Op 5 comes before the first packet; a pause shows in the timestamp. */
  #begin(ssrc: number, now: number): void {
    if (!this.#speaking) this.#options.say(speakingMessage(ssrc));
    this.#speaking = true;
    const gap = this.#lastSentAt === undefined ? 0 : now - this.#lastSentAt;
    const packets = Math.min(Math.round(gap / PACKET_MS) - 1, MAX_PAUSE);
    if (gap > PAUSE_MS) this.#outgoing?.stream.skip(packets);
    this.#lastSentAt = now;
  }

  stop(now: number): void {
    if (!this.#speaking || this.#server === undefined) return;
    for (let i = 0; i < SILENT_FRAMES; i++) this.speak(OPUS_SILENCE, now);
    this.pause();
    this.#options.say(speakingMessage(this.#server.ssrc, 0));
  }

  /** The next frame is preceded by op 5. */
  pause(): void {
    this.#speaking = false;
  }
}
