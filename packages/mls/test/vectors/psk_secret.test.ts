// psk_secret: external PSKs chained in order.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("psk_secret", (v: Json, crypto) => {
  const psks = v.psks.map((p: Json) => ({
    id: { pskType: "external", pskId: bytes(p.psk_id), pskNonce: bytes(p.psk_nonce) },
    psk: bytes(p.psk),
  }));
  expect(mls.hex(mls.pskSecret(crypto, psks))).toBe(v.psk_secret);
});
