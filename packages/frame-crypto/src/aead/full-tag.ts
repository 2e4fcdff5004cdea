// SP 800-38D AES-128-GCM as everybody else uses it (tag of 16 bytes, any nonce of 12), portable: so that who has frames
// already needs no second AES for the messages of the group.
import { checkBytes } from "../arguments.ts";
import { KEY_LENGTH } from "../constants.ts";
import { AesGcm } from "./aes-gcm.ts";
import { expandKey } from "./aes-ghash.ts";

const NONCE_LENGTH = 12;
const HEAD = 8;
const FULL_TAG = 16;

/** A message begun: additional data hashed, text to follow. */
function started(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): AesGcm {
  checkBytes(key, "key", KEY_LENGTH);
  checkBytes(nonce, "nonce", NONCE_LENGTH);
  checkBytes(aad, "aad");
  const keys = expandKey(key);
  const gcm = new AesGcm(keys);
  // The head of a nonce meets these bytes of the key and nothing else, where frames have zeros.
  const bytes = new Uint8Array(keys.buffer);
  for (let i = 0; i < HEAD; i++) bytes[i] = bytes[i]! ^ nonce[i]!;
  gcm.start(nonce.subarray(HEAD).reduceRight((counter, byte) => counter * 256 + byte, 0));
  gcm.hash(aad, 0, aad.length);
  gcm.pad();
  return gcm;
}

/**
 * AES-128-GCM, one message: the ciphertext, followed by the tag of 16 bytes.
 *
 * @param key 16 bytes
 * @param nonce 12 bytes
 * @throws FrameCryptoError `invalid-argument`, `invalid-length`
 */
export function sealGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  checkBytes(plaintext, "plaintext");
  const { length } = plaintext;
  const gcm = started(key, nonce, aad);
  const sealed = new Uint8Array(length + FULL_TAG);
  gcm.crypt(plaintext, 0, length, sealed);
  gcm.hash(sealed, 0, length);
  gcm.finish(aad.length, length);
  gcm.writeTag(sealed, length, FULL_TAG);
  gcm.wipe();
  return sealed;
}

/**
 * Opens what {@link sealGcm} made: the plaintext, or `undefined` when the tag does not fit.
 *
 * @param key 16 bytes
 * @param nonce 12 bytes
 * @param sealed ciphertext, followed by the tag of 16 bytes
 * @throws FrameCryptoError `invalid-argument`, `invalid-length`
 */
export function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  checkBytes(sealed, "sealed");
  const length = sealed.length - FULL_TAG;
  const gcm = started(key, nonce, aad);
  try {
    if (length < 0) return undefined;
    gcm.hash(sealed, 0, length);
    gcm.finish(aad.length, length);
    if (!gcm.tagMatches(sealed, length, FULL_TAG)) return undefined;
    const plaintext = new Uint8Array(length);
    gcm.crypt(sealed.subarray(0, length), 0, length, plaintext);
    return plaintext;
  } finally {
    gcm.wipe();
  }
}
