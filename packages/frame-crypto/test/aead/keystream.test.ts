// F1 frames whose AES is the platform's and whose GHASH is this package's: the same bytes as noble's AES-GCM gives.
import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../fuzz/random.ts";
import { Ranges } from "../../src/format/ranges.ts";
import { selectBackend } from "../../src/index.ts";
import { hex } from "../helpers/bytes.ts";

const backend = selectBackend({ changeover: { keystreamFrom: 0, gcmFrom: Number.POSITIVE_INFINITY } });

function noble(key: Uint8Array, counter: number, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, counter, true);
  return gcm(key, iv, aad)
    .encrypt(plaintext)
    .subarray(0, plaintext.length + 8);
}

/** Seals and opens a frame that is encrypted whole. */
function holds(key: Uint8Array, counter: number, text: Uint8Array): boolean {
  const prepared = backend.prepare(key);
  const sealed = new Uint8Array(text.length + 8);
  prepared.seal(counter, text, text.length, new Ranges(), sealed);
  const opened = new Uint8Array(text.length);
  const authentic = prepared.open(counter, sealed, text.length, new Ranges(), opened);
  prepared.wipe();
  const expected = noble(key, counter, new Uint8Array(0), text);
  return authentic && Buffer.compare(sealed, expected) === 0 && Buffer.compare(opened, text) === 0;
}

describe("against @noble/ciphers", () => {
  const random = new Random(11);
  it("frames of every length from 0 to 600", () => {
    const [key, text] = [random.bytes(16), random.bytes(600)];
    for (let n = 0; n <= 600; n++) if (!holds(key, n, text.subarray(0, n))) expect.fail(`length ${n}`);
    expect(holds(key, 1, text)).toBe(true);
  });
  it("lengths around the 16 kB that one call takes, and around twice as much", () => {
    const [key, text] = [random.bytes(16), random.bytes(33_000)];
    for (const middle of [16_384, 32_768])
      for (const n of [middle - 17, middle - 1, middle, middle + 1, middle + 16, middle + 17])
        if (!holds(key, n, text.subarray(0, n))) expect.fail(`length ${n}`);
    expect(holds(key, 1, text)).toBe(true);
  });
  it("more than 65 536 blocks, and counters with every byte set", () => {
    const text = new Uint8Array(65_600 * 16).fill(9);
    for (const counter of [0x01020304, 0xfffefdfc]) expect(holds(random.bytes(16), counter, text)).toBe(true);
  });
  it("any division into clear and encrypted sections, in place and apart, at any offset into a buffer", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 9 });
    fc.assert(
      fc.property(lengths, fc.nat(2 ** 32 - 1), fc.boolean(), fc.nat(7), (parts, counter, inPlace, shift) => {
        const key = new Uint8Array(16).fill(0x42);
        const total = parts.reduce((sum, n) => sum + n, 0);
        const media = new Random(counter).bytes(total);
        const clear = new Ranges();
        const [aad, text]: [number[], number[]] = [[], []];
        let at = 0;
        parts.forEach((n, i) => {
          if (i % 2 === 1) clear.push(at, at + n);
          (i % 2 === 1 ? aad : text).push(...media.subarray(at, at + n));
          at += n;
        });
        const expected = noble(key, counter, Uint8Array.from(aad), Uint8Array.from(text));
        const prepared = backend.prepare(key);
        const output = new Uint8Array(shift + total + 8).subarray(shift);
        if (inPlace) output.set(media);
        prepared.seal(counter, inPlace ? output : media, total, clear, output);
        expect(hex(output.subarray(total))).toBe(hex(expected.subarray(text.length)));
        const sealed = Uint8Array.from(output);
        const opened = inPlace ? sealed : new Uint8Array(total);
        expect(prepared.open(counter, sealed, total, clear, opened)).toBe(true);
        expect(hex(opened.subarray(0, total))).toBe(hex(media));
      }),
      { numRuns: 200 },
    );
  });
});

it("keys that take turns do not meet each other's keystream", () => {
  const random = new Random(12);
  const keys = Array.from({ length: 3 }, () => random.bytes(16));
  const prepared = keys.map((key) => backend.prepare(key));
  for (let i = 0; i < 30; i++) {
    const which = random.below(3);
    const text = random.bytes(random.below(900));
    const sealed = new Uint8Array(text.length + 8);
    prepared[which]!.seal(i, text, text.length, new Ranges(), sealed);
    expect(hex(sealed)).toBe(hex(noble(keys[which]!, i, new Uint8Array(0), text)));
  }
});
