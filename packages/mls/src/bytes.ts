// RFC 9420 §2.1 Byte strings: checks, comparison, concatenation, hexadecimal.
import { misuse } from "./errors.ts";

export const EMPTY = /* @__PURE__ */ new Uint8Array(0);

/**
 * Whether a value is a Uint8Array: of this realm or another (an iframe, `node:vm`), subclasses such as Buffer included.
 */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";

/** Checks that `value` is a Uint8Array, of `length` bytes if given. */
export function abytes(value: unknown, title: string, length?: number): asserts value is Uint8Array {
  // what is said is put together only when it is needed: this is called for every field
  if (!isBytes(value)) misuse(false, title, "a Uint8Array", value ?? null);
  if (length !== undefined && value.length !== length) misuse(false, title, `${length} bytes`, value.length);
}

/** Checks that `value` is an integer from 0 to `max`. */
export function auint(value: unknown, title: string, max = 0xffffffff): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max)
    misuse(false, title, `an integer from 0 to ${max}`, value ?? null);
}

/**
 * Compares in time that depends on the lengths only.
 *
 * @throws {@link MlsError} `invalid-argument` when either is no Uint8Array
 * @example
 * ```ts
 * equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)); // true
 * ```
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  abytes(a, "a");
  abytes(b, "b");
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** The parts one after another, copied. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  for (const part of parts) abytes(part, "part");
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * Lowercase hexadecimal.
 *
 * @throws {@link MlsError} `invalid-argument`
 * @example
 * ```ts
 * hex(Uint8Array.of(0, 255)); // "00ff"
 * ```
 */
export function hex(bytes: Uint8Array): string {
  abytes(bytes, "bytes");
  let text = "";
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
}

/** Bytes of hexadecimal text that is well formed. */
export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));

/** ASCII text as bytes: the labels of the RFC. */
export function ascii(text: string): Uint8Array {
  misuse(typeof text === "string", "label", "ASCII", text ?? null);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    misuse(text.charCodeAt(i) < 0x80, "label", "ASCII");
    out[i] = text.charCodeAt(i);
  }
  return out;
}

/** Public bytes as a key of a Set or Map. */
export const asKey = (bytes: Uint8Array): string =>
  // apply() takes its arguments on the stack: long input from the wire goes the slow way.
  bytes.length > 512 ? hex(bytes) : String.fromCharCode.apply(null, bytes as unknown as number[]);

const keys = /* @__PURE__ */ new WeakMap<Uint8Array, string>();

/** `asKey` of bytes that nobody changes any more, as those of a tree's nodes: made once, however often it is asked. */
export function lastingKey(bytes: Uint8Array): string {
  const known = keys.get(bytes);
  if (known !== undefined) return known;
  const made = asKey(bytes);
  keys.set(bytes, made);
  return made;
}
