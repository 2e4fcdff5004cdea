// Mutations: what a broken sender, a broken relay or an attacker makes of bytes.
import type { Random } from "./random.ts";

const INTERESTING = [0x00, 0x01, 0x02, 0x03, 0x0b, 0x0c, 0x0d, 0x7f, 0x80, 0x81, 0xf8, 0xfa, 0xfe, 0xff];
const SNIPPETS = [
  [0, 0, 1],
  [0, 0, 0, 1],
  [0, 0, 3],
  [0xfa, 0xfa],
  [0x0c, 0xfa, 0xfa],
  [0xf8, 0xff, 0xfe],
  [0x12, 0x00],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

const byteOf = (random: Random): number =>
  random.below(2) === 0 ? random.below(256) : INTERESTING[random.below(INTERESTING.length)]!;

/** Most trailers lie in the last bytes: places are drawn from there half of the time. */
function place(length: number, random: Random): number {
  if (length === 0) return 0;
  return random.below(2) === 0 ? random.below(length) : Math.max(0, length - 1 - random.below(24));
}

type Mutation = (bytes: number[], random: Random, other: Uint8Array) => void;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const at = place(bytes.length, random);
    if (bytes.length > 0) bytes[at]! ^= 1 << random.below(8);
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[place(bytes.length, random)] = byteOf(random);
  },
  (bytes, random) => void bytes.splice(place(bytes.length, random), 0, byteOf(random)),
  (bytes, random) => void bytes.splice(place(bytes.length, random), 1 + random.below(4)),
  (bytes, random) => void bytes.splice(random.below(bytes.length + 1)),
  (bytes, random) =>
    void bytes.splice(place(bytes.length, random), 0, ...SNIPPETS[random.below(SNIPPETS.length)]!),
  (bytes, random) => {
    const at = place(bytes.length, random);
    SNIPPETS[random.below(SNIPPETS.length)]!.forEach((byte, i) => {
      if (at + i < bytes.length) bytes[at + i] = byte;
    });
  },
  (bytes, random) => {
    const at = place(bytes.length, random);
    bytes.splice(at, 0, ...bytes.slice(at, at + 1 + random.below(12)));
  },
  (bytes, random, other) => {
    const at = place(bytes.length, random);
    bytes.splice(at, random.below(8), ...other.subarray(random.below(other.length + 1)).subarray(0, 64));
  },
  (bytes, random) => void bytes.push(...Array.from({ length: random.below(6) }, () => byteOf(random))),
];

/** One to four mutations of `input`; `other` lends pieces. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const bytes = [...input];
  for (let i = 1 + random.below(4); i > 0; i--)
    MUTATIONS[random.below(MUTATIONS.length)]!(bytes, random, other);
  if (random.below(2) === 0) mend(bytes, random);
  return Uint8Array.from(bytes);
}

/** Puts the marker back, and a likely size: most damage to the end hides all other damage. */
function mend(bytes: number[], random: Random): void {
  if (bytes.length < 3) return;
  bytes[bytes.length - 1] = 0xfa;
  bytes[bytes.length - 2] = 0xfa;
  if (random.below(2) === 0) bytes[bytes.length - 3] = 12 + random.below(16);
}
