// P4 Persistent identity: one signature key pair for a user, wherever the caller keeps it.

import { type CryptoProvider, generateSignatureKeyPair, MlsError, signatureKeyPairFrom } from "@puredave/mls";
import { keep } from "./client/known-keys.ts";
import { checkCrypto } from "./crypto.ts";
import { checkBytes, DaveError, expectThat, isFunction, translated } from "./errors.ts";

/** Keeps a 32-byte private key between processes. It is a secret: store it like one. Both methods are synchronous. */
export interface IdentityStore {
  /** The key saved last; `undefined` or `null`: none yet. */
  load(): Uint8Array | undefined | null;
  /** Keeps a new key of 32 bytes. */
  save(privateKey: Uint8Array): void;
}

/**
 * The stored signature key, or a new one that is stored first. Pass it as `signaturePrivateKey`.
 *
 * @throws {@link DaveError} `invalid-argument` when the store holds anything but a P-256 scalar of 32 bytes;
 * `store-failed` when it throws, or returns a promise
 * @example
 * ```ts
 * const signaturePrivateKey = loadIdentity(createCryptoProvider(), store);
 * const client = new DaveClient({ userId, channelId, send, signaturePrivateKey });
 * ```
 */
export function loadIdentity(crypto: CryptoProvider, store: IdentityStore): Uint8Array {
  checkCrypto(crypto);
  const fits = isFunction(store?.load) && isFunction(store?.save);
  expectThat(fits, "store", "an object with load and save", store);
  const stored = load(store);
  if (stored === undefined || stored === null) return newIdentity(crypto, store);
  checkBytes(stored, "stored identity", 32);
  try {
    return signatureKeyPairFrom(crypto, stored).privateKey;
  } catch (cause) {
    if (!(cause instanceof MlsError)) throw cause;
    throw new DaveError("invalid-argument", "stored identity: expected a P-256 scalar, got other bytes", {
      cause,
    });
  }
}

function newIdentity(crypto: CryptoProvider, store: IdentityStore): Uint8Array {
  const { privateKey } = translated(() => generateSignatureKeyPair(crypto));
  keep(() => store.save(privateKey.slice()), "save");
  return privateKey;
}

function load(store: IdentityStore): unknown {
  try {
    return store.load();
  } catch (cause) {
    throw new DaveError("store-failed", "load: threw", { cause });
  }
}
