// F1 the platform backend: node:crypto's AES-128-GCM, wherever a runtime carries it.
import { KEY_LENGTH, TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import type { AeadBackend, AeadKey } from "./backend.ts";
import type { NodeCrypto } from "./ports.ts";

const ALGORITHM = "aes-128-gcm";
/** Always given: without it some runtimes take tags of four bytes. */
const OPTIONS = { authTagLength: TAG_LENGTH } as const;
const NOTHING = new Uint8Array(0);

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
    const aad = clearBytes(media, clear);
    if (aad.length > 0) cipher.setAAD(aad);
    const text = cipher.update(encryptedBytes(media, length, clear));
    cipher.final();
    // Some runtimes hand out 16 bytes whatever is asked.
    const tag = cipher.getAuthTag();
    scatter(text, media, length, clear, output);
    for (let i = 0; i < TAG_LENGTH; i++) output[length + i] = tag[i]!;
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    const decipher = this.#crypto.createDecipheriv(ALGORITHM, this.#key, this.#nonce(counter), OPTIONS);
    const aad = clearBytes(frame, clear);
    if (aad.length > 0) decipher.setAAD(aad);
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

/** F1: the clear ranges joined. */
function clearBytes(media: Uint8Array, clear: Ranges): Uint8Array {
  if (clear.count === 0) return NOTHING;
  if (clear.count === 1) return media.subarray(clear.start(0), clear.end(0));
  const joined = new Uint8Array(clear.total());
  for (let r = 0, at = 0; r < clear.count; r++) {
    joined.set(media.subarray(clear.start(r), clear.end(r)), at);
    at += clear.end(r) - clear.start(r);
  }
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
    joined.set(media.subarray(from, clear.start(r)), at);
    at += clear.start(r) - from;
    from = clear.end(r);
  }
  joined.set(media.subarray(from, length), at);
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
  for (let r = 0; r <= clear.count; r++) {
    const to = r < clear.count ? clear.start(r) : length;
    if (to > from) output.set(text.subarray(taken, taken + to - from), from);
    taken += to - from;
    if (r === clear.count) return;
    from = clear.end(r);
    for (let i = to; i < from; i++) output[i] = media[i]!;
  }
}

export const platformBackend = (crypto: NodeCrypto): AeadBackend => ({
  name: "platform",
  prepare: (key) => new PlatformKey(crypto, key),
});
