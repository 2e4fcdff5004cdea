// What a DaveClient is given and gives: options, frames and their outcomes (M7, M8), checked for misuse (M11).

import {
  type BackendChoice,
  type Changeover,
  type DecryptFailure,
  type EncryptFailure,
  MEDIA_TYPES,
  type MediaType,
} from "@puredave/frame-crypto";
import type { CryptoProvider } from "@puredave/mls";
import { isBytes } from "../bytes.ts";
import { BACKENDS, checkCrypto } from "../crypto.ts";
import { checkBytes, checkObject, checkOptionNames, expectOneOf, expectThat, isFunction } from "../errors.ts";
import type { SentMessage } from "../gateway/opcodes.ts";
import type { Clock } from "../ports.ts";
import type { Snowflake } from "../snowflake.ts";
import type { PairwiseCode } from "../verification.ts";
import { type DaveEvent, EVENT_NAMES } from "./events.ts";
import type { KnownKeys } from "./known-keys.ts";
import type { TappedMessage } from "./tap.ts";

/** M8: what `encrypt` does while encryption is expected but not ready. */
export type NotReadyPolicy = "hold" | "drop" | "throw" | "passthrough";

const POLICIES: readonly NotReadyPolicy[] = ["hold", "drop", "throw", "passthrough"];

/** Options of {@link DaveClient}. */
export interface DaveClientOptions {
  /** Our own user id. */
  readonly userId: Snowflake;
  /** The voice channel's id; for Go Live, the stream's `rtc_server_id` − 1. */
  readonly channelId: Snowflake;
  /** Sends to the voice gateway: text for JSON opcodes, bytes for MLS. */
  readonly send: (message: SentMessage) => void;
  /** Default: the platform's monotone clock and timers. */
  readonly clock?: Clock | undefined;
  /** Default: the fastest provider of this runtime, with `randomBytes`. */
  readonly crypto?: CryptoProvider | undefined;
  /** Default: the platform's cryptographic source. Only tests and simulations replace it. */
  readonly randomBytes?: ((length: number) => Uint8Array) | undefined;
  /** A persistent signature key, 32 bytes (P4). Default: a new one. */
  readonly signaturePrivateKey?: Uint8Array | undefined;
  /** M8. Default: `hold`. */
  readonly policy?: NotReadyPolicy | undefined;
  /** Default: `auto`, the platform's primitives where they are faster. */
  readonly backend?: BackendChoice | undefined;
  /**
   * With `backend: "auto"`: from which sizes of frames on, in bytes of media, the platform's AES (`keystreamFrom`) and all
   * of its AES-GCM (`gcmFrom`) are used; `Infinity`: never. Default: what was measured on this runtime. It changes speed
   * only: frames are the same bytes.
   */
  readonly changeover?: Changeover | undefined;
  /** E31: whether failing media may start a recovery. Default: true. */
  readonly recoverFromMedia?: boolean | undefined;
  /** P4: keys that the caller has verified. Default: kept in memory. */
  readonly knownKeys?: KnownKeys | undefined;
  /** Sees every event as it is told, never a secret. May throw. */
  readonly onEvent?: ((event: DaveEvent) => void) | undefined;
  /** Sees every DAVE message of the gateway, both ways, transport secrets left out. `captureRecord` keeps it. May throw. */
  readonly tap?: ((tapped: TappedMessage) => void) | undefined;
  /** Told about faults of listeners and of `send`, which never reach the caller. May throw. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** A frame to encrypt. */
export interface OutgoingFrame {
  /** Decides the codec of an SSRC that has none assigned. */
  readonly mediaType: MediaType;
  /** 32 bits; its codec is what `assignSsrcToCodec` said, else Opus for audio, unknown for video. */
  readonly ssrc: number;
  /** The codec frame, not yet packetized; never written to. */
  readonly frame: Uint8Array;
}

/**
 * Why a frame cannot leave.
 */
export type NotReadyReason =
  /**
   * Nobody else is in the group yet: there is nobody to encrypt for. Remedy: hold or drop; frames leave once
   * somebody joins.
   */
  | "alone"
  /**
   * No transition has been executed yet, or none since identify. Remedy: hold or drop; the event `state` with
   * `ready` says when to go on.
   */
  | "negotiating";

/**
 * What became of a frame given to `encrypt` (F6, M8): a discriminated union on `outcome`.
 *
 * `encrypted` and `plain` have the `frame` to be sent, `not-ready`, `dropped` and `failed` a `reason`. See docs/errors.md.
 */
export type EncryptOutcome =
  /** Protected with the key of the last executed transition (M2). Remedy: none, send it. */
  | { readonly outcome: "encrypted"; readonly frame: Uint8Array }
  /** M5: version 0 is executed, or the policy `passthrough` applies. Remedy: send it; show that the call is not encrypted. */
  | { readonly outcome: "plain"; readonly frame: Uint8Array }
  /** Policies `hold` and `passthrough`: it cannot leave yet. Remedy: keep the frame and offer it again (`HeldFrames` does). */
  | { readonly outcome: "not-ready"; readonly reason: NotReadyReason }
  /** Policy `drop`: it cannot leave yet. Remedy: none, forget the frame. */
  | { readonly outcome: "dropped"; readonly reason: NotReadyReason }
  /** It cannot be encrypted, or the client was closed (`closed`; make a new client). Remedy: see the reason. */
  | { readonly outcome: "failed"; readonly reason: Exclude<EncryptFailure, "no-key"> | "closed" };

/** A frame to decrypt. */
export interface IncomingFrame {
  /** Who sent it; `undefined`: nobody knows yet. */
  readonly userId: Snowflake | undefined | null;
  /** Only audio can be the silence frame (F10). */
  readonly mediaType: MediaType;
  /** After transport decryption, RTP header extension and padding removed (R1). */
  readonly frame: Uint8Array;
}

/** A frame of one of several users. */
export interface AnonymousFrame extends Omit<IncomingFrame, "userId"> {
  /** Users who may have sent it, tried in this order. */
  readonly candidates: Iterable<Snowflake>;
}

/** What became of it, and who sent it, where that is proved. */
export type AmongOutcome = DecryptOutcome & { readonly userId: string | undefined };

/**
 * What became of a received frame (F8): a discriminated union on `outcome`.
 *
 * `decrypted`, `plain` and `silence` have the `frame`; `failed` has a `reason`. See docs/errors.md.
 */
export type DecryptOutcome =
  /** Authentic. Remedy: none, play it. */
  | { readonly outcome: "decrypted"; readonly frame: Uint8Array }
  /** M6: plaintext, while it is accepted. Remedy: play it; show that it was not encrypted. */
  | { readonly outcome: "plain"; readonly frame: Uint8Array }
  /** F10: the silence frame `F8 FF FE`, which an SFU may inject. Remedy: treat it as silence. */
  | { readonly outcome: "silence"; readonly frame: Uint8Array }
  /** There is no frame to play. Remedy: drop it; see the reason. */
  | { readonly outcome: "failed"; readonly reason: DecryptRefusal };

/**
 * Why `DaveClient` has no frame to play.
 */
export type DecryptRefusal =
  | DecryptFailure
  /**
   * Nobody was named as the sender: no op 5 or 12 has told whose SSRC it is yet. Remedy: drop the frame, or find the
   * sender with `SsrcResolver`.
   */
  | "unknown-sender"
  /** The client was closed. Remedy: make a new client. */
  | "closed";

/**
 * Whether an outcome has a `frame` to be sent or played: `encrypted` and `plain` of `encrypt`; `decrypted`, `plain` and
 * `silence` of `decrypt` and `decryptAmong`.
 *
 * @throws {@link DaveError} `invalid-argument` when `outcome` is no object
 * @example
 * ```ts
 * const sent = client.encrypt({ mediaType: "audio", ssrc, frame: opus });
 * if (hasFrame(sent)) rtp.send(sent.frame);
 * const heard = client.decrypt({ userId: otherUserId, mediaType: "audio", frame });
 * if (hasFrame(heard)) play(heard.frame);
 * ```
 */
export function hasFrame<Outcome extends { readonly outcome: string }>(
  outcome: Outcome,
): outcome is Extract<Outcome, { readonly frame: Uint8Array }> {
  checkObject(outcome, "outcome");
  return "frame" in outcome;
}

/** Refuses an option that does not fit. */
type OptionCheck = (value: never, name: string) => void;

const callback: OptionCheck = (value: unknown, name) =>
  expectThat(isFunction(value), name, "a function", value);

const isClock = (clock?: Clock): boolean =>
  isFunction(clock?.now) && (clock?.setTimer === undefined || isFunction(clock.setTimer));

/** Refuses a clock that is given and is none. */
export const checkClock = (clock: Clock | undefined): void =>
  expectThat(clock === undefined || isClock(clock), "clock", "an object with now()", clock);

function changeover(value: Changeover | null, name: string): void {
  const isSize = (size: unknown): boolean => typeof size === "number" && size >= 0;
  const fits = isSize(value?.keystreamFrom) && isSize(value?.gcmFrom);
  expectThat(fits, name, "an object with keystreamFrom and gcmFrom, sizes in bytes", value);
}

/** Every option with its check; a name that is not here is refused. The session checks ids and key. */
const OPTIONS: { readonly [K in keyof DaveClientOptions]-?: OptionCheck } = {
  userId: () => {},
  channelId: () => {},
  send: callback,
  clock: checkClock,
  crypto: checkCrypto,
  randomBytes: callback,
  signaturePrivateKey: () => {},
  policy: (value: unknown, name) => expectOneOf(POLICIES, value, name),
  backend: (value: unknown, name) => expectOneOf(BACKENDS, value, name),
  changeover,
  recoverFromMedia: (value: unknown, name) =>
    expectThat(typeof value === "boolean", name, "true or false", value),
  knownKeys: (keys: Partial<KnownKeys> | null, name) =>
    expectThat(isFunction(keys?.get) && isFunction(keys?.set), name, "an object with get and set", keys),
  onEvent: callback,
  tap: callback,
  onFault: callback,
};

export function checkOptions(options: DaveClientOptions): void {
  checkOptionNames(options, OPTIONS);
  for (const [name, check] of Object.entries(OPTIONS)) {
    const value = options[name as keyof DaveClientOptions];
    if (value !== undefined || name === "send") check(value as never, name);
  }
  // A provider has its own randomness: another source beside it would never be asked.
  const both = options.crypto !== undefined && options.randomBytes !== undefined;
  expectThat(!both, "randomBytes", "none beside crypto, which has its own", options.randomBytes);
}

/** Refuses an event that there is not, and a listener that is no function. */
export function checkListener(
  type: unknown,
  listener: unknown,
  names: readonly unknown[] = EVENT_NAMES,
): void {
  expectOneOf(names, type, "event");
  expectThat(isFunction(listener), "listener", "a function", listener);
}

export function checkFrame(input: { readonly mediaType: MediaType; readonly frame: Uint8Array }): void {
  checkObject(input, "input");
  checkBytes(input.frame, "frame");
  expectOneOf(MEDIA_TYPES, input.mediaType, "mediaType");
}

/** The key that a caller compared: given alone, or with the code that stands for it. @throws {@link DaveError} `invalid-argument` */
export function comparedKey(compared: PairwiseCode | Uint8Array): Uint8Array {
  const key: unknown = isBytes(compared) ? compared : (compared as PairwiseCode | undefined)?.publicKey;
  const fits = isBytes(key) && key.length === 65;
  expectThat(fits, "compared", "a pairwise code with its publicKey, or a public key of 65 bytes", compared);
  return key;
}
