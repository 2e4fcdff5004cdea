// Checks at the public door: wrong types and lengths become typed errors before anything else happens.
import type { AeadBackend } from "./aead/backend.ts";
import { CODECS, type Codec, type MediaType } from "./codec/codec.ts";
import { FrameCryptoError } from "./errors.ts";

/** True for every Uint8Array, those of another realm and subclasses such as Node's Buffer included. */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";

/** Misuse unless `ok`. The message is made only then: this runs for every frame. */
export function check(ok: boolean, name: string, expected: string, limit: string | number = ""): asserts ok {
  if (!ok) throw new FrameCryptoError("invalid-argument", `${name}: expected ${expected}${limit}`);
}

export function checkBytes(value: unknown, name: string, length?: number): asserts value is Uint8Array {
  check(isBytes(value), name, "Uint8Array");
  // Below the limit, sums and places of two such inputs are what 32 bits can tell.
  const got = value.length;
  if (length === undefined ? got >= 2 ** 30 : got !== length)
    throw new FrameCryptoError(
      "invalid-length",
      `${name}: expected ${length ?? "below 2^30"} bytes, got ${got}`,
    );
}

export function checkInteger(
  value: unknown,
  name: string,
  max = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  const within = Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
  check(within, name, "an integer from 0 to ", max);
}

/** An instant in milliseconds. Infinity in both directions is an instant; NaN is none. */
export function checkInstant(value: unknown, name: string): asserts value is number {
  check(typeof value === "number" && !Number.isNaN(value), name, "milliseconds");
}

export function checkObject(value: unknown, name: string): asserts value is object {
  check(typeof value === "object" && value !== null, name, "an object");
}

/** What every call about a frame says of it. */
export function checkFrame(
  input: unknown,
): asserts input is { readonly mediaType: MediaType; readonly frame: Uint8Array } {
  checkObject(input, "input");
  const { mediaType, frame } = input as { mediaType?: unknown; frame?: unknown };
  check(mediaType === "audio" || mediaType === "video", "mediaType", "audio or video");
  checkBytes(frame, "frame");
}

export function checkBackend(backend: AeadBackend): void {
  checkObject(backend, "backend");
  check(typeof backend.prepare === "function", "backend", "what selectBackend gives");
}

export function checkCodec(value: unknown): asserts value is Codec {
  check(CODECS.includes(value as Codec), "codec", "one of DAVE's");
}

/** Not one that was wiped before. */
export function checkOpen(closed: boolean): void {
  if (closed) throw new FrameCryptoError("closed", "key: expected one that was not closed");
}

/** F4: the caller's bytes hold the result. */
export function checkRoom(output: Uint8Array, length: number): void {
  if (output.length < length)
    throw new FrameCryptoError("output-too-small", `output: expected at least ${length} bytes`);
}

/** Bytes may be worked on in place; a shifted overlap would read what was just written. */
export function checkOverlap(frame: Uint8Array, output: Uint8Array): void {
  const shift = output.byteOffset - frame.byteOffset;
  // The buffers last: asking for them is a call, and mostly the places alone tell.
  if (shift !== 0 && shift < frame.length && -shift < output.length && frame.buffer === output.buffer)
    throw new FrameCryptoError("overlap", "output: overlaps the frame without starting where it does");
}
