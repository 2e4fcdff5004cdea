// What goes in and out of a voice connection.

import type { AsyncGatewayData, GatewayData, SentMessage } from "../gateway/opcodes.ts";

/** Where packets go. */
export interface VoiceAddress {
  /** In text, IPv4 or IPv6. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Why a `VoiceConnection` ended. */
export type VoiceEnd =
  /** A close code after which one does not come back; `code` says which. Remedy: see `closeMeaning`. */
  | { readonly reason: "closed"; readonly code: number; readonly meaning: string }
  /** Op 2 offered no mode that this kit has. Remedy: update. */
  | { readonly reason: "no-mode" }
  /** `maxFailures` attempts in a row have failed. Remedy: ask the main gateway for the channel again. */
  | { readonly reason: "gave-up" }
  /** `close()` was called, of the connection or of its client. Remedy: none. */
  | { readonly reason: "left" };

/**
 * What a `VoiceConnection` is about.
 *
 * * `idle`: `start` was not called yet.
 * * `connecting`: a websocket is being opened, or op 4 has not come yet.
 * * `connected`: op 4 has brought the transport's key, and the websocket is there.
 * * `resuming`: the websocket broke, and the session goes on: packets still pass both ways.
 * * `ended`: over for good; `ended` was told why.
 */
export type VoiceState = "idle" | "connecting" | "connected" | "resuming" | "ended";

/** One websocket, as `VoiceConnection` needs it. */
export interface VoiceSocket {
  /** Sends text or bytes. */
  send(message: SentMessage): void;
  /** Closes with a code. */
  close(code: number): void;
}

/** What a websocket has to tell. After a newer one was opened it tells nobody. */
export interface VoiceLink {
  /**
   * Every message as it comes: text, bytes in any wrapping, text as bytes, or a Blob, which is read first. Messages are
   * applied in the order in which they came (O2).
   *
   * @throws {@link DaveError} `invalid-argument` when `data` is none of these, or `now` no number
   */
  message(data: GatewayData | AsyncGatewayData, now: number): void;
  /**
   * The close code, if there was one.
   *
   * @throws {@link DaveError} `invalid-argument` when `code` is given and is no integer of 16 bits
   */
  closed(code: number | undefined): void;
}

/** What became of a frame given to `VoiceConnection.speak`. */
export type SpeakOutcome =
  /** It left as a packet. Remedy: none. */
  | { readonly outcome: "sent"; readonly encrypted: boolean }
  /**
   * `not-connected`: no op 4 yet, or none since an identify. `not-ready`: DAVE has no key yet, see the client's state.
   * `exhausted`: identify anew. `failed`: the client refused the frame. Remedy: offer a file's frame again later; drop a
   * live one.
   */
  | {
      readonly outcome: "not-sent";
      readonly reason: "not-connected" | "not-ready" | "exhausted" | "failed";
    };

/** What a received packet was. */
export type HeardOutcome =
  /**
   * A frame of Opus. `encrypted` is false in a call without DAVE, and for silence that the server injects.
   * Remedy: none, play it.
   */
  | {
      readonly outcome: "heard";
      readonly userId: string;
      readonly ssrc: number;
      readonly sequenceNumber: number;
      readonly timestamp: number;
      readonly encrypted: boolean;
      readonly frame: Uint8Array;
    }
  /** An answer to IP discovery, padding, or a packet that is not for a listener. Remedy: none. */
  | { readonly outcome: "none"; readonly reason: "ip-discovery" | "padding" | "not-rtp" | "not-audio" }
  /**
   * `transport`: the transport's tag did not fit, or there is no key. `malformed`: bad RTP. `sender`: an SSRC of nobody
   * known. `dave`: DAVE refused the frame, `detail` says why. Remedy: count it, play nothing.
   */
  | {
      readonly outcome: "dropped";
      readonly reason: "transport" | "malformed" | "sender" | "dave";
      readonly detail: string;
    };
