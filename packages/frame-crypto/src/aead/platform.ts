// F1 the platform backend: node:crypto's AES-128-GCM, wherever a runtime carries it.
import { KEY_LENGTH, TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import type { AeadBackend, AeadKey } from "./backend.ts";
import type { NodeCrypto } from "./ports.ts";

const ALGORITHM = "aes-128-gcm";
/** Always given: without it some runtimes take tags of four bytes. */
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

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
    const text = cipher.update(encryptedBytes(media, length, clear));
    cipher.final();
    // Some runtimes hand out 16 bytes whatever is asked.
    const tag = cipher.getAuthTag();
    scatter(text, media, length, clear, output);
    for (let i = 0; i < TAG_LENGTH; i++) output[length + i] = tag[i]!;
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    const decipher = this.#crypto.createDecipheriv(ALGORITHM, this.#key, this.#nonce(counter), OPTIONS);
    if (clear.count > 0) decipher.setAAD(clearBytes(frame, clear));
    decipher.setAuthTag(frame.subarray(length, length + TAG_LENGTH));
    const text = decipher.update(encryptedBytes(frame, length, clear));
    try {
      decipher.final();
    } catch {
      text.fill(0);
      return false;
    }
    scatter(text, frame, length, clear, output);
    text.fill(0);
    return true;
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

/** Copies `bytes[from, to)` to `at`, and returns the place behind it. Short pieces are not worth a view. */
function copyTo(joined: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number): number {
  if (to - from > 64) joined.set(bytes.subarray(from, to), at);
  else for (let i = from; i < to; i++) joined[at + i - from] = bytes[i]!;
  return at + to - from;
}

/** F1: the clear ranges joined. */
function clearBytes(media: Uint8Array, clear: Ranges): Uint8Array {
  if (clear.count === 1) return media.subarray(clear.start(0), clear.end(0));
  const joined = new Uint8Array(clear.total());
  for (let r = 0, at = 0; r < clear.count; r++) at = copyTo(joined, at, media, clear.start(r), clear.end(r));
  return joined;
}

/** F1: what lies between them, joined; a view when it is in one piece. */
function encryptedBytes(media: Uint8Array, length: number, clear: Ranges): Uint8Array {
  if (clear.count === 0) return media.subarray(0, length);
  if (clear.count === 1 && clear.start(0) === 0) return media.subarray(clear.end(0), length);
  const joined = new Uint8Array(length - clear.total());
  let at = 0;
  let from = 0;
  for (let r = 0; r < clear.count; r++) {
    at = copyTo(joined, at, media, from, clear.start(r));
    from = clear.end(r);
  }
  copyTo(joined, at, media, from, length);
  return joined;
}

/** Puts `text` between the clear ranges of `media`. */
function scatter(
  text: Uint8Array,
  media: Uint8Array,
  length: number,
  clear: Ranges,
  output: Uint8Array,
): void {
  let taken = 0;
  let from = 0;
  for (let r = 0; r < clear.count; r++) {
    const to = clear.start(r);
    copyTo(output, from, text, taken, taken + to - from);
    taken += to - from;
    from = clear.end(r);
    for (let i = to; i < from; i++) output[i] = media[i]!;
  }
  if (taken === 0) output.set(text, from);
  else copyTo(output, from, text, taken, taken + length - from);
}

export const platformBackend = (crypto: NodeCrypto): AeadBackend => ({
  name: "platform",
  prepare: (key) => new PlatformKey(crypto, key),
});
