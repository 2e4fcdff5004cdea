// Hostile versions of a byte string: cut short, bits flipped, lengths lied about, grown; all from one seed
import type { SeededRandom } from "../../src/sim/random.ts";

/** Every prefix of strings up to this length is tried; of longer ones some. */
export const SHORT = 96;

/** All proper prefixes of a short string; 24 of a longer one. */
export function* prefixes(bytes: Uint8Array, random: SeededRandom): Generator<Uint8Array> {
  if (bytes.length <= SHORT) for (let end = 0; end < bytes.length; end++) yield bytes.subarray(0, end);
  else for (let n = 0; n < 24; n++) yield bytes.subarray(0, random.int(0, bytes.length - 1));
}

const flip = (bytes: Uint8Array, random: SeededRandom): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  for (let n = random.int(1, 4); n > 0; n--) {
    const at = random.int(0, copy.length - 1);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.int(0, 7));
  }
  return copy;
};

/** RFC 9420 §2.1.2 lengths that lie: longest of each form, invalid prefix, zero. */
const LENGTHS = [
  [0x3f],
  [0x7f, 0xff],
  [0xbf, 0xff, 0xff, 0xff],
  [0xff],
  [0x00],
  [0x40, 0x00],
  [0x80, 0, 0, 1],
];
const lie = (bytes: Uint8Array, random: SeededRandom): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  const at = random.int(0, copy.length - 1);
  copy.set(random.pick(LENGTHS).slice(0, copy.length - at), at);
  return copy;
};

const remove = (bytes: Uint8Array, random: SeededRandom): Uint8Array => {
  const at = random.int(0, bytes.length - 1);
  const length = random.int(1, Math.min(16, bytes.length - at));
  return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
};

const insert = (bytes: Uint8Array, random: SeededRandom): Uint8Array => {
  const at = random.int(0, bytes.length);
  return Uint8Array.from([
    ...bytes.subarray(0, at),
    ...random.bytes(random.int(1, 16)),
    ...bytes.subarray(at),
  ]);
};

const trailing = (bytes: Uint8Array, random: SeededRandom): Uint8Array =>
  Uint8Array.from([...bytes, ...random.bytes(random.int(1, 8))]);

/** Oversized: the string many times over, or followed by a flood of one byte. */
const grow = (bytes: Uint8Array, random: SeededRandom): Uint8Array => {
  const grown = new Uint8Array(bytes.length + random.int(1000, 20_000)).fill(
    random.pick([0, 1, 0x3f, 0x80, 0xff]),
  );
  for (let at = 0; at < grown.length && random.chance(0.9); at += bytes.length || 1)
    grown.set(bytes.subarray(0, grown.length - at), at);
  return grown;
};

const MUTATIONS = [flip, flip, flip, lie, lie, remove, insert, trailing, grow];

/** One hostile version; never equal to `bytes`. */
export function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  for (;;) {
    const source = bytes.length === 0 ? random.bytes(random.int(1, 8)) : bytes;
    const made = random.pick(MUTATIONS)(source, random);
    if (Buffer.compare(made, bytes) !== 0) return made;
  }
}
