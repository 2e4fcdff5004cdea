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
    const gcm = this.#gcm;
    gcm.start(counter);
    this.#hashClear(media, clear);
    let at = 0;
    for (let r = 0; r < clear.count; r++) {
      gcm.seal(media, at, clear.start(r), output);
      at = copyRange(media, clear, r, output);
    }
    gcm.seal(media, at, length, output);
    this.#finish(length, clear);
    for (let i = 0; i < TAG_LENGTH; i++) output[length + i] = this.#tagByte(i);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    const gcm = this.#gcm;
    gcm.start(counter);
    // The tag comes first: plaintext that is not authentic never exists.
    this.#hashClear(frame, clear);
    let at = 0;
    for (let r = 0; r < clear.count; r++) {
      gcm.hash(frame, at, clear.start(r));
      at = clear.end(r);
    }
    gcm.hash(frame, at, length);
    this.#finish(length, clear);
    let difference = 0;
    for (let i = 0; i < TAG_LENGTH; i++) difference |= frame[length + i]! ^ this.#tagByte(i);
    if (difference !== 0) return false;
    at = 0;
    for (let r = 0; r < clear.count; r++) {
      gcm.crypt(frame, at, clear.start(r), output);
      at = copyRange(frame, clear, r, output);
    }
    gcm.crypt(frame, at, length, output);
    return true;
  }

  wipe(): void {
    this.#gcm.wipe();
  }

  /** F1: the clear ranges joined are the additional data. */
  #hashClear(media: Uint8Array, clear: Ranges): void {
    for (let r = 0; r < clear.count; r++) this.#gcm.hash(media, clear.start(r), clear.end(r));
    this.#gcm.pad();
  }

  #finish(length: number, clear: Ranges): void {
    const aadLength = clear.total();
    this.#gcm.finish(aadLength, length - aadLength);
  }

  #tagByte(index: number): number {
    return (this.#gcm.tagWord(index < 4 ? 0 : 1) >>> (24 - (index & 3) * 8)) & 0xff;
  }
}

/** Copies one clear range; returns where the encrypted bytes behind it start. */
function copyRange(input: Uint8Array, clear: Ranges, index: number, output: Uint8Array): number {
  const end = clear.end(index);
  for (let i = clear.start(index); i < end; i++) output[i] = input[i]!;
  return end;
}

/** Runs anywhere JavaScript does. */
export const portableBackend: AeadBackend = { name: "portable", prepare: (key) => new PortableKey(key) };
