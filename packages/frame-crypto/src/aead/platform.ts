// F1 the platform backend: node:crypto's AES-128-GCM, wherever a runtime carries it.
import { KEY_LENGTH, TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { type AeadBackend, type AeadKey, copyClear } from "./backend.ts";
import type { NodeCrypto, NodeDecipher } from "./ports.ts";

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
    for (let i = 0; i <= clear.count; i++) {
      const start = clear.gapStart(i);
      const end = clear.gapEnd(i, length);
      if (start < end) output.set(cipher.update(media.subarray(start, end)), start);
    }
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
    const texts: Uint8Array[] = [];
    for (let i = 0; i <= clear.count; i++) {
      const start = clear.gapStart(i);
      const end = clear.gapEnd(i, length);
      if (start < end) texts.push(decipher.update(frame.subarray(start, end)));
    }
    const authentic = isAuthentic(decipher);
    // Only now does anything reach the output.
    for (let i = 0, t = 0; i <= clear.count; i++) {
      const start = clear.gapStart(i);
      if (start === clear.gapEnd(i, length)) continue;
      const text = texts[t++]!;
      if (authentic) output.set(text, start);
      text.fill(0);
    }
    if (authentic) copyClear(frame, clear, output);
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
  const joined = new Uint8Array(clear.total());
  for (let r = 0, at = 0; r < clear.count; r++) {
    for (let i = clear.start(r); i < clear.end(r); i++) joined[at++] = media[i]!;
  }
  return joined;
}

export const platformBackend = (crypto: NodeCrypto): AeadBackend => ({
  name: "platform",
  prepare: (key) => new PlatformKey(crypto, key),
});
