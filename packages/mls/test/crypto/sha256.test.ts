// SHA-256: the examples of FIPS 180-4, and every length of some blocks against noble's and node:crypto.
import { createHash } from "node:crypto";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INITIAL, K, sha256 } from "../../src/crypto/sha256.ts";
import { hex } from "../../src/index.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** The largest x with x^power ≤ value. */
function root(value: bigint, power: bigint): bigint {
  let x = 0n;
  for (let bit = 1n << 64n; bit > 0n; bit >>= 1n) if ((x + bit) ** power <= value) x += bit;
  return x;
}

describe("the constants of FIPS 180-4", () => {
  const primes = Array.from({ length: 310 }, (_, i) => i + 2).filter(
    (n) => !Array.from({ length: n - 2 }, (_, i) => i + 2).some((divisor) => n % divisor === 0),
  );
  const fractions = (power: bigint, count: number) =>
    primes
      .slice(0, count)
      .map((prime) => Number(BigInt.asIntN(32, root(BigInt(prime) << (32n * power), power))));

  it("§4.2.2: of the cube roots of the first 64 primes, the first 32 bits behind the point", () => {
    expect([...K]).toEqual(fractions(3n, 64));
  });
  it("§5.3.3: of the square roots of the first eight", () => {
    expect([...INITIAL]).toEqual(fractions(2n, 8));
  });
});

describe("examples of NIST", () => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
  ])("%#", (message, digest) => {
    expect(hex(sha256(text(message)))).toBe(digest);
  });
});

describe("against noble's and the platform's", () => {
  it("gives the same for every length up to five blocks", () => {
    for (let length = 0; length <= 320; length++) {
      const message = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 255);
      const digest = hex(sha256(message));
      expect(digest).toBe(hex(noble(message)));
      expect(digest).toBe(createHash("sha256").update(message).digest("hex"));
    }
  });

  it("gives the same for any bytes, wherever they lie in their buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(9), (bytes, start) => {
        const message = bytes.subarray(start);
        expect(hex(sha256(message))).toBe(hex(noble(message)));
      }),
      { numRuns: 300 },
    );
  });
});

it("leaves the message as it was", () => {
  const message = text("abc");
  sha256(message);
  expect(message).toEqual(text("abc"));
});

it("refuses what is no Uint8Array", () => {
  for (const value of ["abc", undefined, [1, 2, 3], new ArrayBuffer(3)])
    expect(() => sha256(value as never)).toThrow(
      expect.objectContaining({ name: "MlsError", code: "invalid-argument" }),
    );
});
