// What a voice server can be told: the knobs of voice-gateway.md and what surrounds them.
import type { TransportMode } from "@puredave/dave/voice";
import type { GatewayKnobs } from "../sim/gateway/knobs.ts";
import type { DelayKnobs } from "../sim/network.ts";
import type { SfuKnobs } from "../sim/sfu.ts";

/** How the SFU writes the RTP packets that it forwards (R1). */
export interface RtpKnobs {
  /** Words of 4 bytes in a header extension; 0: none. */
  readonly extensionWords: number;
  /** Contributing sources in the header, 0 to 15. */
  readonly csrcs: number;
  /** Chance of padding, 1 to 255 bytes of it. */
  readonly padding: number;
  /** Chance that a packet of nothing but padding follows. */
  readonly paddingOnly: number;
}

export const PLAIN_RTP: RtpKnobs = { extensionWords: 0, csrcs: 0, padding: 0, paddingOnly: 0 };

/** What one client's paths are like: the delay of its websocket, each way, and what happens to media on the way to it. */
export interface ClientPaths {
  readonly control?: Partial<DelayKnobs>;
  readonly media?: Partial<SfuKnobs>;
}

/** Bounds that keep one client from hurting the others (G13). */
export interface Limits {
  /** Messages of a websocket in a second. */
  readonly messages: number;
  /** Packets of a client in a second; more are dropped. */
  readonly packets: number;
  /** Bytes of one message. */
  readonly messageBytes: number;
  /** Bytes that wait for a slow reader; more end its websocket. */
  readonly backlogBytes: number;
  /** Milliseconds until op 0 or op 7. */
  readonly identifyMs: number;
  /** Websockets at once. */
  readonly sockets: number;
}

export const LIMITS: Limits = {
  messages: 200,
  packets: 1000,
  messageBytes: 1 << 20,
  backlogBytes: 1 << 20,
  identifyMs: 10_000,
  sockets: 1000,
};

export const DEFAULT_CHANNEL = "927310423890473011";
export const DEFAULT_HEARTBEAT_MS = 5000;

/** Options of {@link VoiceServer}. */
export interface VoiceServerOptions {
  /** The websocket's port; default: a free one. */
  readonly port?: number;
  /** The UDP port; default: a free one. */
  readonly udpPort?: number;
  /** The channel of clients that name none (version 8 of the gateway); default `927310423890473011`. */
  readonly channelId?: string;
  /** Decides every choice that is left to chance, keys excepted; default 1. */
  readonly seed?: number;
  /** Milliseconds of op 8; default 5000. */
  readonly heartbeatIntervalMs?: number;
  /** What op 2 offers; default: both. */
  readonly modes?: readonly TransportMode[];
  /** Whether op 5 of those who speak is repeated to newcomers; default true. */
  readonly repeatSpeaking?: boolean;
  /** G1 to G17. */
  readonly knobs?: Partial<GatewayKnobs>;
  /** S3, and the delay of the websockets. */
  readonly paths?: ClientPaths;
  /** By user id: paths that differ from the others'. */
  readonly clients?: Readonly<Record<string, ClientPaths>>;
  readonly rtp?: Partial<RtpKnobs>;
  readonly limits?: Partial<Limits>;
  /** A line of a client's capture, seen from the client; secrets are left out. */
  readonly capture?: (userId: string, line: string) => void;
  /** What happens in the calls, for a log. */
  readonly observe?: (channelId: string, event: { readonly type: string }) => void;
  /** What should not have happened: an error of this server. Default: printed to stderr. */
  readonly onFault?: (fault: unknown) => void;
}
