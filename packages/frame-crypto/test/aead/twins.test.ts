// F1 the cipher of our own against noble's, node:crypto's and a bit-by-bit one.
import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../fuzz/random.ts";
import { AesGcm } from "../../src/aead/aes-gcm.ts";
import { expandKey, work } from "../../src/aead/aes-ghash.ts";
import type { AeadKey } from "../../src/aead/backend.ts";
import { portableBackend } from "../../src/aead/portable.ts";
import { Ranges } from "../../src/format/ranges.ts";
import { openAead, sealAead } from "../../src/index.ts";
import { hex } from "../helpers/bytes.ts";
import { referenceGcm } from "../reference/ghash.ts";
import { referenceAead } from "../reference/seal.ts";

const nonceOf = (counter: number): Uint8Array => {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, counter, true);
  return iv;
};

/** Ciphertext and the 8 bytes of tag, by noble's gcm and its 16-byte tag. */
function noble(key: Uint8Array, counter: number, aad: Uint8Array, plaintext: Uint8Array): string {
  const sealed = gcm(key, nonceOf(counter), aad).encrypt(plaintext);
  return hex(sealed.subarray(0, plaintext.length + 8));
}

function ours(key: Uint8Array, counter: number, aad: Uint8Array, plaintext: Uint8Array): string {
  const { ciphertext, tag } = sealAead({ key, counter, aad, plaintext, backend: "portable" });
  return hex(ciphertext) + hex(tag);
}

describe("against @noble/ciphers", () => {
  const random = new Random(1);
  it("plaintexts of every length from 0 to 2047", () => {
    const key = random.bytes(16);
    const aad = random.bytes(5);
    const text = random.bytes(2047);
    for (let n = 0; n <= 2047; n++) {
      const plaintext = text.subarray(0, n);
      const sealed = ours(key, n, aad, plaintext);
      if (sealed !== noble(key, n, aad, plaintext)) expect.fail(`length ${n}`);
      const opened = openAead({
        key,
        counter: n,
        aad,
        ciphertext: Buffer.from(sealed.slice(0, n * 2), "hex"),
        tag: Buffer.from(sealed.slice(n * 2), "hex"),
        backend: "portable",
      });
      if (opened.outcome === "failed" || hex(opened.plaintext) !== hex(plaintext))
        expect.fail(`length ${n} does not open`);
    }
    expect(ours(key, 1, aad, text)).toBe(noble(key, 1, aad, text));
  });
  it("additional data of every length from 0 to 2047", () => {
    const key = random.bytes(16);
    const data = random.bytes(2047);
    const plaintext = random.bytes(21);
    for (let n = 0; n <= 2047; n++) {
      const aad = data.subarray(0, n);
      if (ours(key, n, aad, plaintext) !== noble(key, n, aad, plaintext)) expect.fail(`length ${n}`);
    }
    expect(ours(key, 1, data, plaintext)).toBe(noble(key, 1, data, plaintext));
  });
  it("lengths around 256 counter blocks, where what is computed ahead is computed anew", () => {
    const key = random.bytes(16);
    const aad = random.bytes(3);
    const text = random.bytes(8300);
    for (const middle of [255 * 16, 511 * 16]) {
      for (let n = middle - 40; n <= middle + 40; n++) {
        const plaintext = text.subarray(0, n);
        if (ours(key, n, aad, plaintext) !== noble(key, n, aad, plaintext)) expect.fail(`length ${n}`);
      }
    }
    expect(ours(key, 1, aad, text)).toBe(noble(key, 1, aad, text));
  });
  it("long ones of random lengths, keys, and counters with every byte set", () => {
    for (let i = 0; i < 40; i++) {
      const [key, aad, plaintext] = [
        random.bytes(16),
        random.bytes(random.below(5000)),
        random.bytes(random.below(100_000)),
      ];
      const counter = random.below(2 ** 32);
      expect(ours(key, counter, aad, plaintext) === noble(key, counter, aad, plaintext)).toBe(true);
    }
  });
  it("more than 65 536 blocks: the block counter carries beyond two bytes", () => {
    const [key, plaintext] = [new Uint8Array(16).fill(3), new Uint8Array(65_600 * 16).fill(9)];
    expect(
      ours(key, 7, plaintext.subarray(0, 3), plaintext) ===
        noble(key, 7, plaintext.subarray(0, 3), plaintext),
    ).toBe(true);
  });
});

describe("against a GCM whose GHASH goes bit by bit", () => {
  it("any key, counter, data and text", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.nat(2 ** 32 - 1),
        fc.uint8Array({ maxLength: 50 }),
        fc.uint8Array({ maxLength: 80 }),
        (key, counter, aad, plaintext) => {
          const twin = referenceGcm(key, nonceOf(counter), aad, plaintext);
          expect(ours(key, counter, aad, plaintext)).toBe(
            hex(twin.ciphertext) + hex(twin.tag.subarray(0, 8)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("spans: any division into ranges gives what joining gives", () => {
  it("seal and open, in place and apart, at any offset into a buffer", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 9 });
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
        const expected = referenceAead(key, counter, aad, text);
        const prepared = portableBackend.prepare(key);
        const output = new Uint8Array(shift + total + 8).subarray(shift);
        if (inPlace) output.set(media);
        prepared.seal(counter, inPlace ? output : media, total, clear, output);
        expect([...output.subarray(total)]).toEqual(expected.tag);
        const sealed = Uint8Array.from(output);
        const opened = inPlace ? sealed : new Uint8Array(total);
        expect(prepared.open(counter, sealed, total, clear, opened)).toBe(true);
        expect(hex(opened.subarray(0, total))).toBe(hex(media));
      }),
      { numRuns: 400 },
    );
  });
});

describe("keys in turn: one working memory serves them all", () => {
  it("each seals and opens as if it were alone, long and short messages, others made and wiped between", () => {
    const random = new Random(6);
    const keys = Array.from({ length: 3 }, () => random.bytes(16));
    const prepared = keys.map((key) => portableBackend.prepare(key));
    const none = new Ranges();
    for (let i = 0; i < 60; i++) {
      const which = random.below(3);
      const text = random.bytes(random.below(i % 10 === 0 ? 5000 : 70));
      const sealed = new Uint8Array(text.length + 8);
      prepared[which]!.seal(i, text, text.length, none, sealed);
      expect(hex(sealed)).toBe(noble(keys[which]!, i, new Uint8Array(0), text));
      if (i % 7 === 0) portableBackend.prepare(random.bytes(16)).wipe();
      const opened = new Uint8Array(text.length);
      expect(prepared[which]!.open(i, sealed, text.length, none, opened)).toBe(true);
      expect(hex(opened)).toBe(hex(text));
    }
  });
});

describe("a key prepared between two messages of another", () => {
  it.each([
    ["is not used by the other one", () => undefined],
    ["does not disturb the other one when it is wiped", (key: AeadKey) => key.wipe()],
  ])("%s", (_, then) => {
    const [a, b] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
    const first = portableBackend.prepare(a);
    const text = new Uint8Array(50).fill(3);
    const sealed = new Uint8Array(58);
    for (let counter = 1; counter < 4; counter++) {
      first.seal(counter, text, 50, new Ranges(), sealed);
      expect(hex(sealed)).toBe(noble(a, counter, new Uint8Array(0), text));
      then(portableBackend.prepare(b));
      const opened = new Uint8Array(50);
      expect(first.open(counter, sealed, 50, new Ranges(), opened)).toBe(true);
      expect(hex(opened)).toBe(hex(text));
      then(portableBackend.prepare(b));
    }
  });
});

describe("wiping", () => {
  it("leaves nothing in the working memory either", () => {
    const key = portableBackend.prepare(new Uint8Array(16).fill(5));
    key.seal(1, new Uint8Array(40), 40, new Ranges(), new Uint8Array(48));
    expect(work.some((value) => value !== 0)).toBe(true);
    key.wipe();
    expect(work.every((value) => value === 0)).toBe(true);
  });
  it("leaves nothing of the key to seal with", () => {
    const key = new Uint8Array(16).fill(5);
    const [wiped, kept] = [new AesGcm(expandKey(key)), new AesGcm(expandKey(key))];
    const tag = new Uint8Array(8);
    kept.start(1);
    kept.finish(0, 0);
    kept.writeTag(tag, 0);
    expect(kept.tagMatches(tag, 0)).toBe(true);
    wiped.wipe();
    wiped.start(1);
    wiped.finish(0, 0);
    expect(wiped.tagMatches(tag, 0)).toBe(false);
  });
});
