// RFC 9420 §5.1 The platform backend: node:crypto where the runtime has it.
import { abytes, concat, fromHex } from "../bytes.ts";
import { signatureFromDer, signatureToDer } from "./der.ts";
import { expandByHmac } from "./hkdf.ts";
import { portable, resultOrUndefined } from "./portable.ts";
import type { PlatformCrypto } from "./ports.ts";
import { isScalar, isSignature, isUncompressed, type Primitives } from "./provider.ts";
import { wipe, withSecrets } from "./secret.ts";

// RFC 5480 §2: what stands before a bare P-256 public key. RFC 5915 §3: what stands around a bare private scalar
// (in this form OpenSSL takes it in a third of the time that it needs for PKCS #8 without a public key).
const SPKI = /* @__PURE__ */ fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
const SEC1 = /* @__PURE__ */ fromHex("30310201010420");
const SEC1_CURVE = /* @__PURE__ */ fromHex("a00a06082a8648ce3d030107");
const HASH = "sha256";
const CIPHER = "aes-128-gcm";
const TAG = 16;

/** Copies a Buffer of the platform's to plain bytes and wipes the Buffer, which may have held a secret. */
function plain(view: Uint8Array): Uint8Array {
  const copy = new Uint8Array(view);
  wipe(view);
  return copy;
}

function hashes(node: PlatformCrypto): Pick<Primitives, "hash" | "hmac" | "hkdfExpand"> {
  const hmac = (key: Uint8Array, data: Uint8Array) => plain(node.createHmac(HASH, key).update(data).digest());
  return {
    hash(data) {
      abytes(data, "data");
      return plain(node.createHash(HASH).update(data).digest());
    },
    hmac,
    hkdfExpand: (prk, info, length) => expandByHmac(hmac, prk, info, length),
  };
}

function aead(node: PlatformCrypto): Pick<Primitives, "seal" | "open"> {
  return {
    seal(key, nonce, aad, plaintext) {
      const cipher = node.createCipheriv(CIPHER, key, nonce);
      cipher.setAAD(aad);
      return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
    },
    open(key, nonce, aad, sealed) {
      if (sealed.length < TAG) return undefined;
      const [text, tag] = [sealed.subarray(0, sealed.length - TAG), sealed.subarray(sealed.length - TAG)];
      const decipher = node.createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG });
      decipher.setAAD(aad);
      decipher.setAuthTag(tag);
      return resultOrUndefined(() =>
        withSecrets((toWipe) => {
          const plaintext = toWipe(plain(decipher.update(text)), "if refused");
          decipher.final();
          return plaintext;
        }),
      );
    },
  };
}

function ecdsa(node: PlatformCrypto): Pick<Primitives, "sign" | "verify"> {
  return {
    sign: (privateKey, message) =>
      withSecrets((toWipe) => {
        const key = toWipe(concat(SEC1, privateKey, SEC1_CURVE));
        const handle = node.createPrivateKey({ key, format: "der", type: "sec1" });
        return signatureFromDer(plain(node.sign(HASH, message, handle)))!;
      }),
    verify(publicKey, message, signature) {
      if (!isUncompressed(publicKey) || !isSignature(signature)) return false;
      const spki = concat(SPKI, publicKey);
      const key = resultOrUndefined(() => node.createPublicKey({ key: spki, format: "der", type: "spki" }));
      return key !== undefined && node.verify(HASH, message, key, signatureToDer(signature));
    },
  };
}

function ecdh(node: PlatformCrypto): Pick<Primitives, "publicKey" | "diffieHellman"> {
  const holder = (privateKey: Uint8Array) => {
    const key = node.createECDH("prime256v1");
    key.setPrivateKey(privateKey);
    return key;
  };
  return {
    publicKey: (privateKey) => (isScalar(privateKey) ? plain(holder(privateKey).getPublicKey()) : undefined),
    diffieHellman: (privateKey, publicKey) =>
      isScalar(privateKey) && isUncompressed(publicKey)
        ? resultOrUndefined(() => plain(holder(privateKey).computeSecret(publicKey)))
        : undefined,
  };
}

/** The primitives of node:crypto; `isPublicKey`, which it does not have, is the portable one. */
export const platform = (node: PlatformCrypto): Primitives => ({
  backend: "platform",
  isPublicKey: portable.isPublicKey,
  ...hashes(node),
  ...aead(node),
  ...ecdh(node),
  ...ecdsa(node),
});
