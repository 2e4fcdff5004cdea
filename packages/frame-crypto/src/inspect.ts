// F2, F5, C0–C6 frames taken apart, for vectors and tools: what a sender leaves clear, what a receiver reads.
import { checkBytes, checkCodec } from "./arguments.ts";
import type { Codec } from "./codec/codec.ts";
import { Plan } from "./codec/plan.ts";
import { makePlan } from "./codec/planners.ts";
import { TAG_LENGTH } from "./constants.ts";
import type { Ranges } from "./format/ranges.ts";
import { TrailerParser } from "./format/trailer.ts";

/** C0–C6: a frame as a sender splits it. */
export interface SplitFrame {
  /** The frame the receiver gets back: start codes and OBU sizes as the protocol writes them. */
  readonly transformed: Uint8Array;
  /** Clear ranges in `transformed`. */
  readonly ranges: [offset: number, length: number][];
  /** The clear ranges joined (additional data). */
  readonly clear: Uint8Array;
  /** The rest joined (plaintext). */
  readonly encrypted: Uint8Array;
}

/** The bytes of `media` inside the ranges, and those outside. */
function divide(media: Uint8Array, ranges: Ranges): { inside: Uint8Array; outside: Uint8Array } {
  const inside = new Uint8Array(ranges.total());
  const outside = new Uint8Array(media.length - inside.length);
  let taken = 0;
  for (let r = 0; r <= ranges.count; r++) {
    const start = ranges.gapStart(r);
    const end = ranges.gapEnd(r, media.length);
    outside.set(media.subarray(start, end), start - taken);
    if (r === ranges.count) break;
    inside.set(media.subarray(end, ranges.end(r)), taken);
    taken += ranges.end(r) - end;
  }
  return { inside, outside };
}

const pairs = (ranges: Ranges): [offset: number, length: number][] =>
  Array.from({ length: ranges.count }, (_, i) => [ranges.start(i), ranges.end(i) - ranges.start(i)]);

const copy = (bytes: Uint8Array, from: number, to: number): Uint8Array => {
  const result = new Uint8Array(to - from);
  result.set(bytes.subarray(from, to));
  return result;
};

/**
 * C0–C6: how a sender splits a frame of this codec.
 *
 * @throws {@link FrameCryptoError} `invalid-argument`
 * @example
 * ```ts
 * splitFrame("opus", new Uint8Array(20)).encrypted; // 20 bytes
 * splitFrame("vp8", new Uint8Array(20)).ranges; // [[0, 10]]
 * ```
 */
export function splitFrame(codec: Codec, frame: Uint8Array): SplitFrame {
  checkCodec(codec);
  checkBytes(frame, "frame");
  const plan = new Plan();
  makePlan(codec, frame, plan);
  const transformed = copy(plan.media, 0, plan.length);
  const { inside, outside } = divide(transformed, plan.clear);
  return { transformed, ranges: pairs(plan.clear), clear: inside, encrypted: outside };
}

/**
 * F5: what the trailer says: a discriminated union on `outcome`.
 *
 * `parsed` has `tag` (8 bytes), `nonce` (32 bits), `ranges` (the clear ranges as pairs of offset and length), `aad` (the
 * clear bytes joined) and `ciphertext` (the rest joined). `failed` has a reason: `not-protocol-frame` when the marker is missing,
 * `malformed-trailer` when what precedes it does not parse.
 */
export type ParsedFrame =
  | {
      readonly outcome: "parsed";
      /** 8 bytes. */
      readonly tag: Uint8Array;
      /** The 32-bit nonce. */
      readonly nonce: number;
      readonly ranges: [offset: number, length: number][];
      readonly aad: Uint8Array;
      readonly ciphertext: Uint8Array;
    }
  | { readonly outcome: "failed"; readonly reason: "not-protocol-frame" | "malformed-trailer" };

/**
 * F5: the frame check and parse, without any key.
 *
 * @throws {@link FrameCryptoError} `invalid-argument`
 * @example
 * ```ts
 * parseFrame(Uint8Array.of(1, 2, 3)); // { outcome: "failed", reason: "not-protocol-frame" }
 * ```
 */
export function parseFrame(frame: Uint8Array): ParsedFrame {
  checkBytes(frame, "frame");
  const parser = new TrailerParser();
  const shape = parser.parse(frame);
  if (shape !== "protocol-frame") return { outcome: "failed", reason: shape };
  const { mediaLength, nonce, clear } = parser;
  const { inside, outside } = divide(copy(frame, 0, mediaLength), clear);
  const tag = copy(frame, mediaLength, mediaLength + TAG_LENGTH);
  return { outcome: "parsed", tag, nonce, ranges: pairs(clear), aad: inside, ciphertext: outside };
}
