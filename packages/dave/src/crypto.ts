// The primitives beneath a client: those of MLS, refused in this package's words.

import {
  type CryptoOptions,
  type CryptoProvider,
  createCryptoProvider as createMlsProvider,
} from "@puredave/mls";
import { translated } from "./errors.ts";

/**
 * The cryptographic primitives of cipher suite 2: node:crypto where there is one, else portable code.
 *
 * @throws {@link DaveError} `invalid-argument`; `unsupported-runtime` if `backend: "platform"` is asked for and
 * missing, or there is no randomness
 * @example
 * ```ts
 * createCryptoProvider().randomBytes(16); // 16 bytes
 * ```
 */
export const createCryptoProvider = (options?: CryptoOptions): CryptoProvider =>
  translated(() => createMlsProvider(options));
