// The primitives beneath a client: those of MLS, refused in this package's words.

import {
  type CryptoOptions,
  type CryptoProvider,
  createCryptoProvider as createMlsProvider,
} from "@puredave/mls";
import {
  checkCallbacks,
  checkOptionNames,
  expectOneOf,
  expectThat,
  isFunction,
  translated,
} from "./errors.ts";

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
export function createCryptoProvider(options: CryptoOptions = {}): CryptoProvider {
  checkOptionNames(options, { backend: true, randomBytes: true });
  const { backend, randomBytes } = options;
  if (backend !== undefined) expectOneOf(BACKENDS, backend, "backend");
  checkCallbacks({ randomBytes });
  return providerOf(options);
}

/** The same for options that are known to fit. */
export const providerOf = (options: CryptoOptions = {}): CryptoProvider =>
  translated(() => createMlsProvider(options));

/** What the backend of primitives and of frames may be. */
export const BACKENDS = ["auto", "portable", "platform"] as const;

/** Refuses whatever is no provider of primitives. */
export function checkCrypto(crypto: CryptoProvider | undefined): asserts crypto is CryptoProvider {
  expectThat(isFunction(crypto?.hash) && isFunction(crypto?.sign), "crypto", "a CryptoProvider", crypto);
}
