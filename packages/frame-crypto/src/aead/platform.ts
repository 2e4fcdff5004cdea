// F1 the platform backend: node:crypto's AES-128-GCM, wherever a runtime carries it.
import { type FindStartCode, findStartCode } from "../codec/start-codes.ts";
import { KEY_LENGTH, TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { type AeadBackend, type AeadKey, copyClear } from "./backend.ts";
import type { NodeCrypto, NodeDecipher, NodeIndexOf } from "./ports.ts";

const ALGORITHM = "aes-128-gcm";
/** Always given: without it some runtimes take tags of four bytes. */
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

/** Where the pieces of a frame are joined: one call into the platform costs less than one for each. */
let joined = new Uint8Array(0);

/** The encrypted sections of `media[0, length)` as one; a frame that has but one is not copied. */
function gather(media: Uint8Array, length: number, clear: Ranges): Uint8Array {
  const total = length - clear.total();
  if (clear.count === 0) return media.subarray(0, length);
  if (clear.count === 1 && clear.start(0) === 0) return media.subarray(clear.end(0), length);
  if (joined.length < total) joined = new Uint8Array(2 * total);
  let at = 0;
  for (let i = 0; i <= clear.count; i++) {
    const start = clear.gapStart(i);
    const end = clear.gapEnd(i, length);
    if (start < end) joined.set(media.subarray(start, end), at);
    at += end - start;
  }
  return joined.subarray(0, total);
}

/** Puts `text` where its sections belong. */
function scatter(text: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
  let at = 0;
  for (let i = 0; i <= clear.count; i++) {
    const start = clear.gapStart(i);
    const size = clear.gapEnd(i, length) - start;
    if (size > 0) output.set(size === text.length ? text : text.subarray(at, at + size), start);
    at += size;
  }
}

class PlatformKey implements AeadKey {
  readonly #crypto: NodeCrypto;
  readonly #key: Uint8Array;
  readonly #iv = new Uint8Array(12);

  constructor(crypto: NodeCrypto, key: Uint8Array) {
    this.#crypto = crypto;
    this.#key = new Uint8Array(KEY_LENGTH);
    this.#key.set(key);
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    const cipher = this.#crypto.createCipheriv(ALGORITHM, this.#key, this.#nonce(counter), OPTIONS);
    if (clear.count > 0) cipher.setAAD(clearBytes(media, clear));
    const plaintext = gather(media, length, clear);
    scatter(cipher.update(plaintext), length, clear, output);
    if (plaintext.buffer === joined.buffer) plaintext.fill(0);
    copyClear(media, clear, output);
    cipher.final();
    // Some runtimes hand out 16 bytes whatever is asked.
    const tag = cipher.getAuthTag();
    for (let i = 0; i < TAG_LENGTH; i++) output[length + i] = tag[i]!;
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    const decipher = this.#crypto.createDecipheriv(ALGORITHM, this.#key, this.#nonce(counter), OPTIONS);
    if (clear.count > 0) decipher.setAAD(clearBytes(frame, clear));
    decipher.setAuthTag(frame.subarray(length, length + TAG_LENGTH));
    const text = decipher.update(gather(frame, length, clear));
    const authentic = isAuthentic(decipher);
    // Only now does anything reach the output.
    if (authentic) {
      scatter(text, length, clear, output);
      copyClear(frame, clear, output);
    }
    text.fill(0);
    return authentic;
  }

  wipe(): void {
    this.#key.fill(0);
  }

  /** K3: 8 zero bytes, then the counter little endian. */
  #nonce(counter: number): Uint8Array {
    const iv = this.#iv;
    for (let i = 0; i < 4; i++) iv[8 + i] = counter >>> (8 * i);
    return iv;
  }
}

/** The cipher's own check of the tag, in constant time; it throws when the tag is wrong. */
function isAuthentic(decipher: NodeDecipher): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

/** F1: the clear ranges joined. */
function clearBytes(media: Uint8Array, clear: Ranges): Uint8Array {
  const bytes = new Uint8Array(clear.total());
  for (let r = 0, at = 0; r < clear.count; r++) {
    for (let i = clear.start(r); i < clear.end(r); i++) bytes[at++] = media[i]!;
  }
  return bytes;
}

export const platformBackend = (crypto: NodeCrypto): AeadBackend => ({
  name: "platform",
  prepare: (key) => new PlatformKey(crypto, key),
});

const START_CODE = Uint8Array.of(0, 0, 1);
/** Bytes below which a call into the platform takes longer than the portable search. */
const SEARCH_FROM = 256;

export const platformFinder =
  (indexOf: NodeIndexOf): FindStartCode =>
  (bytes, from, to) => {
    if (to - from < SEARCH_FROM) return findStartCode(bytes, from, to);
    // The platform's search goes on to the end of the bytes: it is not shown much that lies behind.
    const shown = bytes.length - to < SEARCH_FROM ? bytes : bytes.subarray(0, to);
    const at = indexOf.call(shown, START_CODE, from);
    return at > to - 3 ? -1 : at;
  };

/** True when it finds what is there, where it was told to look. */
export function finds(find: FindStartCode): boolean {
  const bytes = new Uint8Array(3 * SEARCH_FROM).fill(2);
  const end = bytes.length;
  bytes.set([0, 0, 1], 4);
  bytes.set([0, 0, 0, 1], end - 8);
  try {
    return (
      find(bytes, 0, end) === 4 &&
      find(bytes, 4, end) === 4 &&
      find(bytes, 5, end) === end - 7 &&
      find(bytes, 5, end - 5) === -1 &&
      find(bytes.subarray(8, end - 5), 0, end - 13) === -1
    );
  } catch {
    return false;
  }
}
