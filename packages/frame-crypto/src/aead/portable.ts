// F1 the portable backend: AES-128-GCM in plain JavaScript, span by span over the frame's ranges.
import type { Ranges } from "../format/ranges.ts";
import { AesGcm } from "./aes-gcm.ts";
import { expandKey } from "./aes-ghash.ts";
import { type AeadBackend, type AeadKey, copyClear } from "./backend.ts";

class PortableKey implements AeadKey {
  readonly #gcm: AesGcm;

  constructor(key: Uint8Array) {
    this.#gcm = new AesGcm(expandKey(key));
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    this.#gcm.start(counter);
    this.#crypt(media, length, clear, output);
    this.#authenticate(output, length, clear);
    this.#gcm.writeTag(output, length);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    this.#gcm.start(counter);
    // The tag comes first: plaintext that is not authentic never exists.
    this.#authenticate(frame, length, clear);
    const authentic = this.#gcm.tagMatches(frame, length);
    if (authentic) this.#crypt(frame, length, clear, output);
    return authentic;
  }

  wipe(): void {
    this.#gcm.wipe();
  }

  #crypt(input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    for (let i = 0; i <= clear.count; i++)
      this.#gcm.crypt(input, clear.gapStart(i), clear.gapEnd(i, length), output);
    copyClear(input, clear, output);
  }

  /** F1: the clear ranges joined are the additional data, the rest is the text. */
  #authenticate(frame: Uint8Array, length: number, clear: Ranges): void {
    const gcm = this.#gcm;
    for (let r = 0; r < clear.count; r++) gcm.hash(frame, clear.start(r), clear.end(r));
    gcm.pad();
    for (let i = 0; i <= clear.count; i++) gcm.hash(frame, clear.gapStart(i), clear.gapEnd(i, length));
    const aadLength = clear.total();
    gcm.finish(aadLength, length - aadLength);
  }
}

/** Runs anywhere JavaScript does. */
export const portableBackend: AeadBackend = {
  name: "portable",
  prepare: (key) => new PortableKey(key),
};
