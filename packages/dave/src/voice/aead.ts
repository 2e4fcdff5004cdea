// The two ciphers of the transport: AES-256-GCM (platform or noble) and XChaCha20-Poly1305 (noble), tags of 16 bytes.

import { gcm } from "@noble/ciphers/aes.js";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { type NodeAes, platformAes } from "./ports.ts";

export const TAG_LENGTH = 16;

/** Seals and opens with one key. */
export interface Aead {
  /** Bytes of a nonce. */
  readonly nonceLength: number;
  /** Ciphertext and tag. */
  seal(nonce: Uint8Array, header: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext of ciphertext and tag; `undefined` when the tag does not fit. */
  open(nonce: Uint8Array, header: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

type NobleCipher = (
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
) => { encrypt(plaintext: Uint8Array): Uint8Array; decrypt(sealed: Uint8Array): Uint8Array };

const noble = (cipher: NobleCipher, nonceLength: number, key: Uint8Array): Aead => ({
  nonceLength,
  seal: (nonce, header, plaintext) => cipher(key, nonce, header).encrypt(plaintext),
  open(nonce, header, sealed) {
    try {
      return cipher(key, nonce, header).decrypt(sealed);
    } catch {
      return undefined;
    }
  },
});

const AES = "aes-256-gcm";
const OPTIONS = { authTagLength: TAG_LENGTH };

function platformGcm(node: NodeAes, key: Uint8Array): Aead {
  return {
    nonceLength: 12,
    seal(nonce, header, plaintext) {
      const cipher = node.createCipheriv(AES, key, nonce, OPTIONS);
      cipher.setAAD(header);
      const sealed = new Uint8Array(plaintext.length + TAG_LENGTH);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    },
    open(nonce, header, sealed) {
      const end = sealed.length - TAG_LENGTH;
      const decipher = node.createDecipheriv(AES, key, nonce, OPTIONS);
      decipher.setAAD(header);
      decipher.setAuthTag(sealed.subarray(end));
      try {
        const opened = decipher.update(sealed.subarray(0, end));
        decipher.final();
        return Uint8Array.from(opened);
      } catch {
        return undefined;
      }
    },
  };
}

/** Test case 13 of the GCM specification: the tag of nothing under a key and a nonce of zeros. */
const KNOWN_TAG = "530f8afbc74536b9a963b4f1c4cb738b";

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Whether the platform's cipher does what it should: it is chosen by that, not by its name. */
function worksAsKnown(node: NodeAes): boolean {
  try {
    const aead = platformGcm(node, new Uint8Array(32));
    const nothing = new Uint8Array(0);
    return hexOf(aead.seal(new Uint8Array(12), nothing, nothing)) === KNOWN_TAG;
  } catch {
    return false;
  }
}

let tried: { readonly node: NodeAes | undefined } | undefined;

/** The platform's AES-256-GCM, tried once; `undefined` where there is none that works. */
export function workingPlatformAes(): NodeAes | undefined {
  if (tried === undefined) {
    const node = platformAes();
    tried = { node: node !== undefined && worksAsKnown(node) ? node : undefined };
  }
  return tried.node;
}

/** AES-256-GCM with a key of 32 bytes; without `node`, noble's. */
export const aesGcm = (key: Uint8Array, node: NodeAes | undefined): Aead =>
  node === undefined ? noble(gcm, 12, key) : platformGcm(node, key);

/** XChaCha20-Poly1305 with a key of 32 bytes. */
export const xchacha = (key: Uint8Array): Aead => noble(xchacha20poly1305, 24, key);
