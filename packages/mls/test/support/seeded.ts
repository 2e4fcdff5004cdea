// Randomness from a seed: what a test does can be done again.
import { sha256 } from "@noble/hashes/sha2.js";

export interface Seeded {
  bytes(length: number): Uint8Array;
  /** 0 ≤ n < bound */
  below(bound: number): number;
  pick<T>(items: readonly T[]): T;
}

export function seeded(seed: string): Seeded {
  let counter = 0;
  const bytes = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = sha256(new TextEncoder().encode(`${seed}/${counter++}`));
      out.set(block.subarray(0, length - at), at);
    }
    return out;
  };
  const below = (bound: number) => {
    const [a, b, c] = bytes(3) as unknown as [number, number, number];
    return (a * 65536 + b * 256 + c) % bound;
  };
  return { bytes, below, pick: (items) => items[below(items.length)]! };
}
