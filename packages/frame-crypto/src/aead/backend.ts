// F1 the seam between frames and ciphers: AES-128-GCM over a frame with clear ranges, tag cut to 8 bytes.
import type { FindStartCode } from "../codec/start-codes.ts";
import type { Ranges } from "../format/ranges.ts";

/** One AES-128 key, prepared. Everything a frame needs is kept: no derivation per frame. */
export interface AeadKey {
  /**
   * Seals the first `length` bytes of `media` into `output`: clear ranges are copied and authenticated,
   * the rest is encrypted. The tag follows at `output[length]`, 8 bytes. `output` may be `media` itself.
   */
  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void;
  /**
   * Opens what `seal` made: `frame` holds `length` bytes of media and the tag behind them. False, and
   * `output` untouched, when the tag is wrong. `output` may be `frame` itself.
   */
  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean;
  /** Overwrites what was kept of the key. */
  wipe(): void;
}

/**
 * Which part of a frame's cipher is the platform's, by bytes of media: nothing of shorter frames than both numbers; of
 * frames of `keystreamFrom` bytes and more the AES, while GHASH stays this package's; of frames of `gcmFrom` bytes and
 * more all of AES-GCM. Frames are the same bytes in every case. `Infinity`: never.
 */
export interface Changeover {
  /** Bytes of media, 0 to Infinity. */
  readonly keystreamFrom: number;
  /** Bytes of media, 0 to Infinity. */
  readonly gcmFrom: number;
}

/** A source of prepared keys. Backends differ in speed only: results are byte-identical. */
export interface AeadBackend {
  /** `portable`: this package's own AES-GCM; `platform`: `node:crypto`; `auto`: the faster one for each frame's size. */
  readonly name: "portable" | "platform" | "auto";
  /** With `auto`: from which sizes on the platform is used. */
  readonly changeover?: Changeover | undefined;
  /** @internal `key` is 16 bytes; a copy is kept. */
  prepare(key: Uint8Array): AeadKey;
  /** @internal A faster search than the portable one. */
  readonly findStartCode?: FindStartCode | undefined;
}

/** F1: clear ranges go through as they are. */
export function copyClear(media: Uint8Array, clear: Ranges, output: Uint8Array): void {
  for (let r = 0; r < clear.count; r++) {
    const end = clear.end(r);
    for (let i = clear.start(r); i < end; i++) output[i] = media[i]!;
  }
}
