// F1 the portable backend: AES-128-GCM in plain JavaScript, span by span over the frame's ranges.
import { NEVER } from "../constants.ts";
import type { Ranges } from "../format/ranges.ts";
import { AesGcm } from "./aes-gcm.ts";
import { expandKey } from "./aes-ghash.ts";
import { type AeadBackend, type AeadKey, type Changeover, copyClear } from "./backend.ts";

/** The same key in the platform's hands, for the frames that are faster there. */
export interface PlatformPart extends AeadKey {
  /** SP 800-38D §6.5 GCTR over all encrypted sections of a frame. */
  crypt(counter: number, input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void;
}

/** A key of this package's cipher, which leaves frames of some sizes to the platform, wholly or in part. */
export class PortableKey implements AeadKey {
  readonly #gcm: AesGcm;
  readonly #platform: PlatformPart | undefined;
  readonly #keystreamFrom: number;
  readonly #gcmFrom: number;

  /** `platform` is wiped with this key. Without it, everything is done here. */
  constructor(
    key: Uint8Array,
    platform?: PlatformPart,
    { keystreamFrom, gcmFrom }: Changeover = { keystreamFrom: NEVER, gcmFrom: NEVER },
  ) {
    this.#gcm = new AesGcm(expandKey(key));
    this.#platform = platform;
    this.#keystreamFrom = keystreamFrom;
    this.#gcmFrom = gcmFrom;
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    if (length >= this.#gcmFrom) return this.#platform!.seal(counter, media, length, clear, output);
    this.#gcm.start(counter);
    this.#crypt(counter, media, length, clear, output);
    this.#authenticate(output, length, clear);
    this.#gcm.writeTag(output, length);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    if (length >= this.#gcmFrom) return this.#platform!.open(counter, frame, length, clear, output);
    this.#gcm.start(counter);
    // The tag comes first: plaintext that is not authentic never exists.
    this.#authenticate(frame, length, clear);
    const authentic = this.#gcm.tagMatches(frame, length);
    if (authentic) this.#crypt(counter, frame, length, clear, output);
    return authentic;
  }

  wipe(): void {
    this.#gcm.wipe();
    this.#platform?.wipe();
  }

  #crypt(counter: number, input: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    if (length >= this.#keystreamFrom) this.#platform!.crypt(counter, input, length, clear, output);
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
