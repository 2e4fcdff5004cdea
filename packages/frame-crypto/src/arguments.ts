// Checks at the public door: wrong types and lengths become typed errors before anything else happens.
import type { AeadBackend } from "./aead/backend.ts";
import { CODECS, type Codec, type MediaType } from "./codec/codec.ts";
import { FrameCryptoError } from "./errors.ts";

/** True for every Uint8Array, those of another realm and subclasses such as Node's Buffer included. */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";

/** What stood there: a short plain value as it is; of anything else, which may be bytes or a secret, the kind. */
function shown(value: unknown): string {
  const plain = Object(value) !== value && String(value).length <= 20;
  if (typeof value === "string" && plain) return `"${value}"`;
  return plain ? String(value) : Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Refuses `got` unless `ok`. The message is made only then, because this runs for every frame. */
export function check(
  ok: boolean,
  name: string,
  expected: string,
  got: unknown,
  limit: string | number = "",
): asserts ok {
  if (!ok)
    throw new FrameCryptoError(
      "invalid-argument",
      `${name}: expected ${expected}${limit}, got ${shown(got)}`,
    );
}

export function checkBytes(value: unknown, name: string, length?: number): asserts value is Uint8Array {
  check(isBytes(value), name, "Uint8Array", value);
  // Places in two such inputs, and their sums, fit into 32 bits.
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
  check(within, name, "an integer from 0 to ", value, max);
}

/** An instant in milliseconds. Infinity in both directions is an instant; NaN is none. */
export function checkInstant(value: unknown, name: string): asserts value is number {
  check(typeof value === "number" && !Number.isNaN(value), name, "milliseconds", value);
}

export function checkFlag(value: unknown, name: string): asserts value is boolean {
  check(typeof value === "boolean", name, "a boolean", value);
}

export function checkObject(value: unknown, name: string): asserts value is object {
  check(typeof value === "object" && value !== null, name, "an object", value);
}

/** Options have no other names than these: a misspelt one would silently have no effect. */
export function checkOptions(value: unknown, names: readonly string[]): asserts value is object {
  check(!Array.isArray(value), "options", "an object", value);
  checkObject(value, "options");
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  check(unknown === undefined, "options", "no names but ", unknown, names.join(", "));
}

/** What every call about a frame says of it. */
export function checkFrame(
  input: unknown,
): asserts input is { readonly mediaType: MediaType; readonly frame: Uint8Array } {
  checkObject(input, "input");
  const { mediaType, frame } = input as { mediaType?: unknown; frame?: unknown };
  check(mediaType === "audio" || mediaType === "video", "mediaType", "audio or video", mediaType);
  checkBytes(frame, "frame");
}

export function checkBackend(backend: AeadBackend): void {
  checkObject(backend, "backend");
  check(typeof backend.prepare === "function", "backend", "what selectBackend gives", backend);
}

export function checkCodec(value: unknown): asserts value is Codec {
  if (!CODECS.includes(value as Codec)) check(false, "codec", "one of ", value, CODECS.join(", "));
}

/** Refuses a key that was wiped before. */
export function checkOpen(closed: boolean): void {
  if (closed) throw new FrameCryptoError("closed", "key: expected an open one, got one that was closed");
}

/** F4: the caller's bytes hold the result. */
export function checkRoom(output: Uint8Array, length: number): void {
  if (output.length < length)
    throw new FrameCryptoError(
      "output-too-small",
      `output: expected at least ${length} bytes, got ${output.length}`,
    );
}

/** Bytes may be worked on in place; a shifted overlap would read what was just written. */
export function checkOverlap(frame: Uint8Array, output: Uint8Array): void {
  const shift = output.byteOffset - frame.byteOffset;
  // The buffers are compared last: reading them is a call, and mostly the places alone tell.
  if (shift !== 0 && shift < frame.length && -shift < output.length && frame.buffer === output.buffer)
    throw new FrameCryptoError(
      "overlap",
      "output: expected the frame itself or bytes apart from it, got an overlap",
    );
}
