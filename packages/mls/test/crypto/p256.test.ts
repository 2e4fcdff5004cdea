// P-256: RFC 6979 §A.2.5, and every operation against noble's own ECDSA and node:crypto.
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sign, verify } from "../../src/crypto/p256.ts";
import { hex } from "../../src/index.ts";
import { backends } from "../support/crypto.ts";
import { bytes } from "../support/vectors.ts";

const [portable, platform] = backends as [(typeof backends)[0], (typeof backends)[0]];
const scalar = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((b) => portable.publicKey(b) !== undefined);
const message = fc.uint8Array({ maxLength: 300 });

describe("RFC 6979 §A.2.5, SHA-256", () => {
  const key = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
  it.each([
    [
      "sample",
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ],
    [
      "test",
      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ],
  ])("%s", (text, r, s) => {
    expect(hex(sign(key, new TextEncoder().encode(text)))).toBe(r + s);
  });
});

describe("against noble's ECDSA", () => {
  it("signs the same bytes and accepts the same signatures", () => {
    fc.assert(
      fc.property(scalar, message, fc.nat(63), (key, text, flip) => {
        const signature = sign(key, text);
        expect(hex(signature)).toBe(hex(p256.sign(text, key, { lowS: false })));
        const publicKey = p256.getPublicKey(key, false);
        expect(verify(publicKey, text, signature)).toBe(true);
        signature[flip]! ^= 1;
        expect(verify(publicKey, text, signature)).toBe(
          p256.verify(signature, text, publicKey, { lowS: false }),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("a signature whose R has an x beyond the order", () => {
  // A key for which r = x - n verifies, made backwards: Q = (R - u1·G) / u2 for any digest.
  const { Point } = p256;
  const { Fn } = Point;
  const text = new Uint8Array(9);
  const digest = Fn.create(BigInt(`0x${hex(portable.hash(text))}`));
  const found = () => {
    for (let x = Fn.ORDER + 1n; ; x++) {
      try {
        return { x, point: Point.fromBytes(Uint8Array.of(2, ...Point.Fp.toBytes(x))) };
      } catch {
        // no point has this x
      }
    }
  };
  const { x, point } = found();
  const r = x - Fn.ORDER;
  const s = 0x1234567890abcdefn;
  const [u1, u2] = [Fn.mul(digest, Fn.inv(s)), Fn.mul(r, Fn.inv(s))];
  const publicKey = point.subtract(Point.BASE.multiplyUnsafe(u1)).multiplyUnsafe(Fn.inv(u2)).toBytes(false);
  const signature = (first: bigint) => Uint8Array.of(...Fn.toBytes(first), ...Fn.toBytes(s));

  it.each(backends.map((crypto) => [crypto.backend, crypto] as const))("is accepted: %s", (_, crypto) => {
    expect(p256.verify(signature(r), text, publicKey, { lowS: false })).toBe(true);
    expect(crypto.verify(publicKey, text, signature(r))).toBe(true);
    expect(crypto.verify(publicKey, text, signature(r + 1n))).toBe(false);
  });
});

describe("the two backends", () => {
  it("agree on public keys, shared secrets, sealing and hashes", () => {
    fc.assert(
      fc.property(scalar, scalar, message, (a, b, text) => {
        const publicKey = portable.publicKey(a)!;
        expect(platform.publicKey(a)).toEqual(publicKey);
        expect(platform.diffieHellman(b, publicKey)).toEqual(portable.diffieHellman(b, publicKey));
        expect(platform.hash(text)).toEqual(portable.hash(text));
        expect(platform.hmac(a.subarray(0, 16), text)).toEqual(portable.hmac(a.subarray(0, 16), text));
        const [key, nonce] = [a.subarray(16), b.subarray(20)];
        const sealed = portable.seal(key, nonce, b, text);
        expect(platform.seal(key, nonce, b, text)).toEqual(sealed);
        expect(platform.open(key, nonce, b, sealed)).toEqual(text);
        expect(portable.open(key, nonce, b, sealed)).toEqual(text);
      }),
      { numRuns: 40 },
    );
  });

  it("accept each other's signatures", () => {
    fc.assert(
      fc.property(scalar, message, (key, text) => {
        const publicKey = portable.publicKey(key)!;
        expect(portable.verify(publicKey, text, platform.sign(key, text))).toBe(true);
        expect(platform.verify(publicKey, text, portable.sign(key, text))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  const good = portable.publicKey(new Uint8Array(32).fill(9))!;
  const changed = (at: number, value: number) => {
    const key = good.slice();
    key[at] = value;
    return key;
  };
  const order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const below = order.slice();
  below[31]! -= 1;

  it.each([
    ["off the curve", changed(64, good[64]! ^ 1)],
    ["hybrid form", changed(0, 6 + (good[64]! & 1))],
    ["compressed", Uint8Array.of(2 + (good[64]! & 1), ...good.slice(1, 33))],
    ["infinity", Uint8Array.of(0)],
    ["zero point", changed(0, 4).fill(0, 1)],
    ["coordinates beyond p", changed(0, 4).fill(0xff, 1)],
    ["cut short", good.slice(0, 64)],
    ["empty", new Uint8Array(0)],
  ])("refuse a public key: %s", (_, key) => {
    const [scalarBytes, text] = [new Uint8Array(32).fill(3), new Uint8Array(5)];
    for (const crypto of backends) {
      expect(crypto.diffieHellman(scalarBytes, key)).toBeUndefined();
      expect(crypto.verify(key, text, crypto.sign(scalarBytes, text))).toBe(false);
    }
  });

  it.each([
    ["zero", new Uint8Array(32)],
    ["the order", order],
    ["above the order", new Uint8Array(32).fill(0xff)],
    ["31 bytes", new Uint8Array(31).fill(1)],
    ["33 bytes", new Uint8Array(33).fill(1)],
  ])("refuse a private key: %s", (_, key) => {
    for (const crypto of backends) {
      expect(crypto.publicKey(key)).toBeUndefined();
      expect(crypto.diffieHellman(key, good)).toBeUndefined();
    }
  });

  it("take the largest private key, n - 1", () => {
    expect(platform.publicKey(below)).toEqual(portable.publicKey(below));
    expect(portable.publicKey(below)).toHaveLength(65);
  });

  it.each([
    ["r = 0", new Uint8Array(64).fill(1, 32)],
    ["s = 0", new Uint8Array(64).fill(1, 0, 32)],
    ["r = n", Uint8Array.of(...order, ...order.map(() => 1))],
    ["s = n", Uint8Array.of(...order.map(() => 1), ...order)],
  ])("refuse a signature: %s", (_, signature) => {
    for (const crypto of backends) expect(crypto.verify(good, new Uint8Array(3), signature)).toBe(false);
  });

  it("refuse a wrong tag and a ciphertext shorter than one", () => {
    const key = new Uint8Array(16);
    const sealed = portable.seal(key, new Uint8Array(12), key, key);
    sealed[31]! ^= 1;
    for (const crypto of backends) {
      expect(crypto.open(key, new Uint8Array(12), key, sealed)).toBeUndefined();
      expect(crypto.open(key, new Uint8Array(12), key, sealed.subarray(0, 15))).toBeUndefined();
    }
  });
});
