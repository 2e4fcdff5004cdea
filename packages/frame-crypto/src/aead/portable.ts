// F1 the portable backend: AES-128-GCM in plain JavaScript, span by span over the frame's ranges.
import { TAG_LENGTH } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { AesGcm } from "./aes-gcm.ts";
import type { AeadBackend, AeadKey } from "./backend.ts";

class PortableKey implements AeadKey {
  readonly #gcm: AesGcm;

  constructor(key: Uint8Array) {
    this.#gcm = new AesGcm(key);
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    this.#gcm.start(counter);
    this.#cryptAround(media, length, clear, output);
    this.#authenticate(output, length, clear);
    for (let i = 0; i < TAG_LENGTH; i++) output[length + i] = this.#tagByte(i);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    this.#gcm.start(counter);
    // The tag comes first: plaintext that is not authentic never exists.
    this.#authenticate(frame, length, clear);
    let difference = 0;
    for (let i = 0; i < TAG_LENGTH; i++) difference |= frame[length + i]! ^ this.#tagByte(i);
    if (difference !== 0) return false;
    this.#cryptAround(frame, length, clear, output);
    return true;
  }

  wipe(): void {
    this.#gcm.wipe();
  }

  /** F1: encrypts or decrypts what lies between the clear ranges, copies the ranges. */
  #cryptAround(input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    let at = 0;
    for (let r = 0; r < clear.count; r++) {
      const start = clear.start(r);
      const end = clear.end(r);
      this.#gcm.crypt(input, at, start, output);
      for (let i = start; i < end; i++) output[i] = input[i]!;
      at = end;
    }
    this.#gcm.crypt(input, at, length, output);
  }

  /** F1: the clear ranges joined are the additional data, the rest joined the ciphertext. */
  #authenticate(bytes: Uint8Array, length: number, clear: Ranges): void {
    const gcm = this.#gcm;
    for (let r = 0; r < clear.count; r++) gcm.hash(bytes, clear.start(r), clear.end(r));
    gcm.pad();
    let at = 0;
    for (let r = 0; r < clear.count; r++) {
      gcm.hash(bytes, at, clear.start(r));
      at = clear.end(r);
    }
    gcm.hash(bytes, at, length);
    const aadLength = clear.total();
    gcm.finish(aadLength, length - aadLength);
  }

  #tagByte(index: number): number {
    return (this.#gcm.tagWord(index < 4 ? 0 : 1) >>> (24 - (index & 3) * 8)) & 0xff;
  }
}

/** Runs anywhere JavaScript does. */
export const portableBackend: AeadBackend = { name: "portable", prepare: (key) => new PortableKey(key) };
