// F1 the platform backend: node:crypto's AES-128-GCM, wherever a runtime carries it.
import { isBytes } from "../arguments.ts";
import { TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { type AeadBackend, type AeadKey, copyClear } from "./backend.ts";
import { cryptByKeystream } from "./keystream.ts";
import type { Gctr } from "./portable.ts";
import { ask, type NodeCipher, type NodeCrypto, type NodeDecipher, type NodeKey } from "./ports.ts";
import { joinSections, scatterSections, wipeSections } from "./sections.ts";

const ALGORITHM = "aes-128-gcm";
/** Always given: without it some runtimes take tags of four bytes. */
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

/** The encrypted sections of `media[0, length)` as one; a frame that has but one is not copied. */
function gather(media: Uint8Array, length: number, clear: Ranges): Uint8Array {
  if (clear.count === 0) return media.subarray(0, length);
  if (clear.count === 1 && clear.start(0) === 0) return media.subarray(clear.end(0), length);
  return joinSections(media, length, clear);
}

/** Overwrites what `gather` returned, unless it lies in the caller's own memory. */
function giveUp(text: Uint8Array, media: Uint8Array): void {
  if (text.buffer !== media.buffer) wipeSections(text);
}

/** A key of the platform's: GCM for whole frames, and a keystream for the frames whose GHASH is this package's. */
export class PlatformKey implements AeadKey, Gctr {
  readonly #crypto: NodeCrypto;
  readonly #iv = new Uint8Array(12);
  #key: NodeKey | undefined;
  /** Made with the first frame that needs it: most keys of a call never meet one. */
  #aes: NodeCipher | undefined;

  constructor(crypto: NodeCrypto, key: Uint8Array) {
    this.#crypto = crypto;
    // As an object where there are such: given bytes, Node 24.21 makes one for each frame, which takes four times as long
    // as all the rest.
    this.#key = crypto.createSecretKey?.(key) ?? new Uint8Array(key);
  }

  crypt(counter: number, input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    this.#aes ??= this.#crypto.createCipheriv("aes-128-ecb", this.#key!, null);
    cryptByKeystream(this.#aes, counter, input, length, clear, output);
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    const cipher = this.#crypto.createCipheriv(ALGORITHM, this.#key!, this.#nonce(counter), OPTIONS);
    if (clear.count > 0) cipher.setAAD(clearBytes(media, clear));
    const plaintext = gather(media, length, clear);
    scatterSections(cipher.update(plaintext), length, clear, output);
    giveUp(plaintext, media);
    copyClear(media, clear, output);
    cipher.final();
    // Some runtimes hand out 16 bytes whatever is asked.
    const tag = cipher.getAuthTag();
    for (let i = 0; i < TAG_LENGTH; i++) output[length + i] = tag[i]!;
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    const decipher = this.#crypto.createDecipheriv(ALGORITHM, this.#key!, this.#nonce(counter), OPTIONS);
    if (clear.count > 0) decipher.setAAD(clearBytes(frame, clear));
    decipher.setAuthTag(frame.subarray(length, length + TAG_LENGTH));
    const ciphertext = gather(frame, length, clear);
    const text = decipher.update(ciphertext);
    giveUp(ciphertext, frame);
    const authentic = isAuthentic(decipher);
    // Only now does anything reach the output.
    if (authentic) {
      scatterSections(text, length, clear, output);
      copyClear(frame, clear, output);
    }
    text.fill(0);
    return authentic;
  }

  /** Lets the key go. The memory of the platform's objects is the platform's: it cannot be overwritten from here. */
  wipe(): void {
    if (isBytes(this.#key)) this.#key.fill(0);
    this.#key = undefined;
    this.#aes = undefined;
  }

  /** K3: 8 zero bytes, then the counter little endian. */
  #nonce(counter: number): Uint8Array {
    const iv = this.#iv;
    for (let i = 0; i < 4; i++) iv[8 + i] = counter >>> (8 * i);
    return iv;
  }
}

/** The cipher's own check of the tag, in constant time; it throws when the tag is wrong. */
const isAuthentic = (decipher: NodeDecipher): boolean => ask(() => decipher.final()) !== undefined;

/** F1: the clear ranges joined. */
function clearBytes(media: Uint8Array, clear: Ranges): Uint8Array {
  const bytes = new Uint8Array(clear.total());
  for (let r = 0, at = 0; r < clear.count; r++) {
    for (let i = clear.start(r); i < clear.end(r); i++) bytes[at++] = media[i]!;
  }
  return bytes;
}

/** A backend that seals every frame by the platform's GCM. */
export const platformBackend = (crypto: NodeCrypto): AeadBackend => ({
  name: "platform",
  prepare: (key) => new PlatformKey(crypto, key),
});
