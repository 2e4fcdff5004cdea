// SP 800-38D with 16 bytes of tag and any nonce: the cipher of frames, used for MLS messages, against noble's.
import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameCryptoError, openGcm, sealGcm } from "../../src/index.ts";
import { bytes, hex, seeded } from "../helpers/bytes.ts";

const random = seeded(16);

describe("sealGcm and openGcm against @noble/ciphers", () => {
  it("texts of every length from 0 to 600, each under a nonce of its own", () => {
    const [key, aad] = [random.bytes(16), random.bytes(13)];
    for (let length = 0; length <= 600; length++) {
      const [nonce, text] = [random.bytes(12), random.bytes(length)];
      const sealed = sealGcm(key, nonce, aad, text);
      expect(hex(sealed)).toBe(hex(gcm(key, nonce, aad).encrypt(text)));
      expect(hex(openGcm(key, nonce, aad, sealed)!)).toBe(hex(text));
    }
  });

  it("any key, nonce, additional data and text", () => {
    const some = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const any = fc.uint8Array({ maxLength: 70 });
    fc.assert(
      fc.property(some(16), some(12), any, any, (key, nonce, aad, text) => {
        expect(hex(sealGcm(key, nonce, aad, text))).toBe(hex(gcm(key, nonce, aad).encrypt(text)));
      }),
      { numRuns: 300 },
    );
  });

  it("more than 256 blocks, and a nonce that is all ones", () => {
    const [key, nonce, text] = [random.bytes(16), new Uint8Array(12).fill(255), random.bytes(20_001)];
    const sealed = sealGcm(key, nonce, text, text);
    expect(hex(sealed) === hex(gcm(key, nonce, text).encrypt(text))).toBe(true);
    expect(hex(openGcm(key, nonce, text, sealed)!) === hex(text)).toBe(true);
  });
});

describe("what does not open", () => {
  const [key, nonce, aad] = [random.bytes(16), random.bytes(12), random.bytes(5)];
  const sealed = sealGcm(key, nonce, aad, random.bytes(9));

  it("a change of any single bit of ciphertext or tag", () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >>> 3]! ^= 1 << (bit & 7);
      expect(openGcm(key, nonce, aad, changed)).toBeUndefined();
    }
  });

  it("a change of any byte of key, nonce or additional data", () => {
    const changed = (part: Uint8Array, at: number) => part.map((byte, i) => (i === at ? byte ^ 1 : byte));
    for (let i = 0; i < 16; i++) expect(openGcm(changed(key, i), nonce, aad, sealed)).toBeUndefined();
    for (let i = 0; i < 12; i++) expect(openGcm(key, changed(nonce, i), aad, sealed)).toBeUndefined();
    for (let i = 0; i < 5; i++) expect(openGcm(key, nonce, changed(aad, i), sealed)).toBeUndefined();
  });

  it("anything shorter than a tag", () => {
    for (let length = 0; length < 16; length++)
      expect(openGcm(key, nonce, aad, sealed.subarray(0, length))).toBeUndefined();
  });

  it("keys and nonces of other lengths are misuse", () => {
    const none = bytes();
    for (const length of [0, 15, 17, 32])
      expect(() => sealGcm(new Uint8Array(length), nonce, none, none)).toThrow(FrameCryptoError);
    for (const length of [0, 8, 11, 13])
      expect(() => openGcm(key, new Uint8Array(length), none, sealed)).toThrow(FrameCryptoError);
  });
});
