// SHA-256: the examples of FIPS 180-4, and every length of some blocks against noble's and node:crypto.
import { createHash } from "node:crypto";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/crypto/sha256.ts";
import { hex } from "../../src/index.ts";

const text = (value: string) => new TextEncoder().encode(value);

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
