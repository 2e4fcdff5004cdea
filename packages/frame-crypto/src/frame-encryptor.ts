// F6, F7 encrypting: split by codec, seal, append the trailer, again while a start code shows.
import type { AeadBackend } from "./aead/backend.ts";
import {
  check,
  checkBackend,
  checkBytes,
  checkCodec,
  checkFlag,
  checkFrame,
  checkInteger,
  checkOpen,
  checkOverlap,
  checkRoom,
} from "./arguments.ts";
import { type Codec, hasStartCodes, type MediaType } from "./codec/codec.ts";
import { Plan } from "./codec/plan.ts";
import { makePlan } from "./codec/planners.ts";
import { EMPTY, MAX_ATTEMPTS, MAX_TRAILER } from "./constants.ts";
import { nonceOf } from "./counter.ts";
import { fillResult } from "./fill-result.ts";
import { trailerLength, writeTrailer } from "./format/trailer.ts";
import { SenderKey } from "./sender-key.ts";

/** A frame to encrypt. */
export interface EncryptInput {
  /** Decides the codec of an SSRC that has none assigned. */
  readonly mediaType: MediaType;
  /** 32-bit SSRC; its codec is what `assignSsrcToCodec` said, else Opus for audio, unknown for video. */
  readonly ssrc: number;
  /** The codec frame, below 2^30 bytes, not yet packetized; never written to. */
  readonly frame: Uint8Array;
}

/**
 * Why a frame could not be encrypted.
 */
export type EncryptFailure =
  /** No key is set. Remedy: set one with `setKey`, or pass frames through with `setPassthrough`. */
  | "no-key"
  /**
   * The frame has so many clear ranges that its trailer may exceed 255 bytes (F4); no counter is spent. Remedy:
   * drop the frame; have the encoder make fewer slices, NAL units or OBUs a frame.
   */
  | "trailer-too-long"
  /**
   * Ten attempts left a start code in the frame (F7); their counters are spent. Remedy: drop the frame. Chance
   * alone does not do this: report it.
   */
  | "too-many-attempts"
  /**
   * The key has no counter or no generation left. Remedy: wait for the next transition; at any real frame rate
   * that takes millennia.
   */
  | "exhausted";

/**
 * What became of a frame (F6): a discriminated union.
 *
 * - `encrypted`: `frame` is a new buffer: media and a trailer of 12 to 255 bytes (F2)
 * - `plain`: passthrough is on; `frame` is the input itself
 * - `failed`: see {@link EncryptFailure}
 */
export type EncryptResult =
  | {
      readonly outcome: "encrypted";
      readonly frame: Uint8Array;
      /** The 32-bit nonce on the wire, that of the last attempt. */
      readonly nonce: number;
      readonly generation: number;
      readonly attempts: number;
    }
  | { readonly outcome: "plain"; readonly frame: Uint8Array }
  | { readonly outcome: "failed"; readonly reason: EncryptFailure };

/** What `encryptInto` did. The object belongs to the encryptor and is filled again by its next call. */
export interface EncryptIntoResult {
  /** As in {@link EncryptResult}. */
  readonly outcome: "encrypted" | "plain" | "failed";
  /** Bytes of `output` written; 0 when there is no frame. */
  readonly length: number;
  /** With outcome `failed`. */
  readonly reason: EncryptFailure | undefined;
  /** The 32-bit nonce on the wire, that of the last attempt. */
  readonly nonce: number;
  /** K3: the generation of the counter whose low 32 bits are the nonce: its bits from the 24th on. */
  readonly generation: number;
  /** F7: how often the frame was sealed, 1 to 10; more than once only for H.264 and H.265. */
  readonly attempts: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * What {@link Encryptor} is, over a backend that is given to it. A bundle that names this class and `portableBackend`
 * alone holds nothing of the platform's.
 *
 * @example
 * ```ts
 * const encryptor = new FrameEncryptor(portableBackend);
 * encryptor.setKey(new SenderKey(ratchet));
 * const result = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame });
 * if (result.outcome === "encrypted") send(result.frame);
 * ```
 */
export class FrameEncryptor {
  readonly #backend: AeadBackend;
  readonly #codecs = new Map<number, Codec>();
  readonly #plan: Plan;
  readonly #result: Mutable<EncryptIntoResult> = {
    outcome: "failed",
    length: 0,
    reason: "no-key",
    nonce: 0,
    generation: 0,
    attempts: 0,
  };
  #key: SenderKey | undefined;
  #passthrough = false;

  /**
   * @param backend `portableBackend`, or what `selectBackend` gave
   * @throws {@link FrameCryptoError} `invalid-argument`
   */
  constructor(backend: AeadBackend) {
    checkBackend(backend);
    this.#backend = backend;
    this.#plan = new Plan(this.#backend.findStartCode);
  }

  /** The backend that seals: its name, and with `auto` the sizes from which the platform is used. */
  get backend(): AeadBackend {
    return this.#backend;
  }

  /** The key that the next frame uses, if any. */
  get key(): SenderKey | undefined {
    return this.#key;
  }

  /** Changes the key; one used before goes on counting where it was (K4). */
  setKey(key: SenderKey | undefined): void {
    if (key !== undefined) {
      check(key instanceof SenderKey, "key", "a SenderKey", key);
      checkOpen(key.closed);
    }
    this.#key = key;
  }

  /** With passthrough on, frames leave as they are (F6). */
  setPassthrough(on: boolean): void {
    checkFlag(on, "on");
    this.#passthrough = on;
  }

  /**
   * Says which codec's clear ranges the frames of a 32-bit SSRC need (C0–C6).
   *
   * @throws {@link FrameCryptoError} `invalid-argument`
   */
  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    checkSsrc(ssrc);
    checkCodec(codec);
    this.#codecs.set(ssrc, codec);
  }

  /** The codec assigned to an SSRC, if any. */
  codecOf(ssrc: number): Codec | undefined {
    checkSsrc(ssrc);
    return this.#codecs.get(ssrc);
  }

  /**
   * F4: the most bytes that `encrypt` may make of a frame with the current key: for H.264 and H.265 with the
   * nonce of the tenth attempt, otherwise exact. Without a key, or in passthrough: the frame's own length.
   */
  maxProtectedLength(
    input: { readonly mediaType: MediaType; readonly frame: Uint8Array } & (
      | { readonly ssrc: number }
      | { readonly codec: Codec }
    ),
  ): number {
    checkFrame(input);
    if (!("codec" in input)) checkSsrc(input.ssrc);
    const codec = "codec" in input ? input.codec : this.#codecFor(input.ssrc, input.mediaType);
    checkCodec(codec);
    if (this.#passthrough || this.#key === undefined) return input.frame.length;
    makePlan(codec, input.frame, this.#plan);
    return this.#plan.length + this.#longestTrailer(this.#key, codec);
  }

  /** F6: encrypts a frame into a new one. One buffer is allocated: the frame's. */
  encrypt(input: EncryptInput): EncryptResult {
    checkInput(input);
    const output = this.#run(input, undefined);
    const { outcome, reason, length, nonce, generation, attempts } = this.#result;
    if (outcome === "failed") return { outcome, reason: reason! };
    const frame = length === output.length ? output : output.subarray(0, length);
    return outcome === "plain" ? { outcome, frame } : { outcome, frame, nonce, generation, attempts };
  }

  /**
   * F6: encrypts a frame into the caller's bytes, without allocating in the portable backend. `output` holds
   * at least `maxProtectedLength` bytes and is either apart from the frame or starts where it does.
   */
  encryptInto(input: EncryptInput & { readonly output: Uint8Array }): EncryptIntoResult {
    checkInput(input);
    checkBytes(input.output, "output");
    checkOverlap(input.frame, input.output);
    this.#run(input, input.output);
    return this.#result;
  }

  /** Lets the key go, and wipes what rearranged frames left in the workspace. The key itself is its owner's. */
  close(): void {
    this.#key = undefined;
    this.#plan.wipe();
  }

  /** Closes it at the end of a block: `using encryptor = …`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Fills the result; returns where the frame was written. */
  #run(input: EncryptInput, given: Uint8Array | undefined): Uint8Array {
    const { frame } = input;
    const key = this.#key;
    if (this.#passthrough) {
      if (given !== undefined) {
        checkRoom(given, frame.length);
        given.set(frame);
      }
      return fillResult(this.#result, "plain", frame.length, frame);
    }
    if (key === undefined) return this.#fail("no-key", frame);
    const codec = this.#codecFor(input.ssrc, input.mediaType);
    const plan = this.#plan;
    makePlan(codec, frame, plan);
    const longest = this.#longestTrailer(key, codec);
    if (longest > MAX_TRAILER) return this.#fail("trailer-too-long", frame);
    const output = given ?? new Uint8Array(plan.length + longest);
    checkRoom(output, plan.length + longest);
    // F7: a second attempt needs the plaintext that a first one in place would have overwritten.
    if (hasStartCodes(codec) && plan.media.buffer === output.buffer) plan.copyBehind(0, frame);
    const failure = this.#seal(key, codec, output);
    plan.keep(EMPTY);
    return failure === undefined ? output : this.#fail(failure, frame);
  }

  /** F7: up to ten attempts, each with the next counter. */
  #seal(key: SenderKey, codec: Codec, output: Uint8Array): EncryptFailure | undefined {
    const { media, length, clear } = this.#plan;
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts++) {
      const prepared = key.next(this.#backend);
      if (prepared === undefined) return "exhausted";
      const { nonce } = key;
      prepared.seal(nonce, media, length, clear, output);
      const total = writeTrailer(nonce, clear, output, length);
      if (hasStartCodes(codec) && showsStartCode(this.#plan, output, total)) continue;
      this.#result.nonce = nonce;
      this.#result.generation = key.generation;
      this.#result.attempts = attempts;
      fillResult(this.#result, "encrypted", total, output);
      return undefined;
    }
    return "too-many-attempts";
  }

  /** F4: with the nonce of the tenth attempt where there may be ten. Before 2^32 wraps, the first is the longer. */
  #longestTrailer(key: SenderKey, codec: Codec): number {
    const { clear } = this.#plan;
    const first = trailerLength(nonceOf(key.counter + 1), clear);
    if (!hasStartCodes(codec)) return first;
    return Math.max(first, trailerLength(nonceOf(key.counter + MAX_ATTEMPTS), clear));
  }

  #codecFor(ssrc: number, mediaType: MediaType): Codec {
    return this.#codecs.get(ssrc) ?? (mediaType === "audio" ? "opus" : "unknown");
  }

  #fail(reason: EncryptFailure, frame: Uint8Array): Uint8Array {
    return fillResult(this.#result, "failed", 0, frame, reason);
  }
}

const checkSsrc: (value: unknown) => asserts value is number = (value) =>
  checkInteger(value, "ssrc", 0xffffffff);

function checkInput(input: unknown): asserts input is EncryptInput {
  checkFrame(input);
  checkSsrc((input as Partial<EncryptInput>).ssrc);
}

/** F7: `00 00 01` in an encrypted section or the trailer, each with the two bytes before and after it. */
function showsStartCode(plan: Plan, frame: Uint8Array, total: number): boolean {
  const { clear, length } = plan;
  for (let i = 0; i <= clear.count; i++) {
    if (shows(plan, frame, clear.gapStart(i), clear.gapEnd(i, length), total)) return true;
  }
  return shows(plan, frame, length, total, total);
}

const shows = (plan: Plan, frame: Uint8Array, from: number, to: number, total: number): boolean =>
  to > from && plan.findStartCode(frame, Math.max(0, from - 2), Math.min(total, to + 2)) >= 0;
