// F1 the portable backend: AES-128-GCM in plain JavaScript, span by span over the frame's ranges.
import { NEVER } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { AesGcm } from "./aes-gcm.ts";
import { expandKey } from "./aes-ghash.ts";
import { type AeadBackend, type AeadKey, copyClear } from "./backend.ts";

/** SP 800-38D §6.5 GCTR over all encrypted sections of a frame, by other means than this package's AES. */
export interface Gctr {
  crypt(counter: number, input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void;
  /** Gives up what was kept of the key. */
  wipe(): void;
}

export class PortableKey implements AeadKey {
  readonly #gcm: AesGcm;
  readonly #gctr: Gctr | undefined;
  readonly #gctrFrom: number;

  /** Frames of `gctrFrom` bytes of media and more are encrypted by `gctr`, which is wiped with this key. */
  constructor(key: Uint8Array, gctr?: Gctr, gctrFrom: number = NEVER) {
    this.#gcm = new AesGcm(expandKey(key));
    this.#gctr = gctr;
    this.#gctrFrom = gctrFrom;
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    this.#gcm.start(counter);
    this.#crypt(counter, media, length, clear, output);
    this.#authenticate(output, length, clear);
    this.#gcm.writeTag(output, length);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    this.#gcm.start(counter);
    // The tag comes first: plaintext that is not authentic never exists.
    this.#authenticate(frame, length, clear);
    const authentic = this.#gcm.tagMatches(frame, length);
    if (authentic) this.#crypt(counter, frame, length, clear, output);
    return authentic;
  }

  wipe(): void {
    this.#gcm.wipe();
    this.#gctr?.wipe();
  }

  #crypt(counter: number, input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    if (length >= this.#gctrFrom) this.#gctr!.crypt(counter, input, length, clear, output);
    else
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
