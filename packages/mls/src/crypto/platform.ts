// RFC 9420 §5.1 The platform backend: node:crypto where the runtime has it.
import { concat, fromHex } from "../bytes.ts";
import { signatureFromDer, signatureToDer } from "./der.ts";
import { attempt } from "./portable.ts";
import type { PlatformCrypto } from "./ports.ts";
import { type Aead, isScalar, isUncompressed, type Primitives } from "./provider.ts";
import { wipe } from "./secret.ts";

// RFC 5480 §2: what stands before a bare P-256 public key. RFC 5915 §3: what stands around a bare private scalar
// (in this form OpenSSL takes it in a third of the time that it needs for PKCS #8 without a public key).
const SPKI = /* @__PURE__ */ fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
const SEC1 = /* @__PURE__ */ fromHex("30310201010420");
const SEC1_CURVE = /* @__PURE__ */ fromHex("a00a06082a8648ce3d030107");
const HASH = "sha256";
const CIPHER = "aes-128-gcm";
const TAG = 16;

/** A Buffer of the platform's as plain bytes; the Buffer is wiped, it may have held a secret. */
function plain(view: Uint8Array): Uint8Array {
  const copy = new Uint8Array(view);
  wipe(view);
  return copy;
}

function aead(node: PlatformCrypto): Aead {
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
      return attempt(() => {
        const plaintext = plain(decipher.update(text));
        decipher.final();
        return plaintext;
      });
    },
  };
}

function ecdsa(node: PlatformCrypto): Pick<Primitives, "sign" | "verify"> {
  return {
    sign(privateKey, message) {
      const key = concat(SEC1, privateKey, SEC1_CURVE);
      const handle = node.createPrivateKey({ key, format: "der", type: "sec1" });
      wipe(key);
      return signatureFromDer(plain(node.sign(HASH, message, handle)))!;
    },
    verify(publicKey, message, signature) {
      if (!isUncompressed(publicKey)) return false;
      const spki = concat(SPKI, publicKey);
      const key = attempt(() => node.createPublicKey({ key: spki, format: "der", type: "spki" }));
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
        ? attempt(() => plain(holder(privateKey).computeSecret(publicKey)))
        : undefined,
  };
}

/** `replayable`: signatures take their nonce from RFC 6979, so that a seed replays them. */
export const platform = (node: PlatformCrypto, portable: Primitives, replayable: boolean): Primitives => ({
  ...portable,
  backend: "platform",
  hash: (data) => plain(node.createHash(HASH).update(data).digest()),
  hmac: (key, data) => plain(node.createHmac(HASH, key).update(data).digest()),
  ...aead(node),
  ...ecdh(node),
  ...ecdsa(node),
  ...(replayable && { sign: portable.sign }),
});

/** Whether node:crypto of this runtime does what is asked of it: some offer the module without all of its curves. */
export function works(candidate: Primitives, portable: Primitives): boolean {
  const key = new Uint8Array(32).fill(7);
  const publicKey = portable.publicKey(key)!;
  const sealed = attempt(() => candidate.seal(key.subarray(16), key.subarray(20), key, key));
  const signature = attempt(() => candidate.sign(key, key));
  return (
    sealed?.length === 48 &&
    signature !== undefined &&
    candidate.verify(publicKey, key, signature) &&
    candidate.diffieHellman(key, publicKey) !== undefined
  );
}
