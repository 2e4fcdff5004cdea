// F1 the portable backend: AES-128-GCM in plain JavaScript, span by span over the frame's ranges.
import type { Ranges } from "../format/ranges.ts";
import { AesGcm } from "./aes-gcm.ts";
import { type AeadBackend, type AeadKey, copyClear } from "./backend.ts";

class PortableKey implements AeadKey {
  readonly #gcm: AesGcm;

  constructor(key: Uint8Array) {
    this.#gcm = new AesGcm(key);
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    const gcm = this.#gcm;
    gcm.start(counter);
    this.#hashClear(media, clear);
    for (let i = 0; i <= clear.count; i++) {
      gcm.crypt(media, clear.gapStart(i), clear.gapEnd(i, length), output);
      gcm.hash(output, clear.gapStart(i), clear.gapEnd(i, length));
    }
    copyClear(media, clear, output);
    this.#finish(length, clear);
    gcm.writeTag(output, length);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    const gcm = this.#gcm;
    gcm.start(counter);
    // The tag comes first: plaintext that is not authentic never exists.
    this.#hashClear(frame, clear);
    for (let i = 0; i <= clear.count; i++) gcm.hash(frame, clear.gapStart(i), clear.gapEnd(i, length));
    this.#finish(length, clear);
    if (!gcm.tagMatches(frame, length)) return false;
    for (let i = 0; i <= clear.count; i++)
      gcm.crypt(frame, clear.gapStart(i), clear.gapEnd(i, length), output);
    copyClear(frame, clear, output);
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
}

/** Runs anywhere JavaScript does. */
export const portableBackend: AeadBackend = {
  name: "portable",
  prepare: (key) => new PortableKey(key),
};
