// The primitives beneath a client: those of MLS, with the AES-GCM that frames have brought along already.

import { openGcm, sealGcm } from "@puredave/frame-crypto";
import { type CryptoOptions, type CryptoProvider, cryptoProviderWith } from "@puredave/mls";

const AEAD = { seal: sealGcm, open: openGcm };

/**
 * The cryptographic primitives of cipher suite 2: node:crypto where there is one, else portable code.
 *
 * @throws MlsError `invalid-argument`; `unsupported` if `backend: "platform"` is asked for and missing, or there is no randomness
 * @example
 * ```ts
 * createCryptoProvider().randomBytes(16); // 16 bytes
 * ```
 */
export const createCryptoProvider = (options?: CryptoOptions): CryptoProvider =>
  cryptoProviderWith(AEAD, options);
