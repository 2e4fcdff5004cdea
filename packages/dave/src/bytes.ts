// Byte strings without MLS: the page's end of a worker session bundles none of it.

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
