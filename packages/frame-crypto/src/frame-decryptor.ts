// F8 decrypting: silence, frame check, every live key newest first. M3, M6: what is accepted, and until when.
import type { AeadBackend } from "./aead/backend.ts";
import {
  check,
  checkBackend,
  checkBytes,
  checkFlag,
  checkFrame,
  checkInstant,
  checkOpen,
  checkOptions,
  checkOverlap,
  checkRoom,
} from "./arguments.ts";
import type { MediaType } from "./codec/codec.ts";
import { NEVER, SILENCE } from "./constants.ts";
import { fillResult } from "./fill-result.ts";
import { TrailerParser } from "./format/trailer.ts";
import { ReceiverKey } from "./receiver-key.ts";

/**
 * Why a frame could not be decrypted.
 */
export type DecryptFailure =
  /**
   * No marker at the end, and plaintext is not accepted (F5, M6). Remedy: drop the frame. When all frames of a sender
   * fail so, RTP padding was most likely not removed (R1), or fragments were not put together, or the sender does not
   * encrypt.
   */
  | "not-protocol-frame"
  /**
   * The marker is there, what precedes it does not parse (F5), and plaintext is not accepted. Remedy: drop the
   * frame; it was damaged, cut, or is no DAVE frame.
   */
  | "malformed-trailer"
  /**
   * No live key of this user. Remedy: drop the frame; usual before the first transition and for users outside the
   * group.
   */
  | "no-key"
  /**
   * This counter decrypted before, or is older than the replay window (K7). Remedy: drop the frame. `DaveClient` checks
   * the tag too: there it is a true repetition, usual for retransmissions. A `FrameDecryptor` made without
   * `confirmReplays` looks at the counter alone: frames under a key that it lacks are told as replayed as well, for as
   * long as their counters are below those of the key before.
   */
  | "replayed"
  /**
   * The generation is gone, too far ahead, or not yet reachable at 170 frames a second (K5, K6). Remedy: drop the
   * frame.
   */
  | "generation"
  /**
   * No live key fits. Remedy: drop the frame; a few are usual around a transition. If nobody can be heard, the
   * client recovers by itself (E31). When all frames of one sender fail so, the RTP header extension was most likely
   * not removed from their front (R1).
   */
  | "authentication";

/** A frame to decrypt. */
export interface DecryptInput {
  /** Only audio can be the silence frame (F10). */
  readonly mediaType: MediaType;
  /** The frame as the transport gave it, below 2^30 bytes; never written to. */
  readonly frame: Uint8Array;
  /** Milliseconds, on the clock of the keys' `preparedAt`. */
  readonly now: number;
}

/**
 * What became of a frame (F8): a discriminated union.
 *
 * - `decrypted`: authentic; `frame` is a new buffer with the media
 * - `plain`: no protocol frame, and plaintext is accepted (M6); `frame` is the input itself
 * - `silence`: the audio frame `F8 FF FE` (F10); `frame` is the input itself
 * - `failed`: see {@link DecryptFailure}
 */
export type DecryptResult =
  | { readonly outcome: "decrypted" | "plain" | "silence"; readonly frame: Uint8Array }
  | { readonly outcome: "failed"; readonly reason: DecryptFailure };

/** What `decryptInto` did. The object belongs to the decryptor and is filled again by its next call. */
export interface DecryptIntoResult {
  /** As in {@link DecryptResult}. */
  readonly outcome: "decrypted" | "plain" | "silence" | "failed";
  /** Bytes of `output` written; 0 when there is no frame. */
  readonly length: number;
  /** With outcome `failed`. */
  readonly reason: DecryptFailure | undefined;
}

/** A key and the last instant it is valid at. */
interface Installed {
  readonly key: ReceiverKey;
  until: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** When several keys refuse a frame, the last of these reasons is told. Without `confirmReplays` it may be wrong. */
const PRECEDENCE: readonly DecryptFailure[] = ["authentication", "generation", "replayed"];

/**
 * What {@link Decryptor} is, over a backend that is given to it, `portableBackend` for instance.
 *
 * @example
 * ```ts
 * const decryptor = new FrameDecryptor(portableBackend);
 * decryptor.install(new ReceiverKey(ratchet, { preparedAt: now }));
 * const result = decryptor.decrypt({ mediaType: "audio", frame, now });
 * if (result.outcome === "decrypted") play(result.frame);
 * ```
 */
export class FrameDecryptor {
  readonly #backend: AeadBackend;
  readonly #parser = new TrailerParser();
  /** Newest first. */
  #keys: Installed[] = [];
  #plaintextUntil = -NEVER;
  readonly #confirmReplays: boolean;
  #openedBy: ReceiverKey | undefined;
  readonly #result: Mutable<DecryptIntoResult> = { outcome: "failed", length: 0, reason: undefined };

  /**
   * @param backend `portableBackend`, or what `selectBackend` gave
   * @param options.confirmReplays whether the tag of a frame is checked before it is called `replayed`; a frame that
   * does not fit the key whose counter it repeats is `authentication` or `generation` then. Costs one opening for each
   * such frame. Default: false, the order of K5.
   * @throws {@link FrameCryptoError} `invalid-argument`
   */
  constructor(backend: AeadBackend, options: { readonly confirmReplays?: boolean } = {}) {
    checkBackend(backend);
    checkOptions(options, ["confirmReplays"]);
    const { confirmReplays = false } = options;
    checkFlag(confirmReplays, "confirmReplays");
    this.#backend = backend;
    this.#confirmReplays = confirmReplays;
  }

  /** The key that opened the last frame; `undefined` when that frame did not open. */
  get openedBy(): ReceiverKey | undefined {
    return this.#openedBy;
  }

  /** The keys that are held, the newest first, expiring ones included: a new array at each reading. */
  get keys(): readonly ReceiverKey[] {
    return this.#keys.map(({ key }) => key);
  }

  /** M1: adds a key as the newest. One already held becomes the newest; nothing else about it changes. */
  install(key: ReceiverKey): void {
    const held = this.#find(key) ?? { key, until: NEVER };
    checkOpen(key.closed);
    this.#keys = [held, ...this.#keys.filter((entry) => entry !== held)];
  }

  /** M3: the key is valid up to and including `at`. An expiry that runs already is never lengthened. */
  expire(key: ReceiverKey, at: number): void {
    const held = this.#find(key);
    checkInstant(at, "at");
    if (held !== undefined) held.until = Math.min(held.until, at);
  }

  /** K4: installed again, a key's expiry no longer runs. */
  revive(key: ReceiverKey): void {
    const held = this.#find(key);
    if (held !== undefined) held.until = NEVER;
  }

  /** Takes a key out at once. Its replay state stays with it. */
  remove(key: ReceiverKey): void {
    if (this.#find(key) === undefined) return;
    this.#keys = this.#keys.filter((entry) => entry.key !== key);
    key.release();
  }

  /** M6: plaintext is accepted while now < `until`. Infinity: always; -Infinity: never. */
  setPlaintext(until: number): void {
    checkInstant(until, "until");
    this.#plaintextUntil = until;
  }

  /** F8: decrypts a frame into a new one. One buffer is allocated: the frame's. */
  decrypt(input: DecryptInput): DecryptResult {
    checkInput(input);
    const output = this.#run(input, undefined);
    const { outcome, reason } = this.#result;
    return outcome === "failed" ? { outcome, reason: reason! } : { outcome, frame: output };
  }

  /**
   * F8: decrypts a frame into the caller's bytes, without allocating in the portable backend. `output` holds at
   * least as many bytes as the frame and is either apart from it or starts where it does. A frame that fails
   * leaves it as it was.
   */
  decryptInto(input: DecryptInput & { readonly output: Uint8Array }): DecryptIntoResult {
    checkInput(input);
    checkBytes(input.output, "output");
    checkOverlap(input.frame, input.output);
    checkRoom(input.output, input.frame.length);
    this.#run(input, input.output);
    return this.#result;
  }

  /** Gives up what has expired: keys, and old generations of live ones. */
  tick(now: number): void {
    checkInstant(now, "now");
    this.#expire(now);
    for (const { key } of this.#keys) key.tick(now);
  }

  /** The next instant after which a key or a generation is given up or plaintext no longer accepted. */
  nextDeadline(): number | undefined {
    let next = this.#plaintextUntil;
    if (next === -NEVER) next = NEVER;
    for (const { key, until } of this.#keys) {
      next = Math.min(next, until, key.nextDeadline());
    }
    return next === NEVER ? undefined : next;
  }

  /** Lets all keys go; plaintext is no longer accepted. */
  close(): void {
    for (const { key } of this.#keys) key.release();
    this.#keys = [];
    this.#plaintextUntil = -NEVER;
  }

  /** Closes it at the end of a block: `using decryptor = …`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** F8 in its order. Fills the result; returns where the frame is. */
  #run(input: DecryptInput, given: Uint8Array | undefined): Uint8Array {
    const { mediaType, frame, now } = input;
    this.#openedBy = undefined;
    if (mediaType === "audio" && isSilence(frame)) return this.#pass("silence", frame, given);
    const shape = this.#parser.parse(frame);
    if (shape !== "protocol-frame") {
      if (now >= this.#plaintextUntil) return this.#fail(shape, frame);
      return this.#pass("plain", frame, given);
    }
    this.#expire(now);
    if (this.#keys.length === 0) return this.#fail("no-key", frame);
    const output = given ?? new Uint8Array(this.#parser.mediaLength);
    const failure = this.#open(frame, output, now);
    if (failure !== undefined) return this.#fail(failure, frame);
    return fillResult(this.#result, "decrypted", this.#parser.mediaLength, output);
  }

  /** F8: every live key, newest first; a replay or a refused generation in one is no reason to stop. */
  #open(frame: Uint8Array, output: Uint8Array, now: number): DecryptFailure | undefined {
    let reason = -1;
    for (const { key } of this.#keys) {
      const verdict = key.open(frame, this.#parser, output, now, this.#backend);
      if (verdict === "authentic") {
        this.#openedBy = key;
        return undefined;
      }
      reason = Math.max(reason, PRECEDENCE.indexOf(verdict));
    }
    const failure = PRECEDENCE[reason];
    return failure === "replayed" && this.#confirmReplays ? this.#confirm(frame, now) : failure;
  }

  /** What a frame is that some key called replayed, once every key has looked at its tag. */
  #confirm(frame: Uint8Array, now: number): DecryptFailure | undefined {
    const scratch = new Uint8Array(this.#parser.mediaLength);
    let reason = -1;
    for (const { key } of this.#keys) {
      const verdict = key.confirmReplay(frame, this.#parser, scratch, now, this.#backend);
      reason = Math.max(reason, PRECEDENCE.indexOf(verdict));
    }
    scratch.fill(0);
    return PRECEDENCE[reason];
  }

  /** M3: valid up to and including the instant. */
  #expire(now: number): void {
    for (let i = this.#keys.length - 1; i >= 0; i--) {
      const { key, until } = this.#keys[i]!;
      if (now <= until) continue;
      this.#keys.splice(i, 1);
      key.release();
    }
  }

  #find(key: ReceiverKey): Installed | undefined {
    check(key instanceof ReceiverKey, "key", "a ReceiverKey", key);
    return this.#keys.find((entry) => entry.key === key);
  }

  /** What is not encrypted is handed on as it is. */
  #pass(outcome: "plain" | "silence", frame: Uint8Array, given: Uint8Array | undefined): Uint8Array {
    given?.set(frame);
    return fillResult(this.#result, outcome, frame.length, frame);
  }

  #fail(reason: DecryptFailure, frame: Uint8Array): Uint8Array {
    return fillResult(this.#result, "failed", 0, frame, reason);
  }
}

/** F10: audio of exactly these three bytes. */
const isSilence = (frame: Uint8Array): boolean =>
  frame.length === SILENCE.length && SILENCE.every((byte, i) => frame[i] === byte);

function checkInput(input: unknown): asserts input is DecryptInput {
  checkFrame(input);
  checkInstant((input as Partial<DecryptInput>).now, "now");
}
