// The primitives of a client are those of MLS: only its portable AES-GCM comes from the package of frames.
import * as mls from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { createCryptoProvider } from "../src/index.ts";

const key = Uint8Array.from({ length: 16 }, (_, i) => i);
const nonce = Uint8Array.from({ length: 12 }, (_, i) => 200 + i);

describe.each(["portable", "platform"] as const)("createCryptoProvider, %s", (backend) => {
  const [ours, theirs] = [createCryptoProvider({ backend }), mls.createCryptoProvider({ backend })];

  it("seals as the provider of @puredave/mls does, and opens what that sealed", () => {
    for (const length of [0, 1, 15, 16, 17, 300]) {
      const [aad, text] = [new Uint8Array(length).fill(7), new Uint8Array(length).fill(9)];
      const sealed = theirs.seal(key, nonce, aad, text);
      expect(ours.seal(key, nonce, aad, text)).toEqual(sealed);
      expect(ours.open(key, nonce, aad, sealed)).toEqual(text);
      expect(ours.open(key, nonce, text, sealed)).toEqual(length === 0 ? text : undefined);
    }
  });

  it("is in everything else the same", () => {
    expect(ours.backend).toBe(backend);
    expect(ours.hash(key)).toEqual(theirs.hash(key));
    const privateKey = ours.hash(nonce);
    const publicKey = ours.publicKey(privateKey)!;
    expect(theirs.verify(publicKey, key, ours.sign(privateKey, key))).toBe(true);
  });
});
