// RFC 9420 §5.1, §17.1 The primitives of both backends at their edges. node:crypto, asked directly, is the other judge.
import nodeCrypto from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandByHmac } from "../../src/crypto/hkdf.ts";
import { type CryptoProvider, hex } from "../../src/index.ts";
import { platformCrypto, portableCrypto } from "../support/crypto.ts";
import { join, keyFor, n, nextX, number, p, pointAt } from "../support/p256.ts";
import { bytes } from "../support/vectors.ts";

const both = [portableCrypto, platformCrypto];
const named = both.map((crypto) => [crypto.backend, crypto] as const);
const utf8 = (value: string) => new TextEncoder().encode(value);
const message = fc.uint8Array({ maxLength: 300 });
const scalar = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((b) => portableCrypto.publicKey(b) !== undefined);

/** node:crypto's own verdict on a signature of r and s. */
function nodeVerifies(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map((part) =>
    Buffer.from(part).toString("base64url"),
  );
  const key = nodeCrypto.createPublicKey({
    key: { kty: "EC", crv: "P-256", x: x!, y: y! },
    format: "jwk",
  });
  return nodeCrypto.verify("sha256", text, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** node:crypto's own public key, and the x coordinate that it shares with a peer. */
function nodeKeys(privateKey: Uint8Array, peer: Uint8Array): { publicKey: string; shared: string } {
  const holder = nodeCrypto.createECDH("prime256v1");
  holder.setPrivateKey(privateKey);
  return { publicKey: holder.getPublicKey("hex"), shared: holder.computeSecret(peer).toString("hex") };
}

const good = portableCrypto.publicKey(number(9n))!;

describe.each(named)("%s: published answers", (_, crypto) => {
  it("RFC 5869 §A.1 to §A.3: HKDF", () => {
    const range = (from: number, length: number) => Uint8Array.from({ length }, (_unused, i) => from + i);
    const cases = [
      [
        range(0, 13),
        new Uint8Array(22).fill(0x0b),
        range(0xf0, 10),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
      ],
      [
        range(0x60, 80),
        range(0, 80),
        range(0xb0, 80),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
      ],
      [
        new Uint8Array(0),
        new Uint8Array(22).fill(0x0b),
        new Uint8Array(0),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
      ],
    ] as const;
    for (const [salt, ikm, info, okm] of cases)
      expect(hex(crypto.hkdfExpand(crypto.hmac(salt, ikm), info, okm.length / 2))).toBe(okm);
  });

  it("RFC 5903 §8.1: ECDH", () => {
    const privateKey = bytes("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
    const peer = bytes(
      "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
    );
    expect(hex(crypto.diffieHellman(privateKey, peer)!)).toBe(
      "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
    );
  });
});

describe("RFC 6979 §A.2.5, SHA-256: the portable backend signs with the nonce of the RFC", () => {
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
    expect(hex(portableCrypto.sign(key, utf8(text)))).toBe(r + s);
  });
});

describe("private keys at the edges", () => {
  it.each<[string, bigint]>([
    ["1", 1n],
    ["2", 2n],
    ["3", 3n],
    ["2^128", 2n ** 128n],
    ["half the order", n / 2n],
    ["half the order and 1", n / 2n + 1n],
    ["2^255", 2n ** 255n],
    ["n - 2", n - 2n],
    ["n - 1", n - 1n],
  ])("%s: public key, shared secret and signature are those of node:crypto", (_, value) => {
    const key = number(value);
    const expected = nodeKeys(key, good);
    for (const crypto of both) {
      const publicKey = crypto.publicKey(key)!;
      expect(hex(publicKey)).toBe(expected.publicKey);
      expect(hex(crypto.diffieHellman(key, good)!)).toBe(expected.shared);
      expect(nodeVerifies(publicKey, key, crypto.sign(key, key))).toBe(true);
    }
  });

  it.each<[string, Uint8Array]>([
    ["0", number(0n)],
    ["n", number(n)],
    ["n + 1", number(n + 1n)],
    ["p", number(p)],
    ["2^256 - 1", number(2n ** 256n - 1n)],
    ["31 bytes", new Uint8Array(31).fill(1)],
    ["33 bytes", new Uint8Array(33).fill(1)],
    ["none", new Uint8Array(0)],
  ])("%s is refused", (_, key) => {
    for (const crypto of both) {
      expect(crypto.publicKey(key)).toBeUndefined();
      expect(crypto.diffieHellman(key, good)).toBeUndefined();
    }
  });
});

describe("signatures at the edges", () => {
  const text = utf8("crafted");
  const edges: [string, bigint][] = [
    ["0", 0n],
    ["1", 1n],
    ["p - n", p - n],
    ["n - 1", n - 1n],
    ["n", n],
    ["n + 1", n + 1n],
    ["2^256 - 1", 2n ** 256n - 1n],
  ];
  it.each(edges.flatMap(([r, rValue]) => edges.map(([s, sValue]) => [r, s, rValue, sValue] as const)))(
    "r = %s, s = %s under a key that signed neither: refused, as by node:crypto",
    (_r, _s, r, s) => {
      const signature = join(number(r), number(s));
      expect(nodeVerifies(good, text, signature)).toBe(false);
      for (const crypto of both) expect(crypto.verify(good, text, signature)).toBe(false);
    },
  );

  // The x coordinate of R may be r itself or, for the smallest r, r + n.
  const coordinates: [string, bigint][] = [
    ["the smallest x", nextX(1n, 1n)],
    ["the largest x below n", nextX(n - 1n, -1n)],
    ["the smallest x above n", nextX(n + 1n, 1n)],
    ["the largest x", nextX(p - 1n, -1n)],
  ];
  const factors: [string, bigint][] = [
    ["1", 1n],
    ["half the order", n / 2n],
    ["half the order and 1", n / 2n + 1n],
    ["n - 1", n - 1n],
  ];
  it.each(coordinates.flatMap(([name, x]) => factors.map(([factor, s]) => [name, factor, x, s] as const)))(
    "R at %s, s = %s: accepted, with the other s as well, and no other r or s",
    (_name, _factor, x, s) => {
      const { publicKey, signature } = keyFor(x, s, text);
      const [r, opposite] = [signature.subarray(0, 32), number(n - s)];
      expect(nodeVerifies(publicKey, text, signature)).toBe(true);
      const changed = [join(number((x % n) + 1n), number(s)), join(r, number(s > 3n ? s - 3n : s + 3n))];
      // r + n has the same residue, and is no number below n.
      if ((x % n) + n < 2n ** 256n) changed.push(join(number((x % n) + n), number(s)));
      for (const crypto of both) {
        expect(crypto.verify(publicKey, text, signature)).toBe(true);
        expect(crypto.verify(publicKey, text, join(r, opposite))).toBe(true);
        for (const other of changed) expect(crypto.verify(publicKey, text, other)).toBe(false);
      }
      for (const other of changed) expect(nodeVerifies(publicKey, text, other)).toBe(false);
    },
  );

  it.each([0, 32, 63, 65, 72])("of %i bytes is refused", (length) => {
    for (const crypto of both) expect(crypto.verify(good, text, new Uint8Array(length).fill(1))).toBe(false);
  });
});

describe("public keys", () => {
  const last = good[64]!;
  const changed = (at: number, value: number) => good.map((byte, i) => (i === at ? value : byte));
  const small = nextX(1n, 1n);
  const beyond = join(Uint8Array.of(4), number(small + p), pointAt(small)!.toBytes(false).subarray(33));
  const x0 = pointAt(0n)!.toBytes(false);

  it.each<[string, Uint8Array]>([
    ["off the curve", changed(64, last ^ 1)],
    [
      "the same x, and p - y plus 1",
      join(good.subarray(0, 33), number(p - BigInt(`0x${hex(good.subarray(33))}`) + 1n)),
    ],
    ["in hybrid form", changed(0, 6 + (last & 1))],
    ["in hybrid form with the wrong parity", changed(0, 7 - (last & 1))],
    ["compressed", join(Uint8Array.of(2 + (last & 1)), good.subarray(1, 33))],
    [
      "compressed and padded to 65 bytes",
      join(Uint8Array.of(2 + (last & 1)), good.subarray(1, 33), new Uint8Array(32)),
    ],
    ["infinity, as SEC 1 encodes it", Uint8Array.of(0)],
    ["infinity, padded to 65 bytes", new Uint8Array(65)],
    ["0, 0", join(Uint8Array.of(4), new Uint8Array(64))],
    ["a point whose x is written as x + p", beyond],
    ["x = p, which stands for a point with x = 0", join(Uint8Array.of(4), number(p), x0.subarray(33))],
    ["coordinates of 2^256 - 1", join(Uint8Array.of(4), new Uint8Array(64).fill(255))],
    ["of 64 bytes", good.subarray(0, 64)],
    ["of 66 bytes", join(good, Uint8Array.of(0))],
    ["without bytes", new Uint8Array(0)],
  ])("%s: refused", (_, key) => {
    const [privateKey, text] = [number(3n), new Uint8Array(5)];
    for (const crypto of both) {
      expect(crypto.isPublicKey(key)).toBe(false);
      expect(crypto.diffieHellman(privateKey, key)).toBeUndefined();
      expect(crypto.verify(key, text, crypto.sign(privateKey, text))).toBe(false);
    }
  });

  it("with x = 0 and the largest x are points like any other", () => {
    for (const key of [x0, pointAt(nextX(p - 1n, -1n))!.toBytes(false)]) {
      const expected = nodeKeys(number(7n), key).shared;
      for (const crypto of both) {
        expect(crypto.isPublicKey(key)).toBe(true);
        expect(hex(crypto.diffieHellman(number(7n), key)!)).toBe(expected);
      }
    }
  });
});

describe("AES-GCM", () => {
  const [key, nonce, aad] = [number(5n).subarray(16), number(6n).subarray(20), utf8("aad")];
  it.each(named)("%s refuses any changed bit, other data, and what is shorter than a tag", (_, crypto) => {
    const sealed = crypto.seal(key, nonce, aad, utf8("text"));
    for (let i = 0; i < sealed.length; i++)
      expect(
        crypto.open(
          key,
          nonce,
          aad,
          sealed.map((byte, j) => (i === j ? byte ^ 1 : byte)),
        ),
      ).toBeUndefined();
    expect(crypto.open(key, nonce, utf8("add"), sealed)).toBeUndefined();
    for (let length = 0; length < 16; length++)
      expect(crypto.open(key, nonce, aad, sealed.subarray(0, length))).toBeUndefined();
  });
});

describe("HKDF-Expand", () => {
  it("of noble and written out over HMAC give the same, for every length of PRK and of output", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 80 }),
        message,
        fc.nat(8160),
        (prk, info, length) => {
          expect(hex(portableCrypto.hkdfExpand(prk, info, length))).toBe(
            hex(expandByHmac(portableCrypto.hmac, prk, info, length)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
  it("K2: takes a PRK of 16 bytes, as node:crypto's HMAC would", () => {
    const [prk, info] = [utf8("sixteen bytes ok"), utf8("info")];
    const expected = nodeCrypto.createHmac("sha256", prk).update(info).update(Uint8Array.of(1)).digest("hex");
    for (const crypto of both) expect(hex(crypto.hkdfExpand(prk, info, 32))).toBe(expected);
  });
});

describe("the two backends", () => {
  it("agree on public keys, shared secrets, sealing, hashes and derived keys", () => {
    const given = (crypto: CryptoProvider, a: Uint8Array, b: Uint8Array, text: Uint8Array) => {
      const publicKey = crypto.publicKey(a)!;
      return {
        publicKey,
        shared: crypto.diffieHellman(b, publicKey),
        hash: crypto.hash(text),
        mac: crypto.hmac(a.subarray(0, 16), text),
        expanded: [16, 32].map((length) => crypto.hkdfExpand(a.subarray(0, length), text, 70)),
        sealed: crypto.seal(a.subarray(16), b.subarray(20), b, text),
        opened: crypto.open(
          a.subarray(16),
          b.subarray(20),
          b,
          portableCrypto.seal(a.subarray(16), b.subarray(20), b, text),
        ),
      };
    };
    fc.assert(
      fc.property(scalar, scalar, message, (a, b, text) => {
        const portable = given(portableCrypto, a, b, text);
        expect(given(platformCrypto, a, b, text)).toEqual(portable);
        expect(portable.opened).toEqual(text);
      }),
      { numRuns: 40 },
    );
  });

  it("accept each other's signatures, and refuse the same ones with a bit changed", () => {
    fc.assert(
      fc.property(scalar, message, fc.nat(511), (key, text, bit) => {
        const publicKey = portableCrypto.publicKey(key)!;
        for (const [signer, verifier] of [both, [...both].reverse()] as [CryptoProvider, CryptoProvider][]) {
          const signature = signer.sign(key, text);
          expect(verifier.verify(publicKey, text, signature)).toBe(true);
          signature[bit >> 3]! ^= 1 << (bit & 7);
          expect(verifier.verify(publicKey, text, signature)).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(named)(
    "%s refuses to hash what is no Uint8Array, and leaves the message as it was",
    (_, crypto) => {
      for (const value of ["abc", undefined, [1, 2, 3], new ArrayBuffer(3)])
        expect(() => crypto.hash(value as never)).toThrow(
          expect.objectContaining({ name: "MlsError", code: "invalid-argument" }),
        );
      const text = utf8("abc");
      expect(hex(crypto.hash(text))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      expect(text).toEqual(utf8("abc"));
    },
  );
});
