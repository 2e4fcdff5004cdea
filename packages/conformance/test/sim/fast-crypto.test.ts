// The stand-in for P-256 behaves as the real one does, as far as the group above it can tell.
import { createCryptoProvider, equalBytes } from "@puredave/mls";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFastCrypto } from "../../src/sim/fast-crypto.ts";
import { SeededRandom } from "../../src/sim/random.ts";

const random = new SeededRandom(4);
const crypto = createFastCrypto((length) => random.bytes(length));
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 100 });

test("it has every member of the real provider", () => {
  const members = (provider: object) => Object.keys(provider).sort();
  expect(members(crypto)).toEqual(members(createCryptoProvider()));
});

test("two parties agree on a secret, a third does not", () => {
  fc.assert(
    fc.property(key, key, key, (a, b, c) => {
      fc.pre(new Set([a, b, c].map(String)).size === 3);
      const [A, B] = [crypto.publicKey(a)!, crypto.publicKey(b)!];
      expect(crypto.isPublicKey(A)).toBe(true);
      expect(crypto.diffieHellman(a, B)).toEqual(crypto.diffieHellman(b, A));
    }),
  );
  const [a, b, c] = [1, 2, 3].map(() => random.bytes(32));
  const B = crypto.publicKey(b!)!;
  expect(equalBytes(crypto.diffieHellman(a!, B)!, crypto.diffieHellman(c!, B)!)).toBe(false);
});

test("a signature fits its key and message alone", () => {
  fc.assert(
    fc.property(key, message, (privateKey, content) => {
      const publicKey = crypto.publicKey(privateKey)!;
      const signature = crypto.sign(privateKey, content);
      expect(signature).toHaveLength(64);
      expect(crypto.verify(publicKey, content, signature)).toBe(true);
      expect(crypto.verify(publicKey, Uint8Array.of(...content, 1), signature)).toBe(false);
    }),
  );
});
