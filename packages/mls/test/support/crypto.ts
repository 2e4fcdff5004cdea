// Both backends, for suites that run on each.
import { type CryptoProvider, createCryptoProvider } from "../../src/index.ts";

export const portableCrypto: CryptoProvider = createCryptoProvider({ backend: "portable" });
export const platformCrypto: CryptoProvider = createCryptoProvider({ backend: "platform" });

/** Set when the suites run once for each mutant: what a second backend or a larger group adds is left out. */
export const quick = process.env.PUREDAVE_TEST_QUICK !== undefined;

export const backends: readonly CryptoProvider[] = quick
  ? [platformCrypto]
  : [portableCrypto, platformCrypto];
