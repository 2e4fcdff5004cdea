// Byte strings, without any of MLS: the page's end of a worker session is bundled without it.

/**
 * Whether a value is a Uint8Array: of this realm or another (an iframe, `node:vm`), subclasses such as Buffer
 * included. The packages beneath check in the same way.
 */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";

/** The parts one after another, copied. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** What `Object.prototype.toString` calls a value; it holds for values of other realms too. */
export const tagOf = (value: unknown): string =>
  Object.prototype.toString.call(value).slice("[object ".length, -1);

const isBuffer = (value: unknown): value is ArrayBufferLike =>
  ["ArrayBuffer", "SharedArrayBuffer"].includes(tagOf(value));

/** Bytes that other threads can write to are copied: they could change while they are read. */
const unshared = (bytes: Uint8Array): Uint8Array =>
  tagOf(bytes.buffer) === "SharedArrayBuffer" ? new Uint8Array(bytes) : bytes;

/**
 * Returns the bytes behind a view or a buffer; `undefined` for anything else, and for a detached buffer. They are
 * copied only when their memory is shared, and are never a Buffer, whose `slice` makes no copy.
 */
export function viewOf(data: unknown): Uint8Array | undefined {
  try {
    if (ArrayBuffer.isView(data))
      return unshared(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return isBuffer(data) ? unshared(new Uint8Array(data)) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a deep copy of plain data: lists, objects, bytes and values. */
export function copyOf<T>(value: T): T {
  if (isBytes(value)) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyOf(field)])) as T;
}
