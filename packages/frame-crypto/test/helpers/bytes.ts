// Bytes for tests: hex, joining, a seeded stream.

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const unhex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
export const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A small generator (mulberry32), so that a failing case can be made again. */
export function seeded(seed: number): {
  next(): number;
  below(n: number): number;
  bytes(n: number): Uint8Array;
} {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, bytes: (n) => Uint8Array.from({ length: n }, () => below(256)) };
}
