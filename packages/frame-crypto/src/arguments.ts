// Checks at the public door: wrong types and lengths become typed errors before anything else happens.
import { CODECS, type Codec, MEDIA_TYPES, type MediaType } from "./codec/codec.ts";
import { FrameCryptoError } from "./errors.ts";

/** True for every Uint8Array, those of another realm and subclasses such as Node's Buffer included. */
export const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array ||
  (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]");

export function checkBytes(value: unknown, name: string, length?: number): asserts value is Uint8Array {
  if (!isBytes(value)) throw new FrameCryptoError("invalid-argument", `${name}: expected Uint8Array`);
  if (length !== undefined && value.length !== length) {
    throw new FrameCryptoError("invalid-length", `${name}: expected ${length} bytes, got ${value.length}`);
  }
}

export function checkInteger(
  value: unknown,
  name: string,
  max = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw new FrameCryptoError("invalid-argument", `${name}: expected an integer from 0 to ${max}`);
  }
}

/** An instant in milliseconds. Infinity in both directions is an instant; NaN is none. */
export function checkInstant(value: unknown, name: string): asserts value is number {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new FrameCryptoError("invalid-argument", `${name}: expected milliseconds`);
  }
}

export function checkBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== "boolean") throw new FrameCryptoError("invalid-argument", `${name}: expected boolean`);
}

export function checkObject(value: unknown, name: string): asserts value is object {
  if (typeof value !== "object" || value === null) {
    throw new FrameCryptoError("invalid-argument", `${name}: expected an object`);
  }
}

export function checkMediaType(value: unknown): asserts value is MediaType {
  if (!MEDIA_TYPES.includes(value as MediaType)) {
    throw new FrameCryptoError("invalid-argument", 'mediaType: expected "audio" or "video"');
  }
}

export function checkCodec(value: unknown): asserts value is Codec {
  if (!CODECS.includes(value as Codec)) {
    throw new FrameCryptoError("invalid-argument", "codec: not one of DAVE's");
  }
}

/** Bytes may be worked on in place; a shifted overlap would read what was just written. */
export function checkOverlap(frame: Uint8Array, output: Uint8Array): void {
  if (frame.buffer !== output.buffer || frame.byteOffset === output.byteOffset) return;
  const apart =
    frame.byteOffset + frame.byteLength <= output.byteOffset ||
    output.byteOffset + output.byteLength <= frame.byteOffset;
  if (!apart)
    throw new FrameCryptoError("overlap", "output: overlaps the frame without starting where it does");
}
