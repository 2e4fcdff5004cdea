// Both backends, for suites that run on each.
import { type CryptoProvider, createCryptoProvider } from "../../src/index.ts";

export const backends: readonly CryptoProvider[] = [
  createCryptoProvider({ backend: "portable" }),
  createCryptoProvider({ backend: "platform" }),
];
export const platformCrypto = backends[1]!;
