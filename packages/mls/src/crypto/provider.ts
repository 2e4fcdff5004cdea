// RFC 9420 §17.1 Cipher suite 2, MLS_128_DHKEMP256_AES128GCM_SHA256_P256: the primitives it is made of.

import { misuse } from "../errors.ts";

/** Number of the cipher suite this package implements. */
export const CIPHER_SUITE = 2;
/** `KDF.Nh`, `AEAD.Nk`, `AEAD.Nn`, `Npk` in bytes. */
export const NH = 32;
export const NK = 16;
export const NN = 12;
export const NPK = 65;

/**
 * Primitives of the suite. All synchronous. Both backends give the same bytes wherever the primitive is
 * deterministic, and refuse the same inputs.
 */
export interface CryptoProvider {
  /** `portable`: `@noble/*`; `platform`: `node:crypto`. */
  readonly backend: "portable" | "platform";
  /** `length` bytes from the cryptographic source. */
  randomBytes(length: number): Uint8Array;
  /** SHA-256, 32 bytes. */
  hash(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256, 32 bytes; keys of any length. */
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-Expand over SHA-256 (RFC 5869 §2.3), `length` bytes, at most 8160; PRKs of any length. */
  hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** AES-128-GCM: ciphertext followed by the 16-byte tag. */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or `undefined` if the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Whether 65 bytes are an uncompressed point of the curve (RFC 9180 §7.1.4). */
  isPublicKey(publicKey: Uint8Array): boolean;
  /** Public key (65 bytes, uncompressed) of a 32-byte scalar; `undefined` if the scalar is not in 1…n-1. */
  publicKey(privateKey: Uint8Array): Uint8Array | undefined;
  /** X coordinate of the shared point, 32 bytes; `undefined` if a key is invalid. */
  diffieHellman(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** ECDSA P-256 over SHA-256: r and s, 64 bytes. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** Checks r and s (64 bytes). An invalid key verifies nothing. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Checks the first argument of whatever computes. */
export function acrypto(value: unknown): asserts value is CryptoProvider {
  misuse(
    typeof (value as CryptoProvider | null)?.hash === "function",
    "crypto",
    "a CryptoProvider",
    value ?? null,
  );
}

/** The primitives without the source of randomness. */
export type Primitives = Omit<CryptoProvider, "randomBytes">;

const ORDER = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/** 0 < scalar < n, for 32 bytes big endian; without a branch on the bytes themselves. */
export function isScalar(scalar: Uint8Array): boolean {
  if (scalar.length !== 32) return false;
  let any = 0;
  let borrow = 0;
  for (let i = 31; i >= 0; i--) {
    any |= scalar[i]!;
    borrow = (scalar[i]! - Number.parseInt(ORDER.slice(2 * i, 2 * i + 2), 16) - borrow) >>> 31;
  }
  return any !== 0 && borrow === 1;
}

/** 65 bytes that start as an uncompressed point does; hybrid and compressed forms are refused. */
export const isUncompressed = (publicKey: Uint8Array): boolean =>
  publicKey.length === NPK && publicKey[0] === 4;

/** 64 bytes: r and s, whatever their values. */
export const isSignature = (signature: Uint8Array): boolean => signature.length === 64;
