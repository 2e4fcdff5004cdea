// RFC 5869 HKDF over SHA-256.
import { concat, EMPTY } from "../bytes.ts";
import { type CryptoProvider, NH } from "./provider.ts";
import { wipe } from "./secret.ts";

/** §2.2 `HKDF-Extract(salt, ikm)`, 32 bytes. */
export const extract = (crypto: CryptoProvider, salt: Uint8Array, ikm: Uint8Array): Uint8Array =>
  crypto.hmac(salt, ikm);

/** §2.3 `HKDF-Expand(prk, info, length)`, at most 255 × 32 bytes; PRKs of any length. */
export const expand = (
  crypto: CryptoProvider,
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array => crypto.hkdfExpand(prk, info, length);

/**
 * §2.3 written out over HMAC, for what libraries refuse: node:crypto has no Expand without Extract, and noble takes no
 * PRK that is shorter than the hash.
 */
export function expandByHmac(
  hmac: CryptoProvider["hmac"],
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const out = new Uint8Array(length);
  let block: Uint8Array = EMPTY;
  for (let at = 0, counter = 1; at < length; at += NH, counter++) {
    const input = concat(block, info, Uint8Array.of(counter));
    wipe(block);
    block = hmac(prk, input);
    wipe(input);
    out.set(block.subarray(0, length - at), at);
  }
  wipe(block);
  return out;
}
