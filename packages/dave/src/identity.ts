// P4 Persistent identity: one signature key pair for a user, wherever the caller keeps it.

import { type CryptoProvider, generateSignatureKeyPair, MlsError, signatureKeyPairFrom } from "@puredave/mls";
import { checkBytes, DaveError } from "./errors.ts";

/** Keeps a 32-byte private key between processes. It is a secret: store it like one. */
export interface IdentityStore {
  /** The key saved last; `undefined`: none yet. */
  load(): Uint8Array | undefined;
  /** Keeps a new key of 32 bytes. */
  save(privateKey: Uint8Array): void;
}

/**
 * The stored signature key, or a new one that is stored first. Pass it as `signaturePrivateKey`.
 *
 * @throws {@link DaveError} `invalid-argument` when the store holds anything but a P-256 scalar of 32 bytes
 * @example
 * ```ts
 * const signaturePrivateKey = loadIdentity(createCryptoProvider(), store);
 * const client = new DaveClient({ userId, channelId, send, signaturePrivateKey });
 * ```
 */
export function loadIdentity(crypto: CryptoProvider, store: IdentityStore): Uint8Array {
  const stored = store.load();
  if (stored === undefined) {
    const { privateKey } = generateSignatureKeyPair(crypto);
    store.save(privateKey.slice());
    return privateKey;
  }
  checkBytes(stored, "stored identity", 32);
  try {
    return signatureKeyPairFrom(crypto, stored).privateKey;
  } catch (error) {
    if (error instanceof MlsError)
      throw new DaveError("invalid-argument", "stored identity: no P-256 scalar");
    throw error;
  }
}
