// A stand-in for P-256, for speed alone: the same interface, the same group code above it, no security whatsoever.
// Key agreement is Diffie-Hellman over two small primes, a signature is a hash that anybody can make.
import { type CryptoProvider, createCryptoProvider } from "@puredave/mls";

/** Primes below 2^26, so that a product stays below 2^53, and a generator for each. */
const FIELDS = [
  { prime: 67_108_859, generator: 2 },
  { prime: 67_108_837, generator: 2 },
] as const;

function power(base: number, exponent: number, prime: number): number {
  let result = 1;
  let square = base % prime;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

function putWord(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> (24 - 8 * i);
}

/** The secret exponents of a 32-byte private key, one for each field. */
const exponents = (privateKey: Uint8Array): number[] => FIELDS.map((_, i) => word(privateKey, 28 - 4 * i));

const isPublicKey = (key: Uint8Array): boolean => key.length === 65 && key[0] === 4;

function publicKey(privateKey: Uint8Array): Uint8Array | undefined {
  if (privateKey.length !== 32) return undefined;
  const out = new Uint8Array(65);
  out[0] = 4;
  for (const [i, exponent] of exponents(privateKey).entries()) {
    const { prime, generator } = FIELDS[i]!;
    putWord(out, 1 + 4 * i, power(generator, exponent, prime));
  }
  return out;
}

function diffieHellman(privateKey: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  if (privateKey.length !== 32 || !isPublicKey(peer)) return undefined;
  const out = new Uint8Array(32);
  for (const [i, exponent] of exponents(privateKey).entries()) {
    putWord(out, 4 * i, power(word(peer, 1 + 4 * i), exponent, FIELDS[i]!.prime));
  }
  return out;
}

/** Hashes and AES-GCM of this runtime; probing for them takes a while, so once is enough. */
let primitives: CryptoProvider | undefined;

/** A provider for simulations: hashes and AES-GCM are real, keys and signatures are not. */
export function createFastCrypto(randomBytes: (length: number) => Uint8Array): CryptoProvider {
  primitives ??= createCryptoProvider();
  const real = primitives;
  const tag = (key: Uint8Array, message: Uint8Array): Uint8Array => {
    const half = real.hmac(key, message);
    const out = new Uint8Array(64);
    out.set(half, 0);
    out.set(half, 32);
    // r and s must be positive and below the group's order
    out[0] = out[32] = 1;
    return out;
  };
  return {
    ...real,
    randomBytes,
    publicKey,
    isPublicKey,
    diffieHellman,
    sign: (privateKey, message) => tag(publicKey(privateKey)!, message),
    verify: (key, message, signature) =>
      isPublicKey(key) && tag(key, message).every((byte, i) => byte === signature[i]),
  };
}
