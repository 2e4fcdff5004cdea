// RFC 5869 HKDF over HMAC-SHA-256. Written out because PRKs shorter than the hash are needed (libraries refuse them).
import { concat, EMPTY } from "../bytes.ts";
import { type CryptoProvider, NH } from "./provider.ts";
import { wipe } from "./secret.ts";

/** §2.2 `HKDF-Extract(salt, ikm)`, 32 bytes. */
export const extract = (crypto: CryptoProvider, salt: Uint8Array, ikm: Uint8Array): Uint8Array =>
  crypto.hmac(salt, ikm);

/** §2.3 `HKDF-Expand(prk, info, length)`, at most 255 × 32 bytes. */
export function expand(
  crypto: CryptoProvider,
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const out = new Uint8Array(length);
  let block: Uint8Array = EMPTY;
  for (let at = 0, counter = 1; at < length; at += NH, counter++) {
    const input = concat(block, info, Uint8Array.of(counter));
    wipe(block);
    block = crypto.hmac(prk, input);
    wipe(input);
    out.set(block.subarray(0, length - at), at);
  }
  wipe(block);
  return out;
}
