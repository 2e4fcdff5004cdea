// RFC 9420 §5.1 The portable backend: every primitive is one of @noble/curves, @noble/hashes and @noble/ciphers.
// Only the checks that the RFC asks for beyond noble's stand here: uncompressed points, 64-byte signatures, any s.
import { gcm } from "@noble/ciphers/aes.js";
import { p256 } from "@noble/curves/nist.js";
import { expand } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { abytes } from "../bytes.ts";
import { expandByHmac } from "./hkdf.ts";
import { isScalar, isSignature, isUncompressed, NH, type Primitives } from "./provider.ts";
import { wipe } from "./secret.ts";

/** Returns what `run` returns, or `undefined` when it throws: libraries throw where this package answers. */
export function resultOrUndefined<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

const hmacSha256 = (key: Uint8Array, data: Uint8Array): Uint8Array => hmac(sha256, key, data);

/** FIPS 186-5 does not ask for the lower of the two possible s, and signatures of other MLS libraries have either. */
const ANY_S = { lowS: false };

/** SEC 1 §3.3.1: the x coordinate of the shared point, without the byte that stands for y. */
function sharedX(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const point = p256.getSharedSecret(privateKey, publicKey, true);
  const x = point.slice(1);
  wipe(point);
  return x;
}

export const portable: Primitives = {
  backend: "portable",
  hash(data) {
    abytes(data, "data");
    return sha256(data);
  },
  hmac: hmacSha256,
  // noble's HKDF refuses a PRK shorter than the hash. DAVE has one of 16 bytes.
  hkdfExpand: (prk, info, length) =>
    prk.length < NH ? expandByHmac(hmacSha256, prk, info, length) : expand(sha256, prk, info, length),
  seal: (key, nonce, aad, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  open: (key, nonce, aad, sealed) => resultOrUndefined(() => gcm(key, nonce, aad).decrypt(sealed)),
  isPublicKey: (publicKey) => isUncompressed(publicKey) && p256.utils.isValidPublicKey(publicKey, false),
  publicKey: (privateKey) => (isScalar(privateKey) ? p256.getPublicKey(privateKey, false) : undefined),
  diffieHellman: (privateKey, publicKey) =>
    isScalar(privateKey) && isUncompressed(publicKey)
      ? resultOrUndefined(() => sharedX(privateKey, publicKey))
      : undefined,
  // RFC 6979 gives the nonce: the same key and message give the same signature.
  sign: (privateKey, message) => p256.sign(message, privateKey, ANY_S),
  verify: (publicKey, message, signature) =>
    isUncompressed(publicKey) && isSignature(signature) && p256.verify(signature, message, publicKey, ANY_S),
};
