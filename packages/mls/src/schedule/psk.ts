// RFC 9420 §8.4 Pre-shared keys: psk_secret.
import { struct, u16 } from "../codec/codec.ts";
import { extract } from "../crypto/hkdf.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import { type CryptoProvider, NH } from "../crypto/provider.ts";
import { wipe } from "../crypto/secret.ts";
import { type PreSharedKeyId, preSharedKeyIdCodec } from "../messages/proposal.ts";
import { zeroSecret } from "./key-schedule.ts";

export interface PreSharedKey {
  readonly id: PreSharedKeyId;
  readonly psk: Uint8Array;
}

const pskLabelCodec = /* @__PURE__ */ struct<{ id: PreSharedKeyId; index: number; count: number }>({
  id: preSharedKeyIdCodec,
  index: u16,
  count: u16,
});

/** Chains PSKs in the order given; all zero for none. */
export function pskSecret(crypto: CryptoProvider, psks: readonly PreSharedKey[]): Uint8Array {
  let secret = zeroSecret();
  psks.forEach(({ id, psk }, index) => {
    const extracted = extract(crypto, zeroSecret(), psk);
    const label = pskLabelCodec.encode({ id, index, count: psks.length });
    const input = expandWithLabel(crypto, extracted, "derived psk", label, NH);
    const before = secret;
    secret = extract(crypto, input, before);
    wipe(extracted, input, before);
  });
  return secret;
}
