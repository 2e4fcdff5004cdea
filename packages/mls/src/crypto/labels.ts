// RFC 9420 §5.1–5.2, §8, §9: hashes, signatures, encryption and derivation under labels.
import { abytes, ascii, auint, concat, EMPTY } from "../bytes.ts";
import { opaque, u16, u32 } from "../codec/codec.ts";
import { misuse } from "../errors.ts";
import { signatureFromDer, signatureToDer } from "./der.ts";
import { expand } from "./hkdf.ts";
import { type HpkeCiphertext, type KeyPair, open, seal } from "./hpke.ts";
import { acrypto, type CryptoProvider, isScalar, NH } from "./provider.ts";

const PREFIX = "MLS 1.0 ";

const labelled = (label: string, content: Uint8Array): Uint8Array =>
  concat(opaque.encode(ascii(PREFIX + label)), opaque.encode(content));

/** §5.2 `RefHash(label, value)`, 32 bytes; the label as is. */
export function refHash(crypto: CryptoProvider, label: string, value: Uint8Array): Uint8Array {
  acrypto(crypto);
  return crypto.hash(concat(opaque.encode(ascii(label)), opaque.encode(value)));
}

/** §5.1.2 `SignWithLabel`; DER, at most 72 bytes. */
export function signWithLabel(
  crypto: CryptoProvider,
  privateKey: Uint8Array,
  label: string,
  content: Uint8Array,
): Uint8Array {
  acrypto(crypto);
  abytes(privateKey, "privateKey");
  misuse(isScalar(privateKey), "privateKey", "a P-256 private key");
  return signatureToDer(crypto.sign(privateKey, labelled(label, content)));
}

/** §5.1.2 `VerifyWithLabel`. */
export function verifyWithLabel(
  crypto: CryptoProvider,
  publicKey: Uint8Array,
  label: string,
  content: Uint8Array,
  signature: Uint8Array,
): boolean {
  acrypto(crypto);
  abytes(publicKey, "publicKey");
  abytes(signature, "signature");
  const compact = signatureFromDer(signature);
  return compact !== undefined && crypto.verify(publicKey, labelled(label, content), compact);
}

/** §5.1.3 `EncryptWithLabel`. */
export function encryptWithLabel(
  crypto: CryptoProvider,
  publicKey: Uint8Array,
  label: string,
  context: Uint8Array,
  plaintext: Uint8Array,
): HpkeCiphertext {
  abytes(publicKey, "publicKey");
  abytes(plaintext, "plaintext");
  return seal(crypto, publicKey, labelled(label, context), plaintext);
}

/** §5.1.3 `DecryptWithLabel`. @throws MlsError `decryption-failed` */
export function decryptWithLabel(
  crypto: CryptoProvider,
  keyPair: KeyPair,
  label: string,
  context: Uint8Array,
  ciphertext: HpkeCiphertext,
): Uint8Array {
  acrypto(crypto);
  for (const name of ["privateKey", "publicKey"] as const) abytes(keyPair?.[name], `keyPair.${name}`);
  for (const name of ["kemOutput", "ciphertext"] as const) abytes(ciphertext?.[name], `ciphertext.${name}`);
  return open(crypto, keyPair, labelled(label, context), ciphertext);
}

/** §8 `ExpandWithLabel(secret, label, context, length)`; secrets of any length. */
export function expandWithLabel(
  crypto: CryptoProvider,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  acrypto(crypto);
  abytes(secret, "secret");
  misuse(secret.length > 0, "secret", "at least one byte");
  auint(length, "length", 255 * NH);
  return expand(crypto, secret, concat(u16.encode(length), labelled(label, context)), length);
}

/** §8 `DeriveSecret(secret, label)`, 32 bytes. */
export const deriveSecret = (crypto: CryptoProvider, secret: Uint8Array, label: string): Uint8Array =>
  expandWithLabel(crypto, secret, label, EMPTY, NH);

/** §9 `DeriveTreeSecret(secret, label, generation, length)`; secrets of any length, 16 bytes too. */
export const deriveTreeSecret = (
  crypto: CryptoProvider,
  secret: Uint8Array,
  label: string,
  generation: number,
  length: number,
): Uint8Array => expandWithLabel(crypto, secret, label, u32.encode(generation), length);
