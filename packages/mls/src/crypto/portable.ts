// RFC 9420 §5.1 The portable backend: any runtime, deterministic ECDSA (RFC 6979). The AEAD is given to it.
import { hmac } from "./hmac.ts";
import { isPoint, multiply, multiplyBase, sign, verify } from "./p256.ts";
import type { Aead, Primitives } from "./provider.ts";
import { isScalar } from "./provider.ts";
import { sha256 } from "./sha256.ts";

/** Runs a primitive of a library, which throws where this house answers with `undefined`. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

export const portable = (aead: Aead): Primitives => ({
  backend: "portable",
  hash: sha256,
  hmac,
  ...aead,
  isPublicKey: isPoint,
  publicKey: (privateKey, once) => (isScalar(privateKey) ? multiplyBase(privateKey, once) : undefined),
  diffieHellman: (privateKey, publicKey, once) =>
    isScalar(privateKey) ? multiply(privateKey, publicKey, once) : undefined,
  sign,
  verify,
});
