// What is decoded or kept is a copy, a Buffer's bytes too: `Buffer.slice` shares memory with its owner.
import { describe, expect, it } from "vitest";
import { createCryptoProvider, opaque, Reader, signatureKeyPairFrom } from "../../src/index.ts";

describe("bytes of a caller's Buffer", () => {
  it("are not shared by what was decoded from them", () => {
    const lent = Buffer.from([3, 1, 2, 3]);
    const decoded = opaque.read(new Reader(lent));
    lent.fill(0xa5);
    expect(decoded).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("are not shared by a key pair made from them", () => {
    const lent = Buffer.alloc(32, 7);
    const { privateKey } = signatureKeyPairFrom(createCryptoProvider(), lent);
    lent.fill(0xa5);
    expect(privateKey).toEqual(new Uint8Array(32).fill(7));
  });
});
