// A crypto provider for simulations: real hashes and AES, but a key agreement and a signature that anybody can forge.

import { type CryptoProvider, concat, createCryptoProvider } from "@puredave/mls";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Whether the first of two byte strings of one length comes first. */
function isFirst(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 || a[at]! < b[at]!;
}

/**
 * A provider without elliptic curves, about 50 times as fast. It has the sizes and the algebra of P-256: both sides of
 * a key agreement get the same secret, and a signature fits one key and one message. It protects nothing.
 */
export function cheapCrypto(randomBytes: (length: number) => Uint8Array): CryptoProvider {
  const base = createCryptoProvider({ randomBytes });
  const { hash, hmac } = base;
  const publicKeys = new Map<string, Uint8Array>();
  const publicKey = (privateKey: Uint8Array): Uint8Array => {
    const name = String(privateKey);
    const known = publicKeys.get(name);
    if (known !== undefined) return known.slice();
    const x = hash(concat(ascii("public"), privateKey));
    const made = concat(Uint8Array.of(4), x, hash(x));
    publicKeys.set(name, made);
    return made.slice();
  };
  const isPublicKey = (key: Uint8Array): boolean => key.length === 65 && key[0] === 4;
  // Both halves stay below the group's order and above 0, as r and s of ECDSA do.
  const signature = (key: Uint8Array, message: Uint8Array): Uint8Array => {
    const [r, s] = [hmac(key, message), hmac(concat(key, Uint8Array.of(1)), message)];
    for (const half of [r, s]) half[0] = (half[0]! & 0x3f) | 0x40;
    return concat(r, s);
  };
  return {
    ...base,
    isPublicKey,
    publicKey,
    diffieHellman(privateKey, other) {
      if (!isPublicKey(other)) return undefined;
      const own = publicKey(privateKey);
      return hash(isFirst(own, other) ? concat(own, other) : concat(other, own));
    },
    sign: (privateKey, message) => signature(publicKey(privateKey), message),
    verify: (key, message, given) => String(given) === String(signature(key, message)),
  };
}
