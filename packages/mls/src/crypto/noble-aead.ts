// RFC 9420 §5.1 AES-128-GCM by @noble/ciphers: the AEAD of the portable backend, unless its owner has one already.
import { gcm } from "@noble/ciphers/aes.js";
import { attempt } from "./portable.ts";
import type { Aead } from "./provider.ts";

export const nobleAead: Aead = {
  seal: (key, nonce, aad, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  open: (key, nonce, aad, sealed) => attempt(() => gcm(key, nonce, aad).decrypt(sealed)),
};
