// A provider that counts what it is asked to do.
import type { CryptoProvider } from "../../src/index.ts";

/** P-256 operations: verify, sign, scalar times base, scalar times point. */
export interface Counts {
  verify: number;
  sign: number;
  publicKey: number;
  diffieHellman: number;
}
export const OPERATIONS = ["verify", "sign", "publicKey", "diffieHellman"] as const;

/** Symmetric operations: hashes, MACs, and sealing and opening. */
export interface Symmetric {
  hash: number;
  hmac: number;
  aead: number;
}

/** Bytes of the messages that are signed or verified: hashing them is part of those operations. */
export interface Signed {
  bytes: number;
}

export interface Counted {
  readonly crypto: CryptoProvider;
  /** Counts of what `body` does. */
  during(body: () => unknown): Counts;
  /** What `during` saw signed or verified. */
  readonly signed: Readonly<Signed>;
  /** The same for symmetric operations. */
  symmetric(body: () => unknown): Symmetric;
}

export function counted(crypto: CryptoProvider): Counted {
  let counts: Counts = { verify: 0, sign: 0, publicKey: 0, diffieHellman: 0 };
  const count = (name: keyof Counts) => {
    counts[name]++;
    return crypto;
  };
  const signed: Signed = { bytes: 0 };
  const signing = (name: "verify" | "sign", message: Uint8Array) => {
    signed.bytes += message.length;
    return count(name);
  };
  let symmetric: Symmetric = { hash: 0, hmac: 0, aead: 0 };
  const also = (name: keyof Symmetric) => {
    symmetric[name]++;
    return crypto;
  };
  const wrapper: CryptoProvider = {
    ...crypto,
    hash: (...args) => also("hash").hash(...args),
    hmac: (...args) => also("hmac").hmac(...args),
    hkdfExpand: (...args) => also("hmac").hkdfExpand(...args),
    seal: (...args) => also("aead").seal(...args),
    open: (...args) => also("aead").open(...args),
    verify: (...args) => signing("verify", args[1]).verify(...args),
    sign: (...args) => signing("sign", args[1]).sign(...args),
    publicKey: (...args) => count("publicKey").publicKey(...args),
    diffieHellman: (...args) => count("diffieHellman").diffieHellman(...args),
  };
  return {
    crypto: wrapper,
    signed,
    during(body) {
      counts = { verify: 0, sign: 0, publicKey: 0, diffieHellman: 0 };
      signed.bytes = 0;
      body();
      return { ...counts };
    },
    symmetric(body) {
      symmetric = { hash: 0, hmac: 0, aead: 0 };
      body();
      return { ...symmetric };
    },
  };
}
