// F1 the platform backend: node:crypto's AES-128-GCM, wherever a runtime carries it.
import { TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { type AeadBackend, copyClear } from "./backend.ts";
import { cryptByKeystream } from "./keystream.ts";
import type { PlatformPart } from "./portable.ts";
import { ask, type NodeCipher, type NodeCrypto, type NodeDecipher, type NodeKey } from "./ports.ts";
import { joinSections, scatterSections, wipeSections } from "./sections.ts";

const ALGORITHM = "aes-128-gcm";
/** Always given: without it some runtimes take tags of four bytes. */
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

/** A key of the platform's: GCM for whole frames, and a keystream for the frames whose GHASH is this package's. */
export class PlatformKey implements PlatformPart {
  readonly #crypto: NodeCrypto;
  readonly #iv = new Uint8Array(12);
  #key: NodeKey | undefined;
  /** Made with the first frame that needs it: most keys of a call never meet one. */
  #aes: NodeCipher | undefined;

  constructor(crypto: NodeCrypto, key: Uint8Array) {
    this.#crypto = crypto;
    // Given bytes, Node 24.21 makes such an object for each frame, which takes four times as long as all the rest.
    this.#key = crypto.createSecretKey(key);
  }

  crypt(counter: number, input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    this.#aes ??= this.#crypto.createCipheriv("aes-128-ecb", this.#key!, null);
    cryptByKeystream(this.#aes, counter, input, length, clear, output);
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    const cipher = this.#crypto.createCipheriv(ALGORITHM, this.#key!, this.#nonce(counter), OPTIONS);
    if (clear.count > 0) cipher.setAAD(clearBytes(media, clear));
    const plaintext = joinSections(media, length, clear);
    scatterSections(cipher.update(plaintext), length, clear, output);
    wipeSections(plaintext);
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
    const ciphertext = joinSections(frame, length, clear);
    const text = decipher.update(ciphertext);
    wipeSections(ciphertext);
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
