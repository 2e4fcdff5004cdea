// The portable backend: @noble, any runtime, deterministic ECDSA (RFC 6979).
import { gcm } from "@noble/ciphers/aes.js";
import { p256 } from "@noble/curves/nist.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Primitives } from "./provider.ts";
import { isScalar, isUncompressed } from "./provider.ts";

/** Runs a primitive of noble, which throws where this house answers with `undefined`. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** ECDSA with the nonce of RFC 6979: the same key and message give the same 64 bytes everywhere. */
export const signDeterministic = (privateKey: Uint8Array, message: Uint8Array): Uint8Array =>
  p256.sign(message, privateKey, { lowS: false });

export const portable: Primitives = {
  backend: "portable",
  hash: (data) => sha256(data),
  hmac: (key, data) => hmac(sha256, key, data),
  seal: (key, nonce, aad, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  open: (key, nonce, aad, sealed) => attempt(() => gcm(key, nonce, aad).decrypt(sealed)),
  publicKey: (privateKey) => (isScalar(privateKey) ? p256.getPublicKey(privateKey, false) : undefined),
  diffieHellman: (privateKey, publicKey) =>
    isScalar(privateKey) && isUncompressed(publicKey)
      ? attempt(() => p256.getSharedSecret(privateKey, publicKey, true).slice(1))
      : undefined,
  sign: signDeterministic,
  verify: (publicKey, message, signature) =>
    isUncompressed(publicKey) &&
    attempt(() => p256.verify(signature, message, publicKey, { lowS: false })) === true,
};
