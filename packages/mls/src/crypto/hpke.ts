// RFC 9180 HPKE, base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
import { ascii, concat, EMPTY } from "../bytes.ts";
import { atLeast, type Codec, opaque, struct, u16 } from "../codec/codec.ts";
import { InternalError, MlsError } from "../errors.ts";
import { expand, extract } from "./hkdf.ts";
import { acrypto, type CryptoProvider, isScalar, NH, NK, NN } from "./provider.ts";
import { wipe } from "./secret.ts";

/** RFC 9420 §7.6 `HPKECiphertext`: the encapsulated key (65 bytes) and the sealed text. */
export interface HpkeCiphertext {
  /** The encapsulated key, an uncompressed point of 65 bytes. */
  readonly kemOutput: Uint8Array;
  /** As long as the plaintext, and a tag of 16 bytes. */
  readonly ciphertext: Uint8Array;
}
// An encapsulated key of 67 bytes with its length, and a tag of 16.
export const hpkeCiphertextCodec: Codec<HpkeCiphertext> = /* @__PURE__ */ atLeast(
  84,
  /* @__PURE__ */ struct<HpkeCiphertext>({ kemOutput: opaque, ciphertext: opaque }),
);

/** A P-256 key pair: scalar of 32 bytes, uncompressed point of 65. */
export interface KeyPair {
  /** Scalar, 32 bytes. */
  readonly privateKey: Uint8Array;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
}

// §4: suite_id of the KEM (0x0010) and of the whole (KEM, KDF 0x0001, AEAD 0x0001).
const KEM_SUITE = [75, 69, 77, 0, 16];
const HPKE_SUITE = [72, 80, 75, 69, 0, 16, 0, 1, 0, 1];

const labeled = (suite: readonly number[], label: string, content: Uint8Array) =>
  concat(ascii("HPKE-v1"), Uint8Array.from(suite), ascii(label), content);

// §4 LabeledExtract, LabeledExpand
const labeledExtract = (
  crypto: CryptoProvider,
  suite: readonly number[],
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
) => {
  const input = labeled(suite, label, ikm);
  const prk = extract(crypto, salt, input);
  wipe(input);
  return prk;
};

const labeledExpand = (
  crypto: CryptoProvider,
  suite: readonly number[],
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
) => expand(crypto, prk, concat(u16.encode(length), labeled(suite, label, info)), length);

/** Makes a key pair from the source of randomness: draws 32 bytes until they are a scalar. */
export function generateKeyPair(crypto: CryptoProvider): KeyPair {
  acrypto(crypto);
  for (let attempt = 0; attempt < 256; attempt++) {
    const privateKey = crypto.randomBytes(32);
    if (isScalar(privateKey)) return { privateKey, publicKey: crypto.publicKey(privateKey)! };
    wipe(privateKey);
  }
  throw new MlsError("invalid-argument", "randomBytes() gives no usable bytes");
}

/** §7.1.3 `DeriveKeyPair(ikm)`. */
export function deriveKeyPair(crypto: CryptoProvider, ikm: Uint8Array): KeyPair {
  const prk = labeledExtract(crypto, KEM_SUITE, EMPTY, "dkp_prk", ikm);
  for (let counter = 0; counter < 256; counter++) {
    const privateKey = labeledExpand(crypto, KEM_SUITE, prk, "candidate", Uint8Array.of(counter), 32);
    if (isScalar(privateKey)) {
      wipe(prk);
      return { privateKey, publicKey: crypto.publicKey(privateKey)! };
    }
    wipe(privateKey);
  }
  throw new InternalError("256 candidates, none a scalar");
}

// §4.1 ExtractAndExpand
function sharedSecret(crypto: CryptoProvider, dh: Uint8Array, kemContext: Uint8Array): Uint8Array {
  const prk = labeledExtract(crypto, KEM_SUITE, EMPTY, "eae_prk", dh);
  const shared = labeledExpand(crypto, KEM_SUITE, prk, "shared_secret", kemContext, NH);
  wipe(dh, prk);
  return shared;
}

/** §4.1 `Encap(pkR)`: shared secret and the key to send. @throws MlsError `invalid-key` */
export function encap(
  crypto: CryptoProvider,
  publicKey: Uint8Array,
): { shared: Uint8Array; kemOutput: Uint8Array } {
  const ephemeral = generateKeyPair(crypto);
  const dh = crypto.diffieHellman(ephemeral.privateKey, publicKey);
  wipe(ephemeral.privateKey);
  if (!dh) throw new MlsError("invalid-key", "not a P-256 public key");
  const kemOutput = ephemeral.publicKey;
  return { kemOutput, shared: sharedSecret(crypto, dh, concat(kemOutput, publicKey)) };
}

/** §4.1 `Decap(enc, skR)`. @throws MlsError `decryption-failed` */
export function decap(crypto: CryptoProvider, pair: KeyPair, kemOutput: Uint8Array): Uint8Array {
  const dh = crypto.diffieHellman(pair.privateKey, kemOutput);
  if (!dh) throw new MlsError("decryption-failed", "encapsulated key is no P-256 public key");
  return sharedSecret(crypto, dh, concat(kemOutput, pair.publicKey));
}

// §5.1 KeySchedule, mode_base
function schedule(crypto: CryptoProvider, shared: Uint8Array, info: Uint8Array) {
  const context = concat(
    Uint8Array.of(0),
    labeledExtract(crypto, HPKE_SUITE, EMPTY, "psk_id_hash", EMPTY),
    labeledExtract(crypto, HPKE_SUITE, EMPTY, "info_hash", info),
  );
  const secret = labeledExtract(crypto, HPKE_SUITE, shared, "secret", EMPTY);
  wipe(shared);
  const derive = (label: string, length: number) =>
    labeledExpand(crypto, HPKE_SUITE, secret, label, context, length);
  return { derive, secret };
}

function aeadKey(crypto: CryptoProvider, shared: Uint8Array, info: Uint8Array) {
  const { derive, secret } = schedule(crypto, shared, info);
  const keys = { key: derive("key", NK), nonce: derive("base_nonce", NN) };
  wipe(secret);
  return keys;
}

/** §6.1 `SealBase`, without additional data. @throws MlsError `invalid-key` */
export function seal(
  crypto: CryptoProvider,
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
): HpkeCiphertext {
  const { shared, kemOutput } = encap(crypto, publicKey);
  const { key, nonce } = aeadKey(crypto, shared, info);
  const ciphertext = crypto.seal(key, nonce, EMPTY, plaintext);
  wipe(key, nonce);
  return { kemOutput, ciphertext };
}

/** §6.1 `OpenBase`, without additional data. @throws MlsError `decryption-failed`, `invalid-key` */
export function open(
  crypto: CryptoProvider,
  pair: KeyPair,
  info: Uint8Array,
  { kemOutput, ciphertext }: HpkeCiphertext,
): Uint8Array {
  const { key, nonce } = aeadKey(crypto, decap(crypto, pair, kemOutput), info);
  const plaintext = crypto.open(key, nonce, EMPTY, ciphertext);
  wipe(key, nonce);
  if (!plaintext) throw new MlsError("decryption-failed", "HPKE ciphertext does not open");
  return plaintext;
}

/** §6.1, §5.3 a secret exported by the sender (`SetupBaseS`, empty info), and what the receiver needs for it. */
export function sendExport(
  crypto: CryptoProvider,
  publicKey: Uint8Array,
  context: string,
): { kemOutput: Uint8Array; secret: Uint8Array } {
  const { shared, kemOutput } = encap(crypto, publicKey);
  return { kemOutput, secret: exported(crypto, shared, context) };
}

/** §6.1, §5.3 the same secret on the receiver's side (`SetupBaseR`). @throws MlsError `decryption-failed` */
export const receiveExport = (
  crypto: CryptoProvider,
  pair: KeyPair,
  kemOutput: Uint8Array,
  context: string,
): Uint8Array => exported(crypto, decap(crypto, pair, kemOutput), context);

function exported(crypto: CryptoProvider, shared: Uint8Array, context: string): Uint8Array {
  const { derive, secret } = schedule(crypto, shared, EMPTY);
  const exporter = derive("exp", NH);
  const out = labeledExpand(crypto, HPKE_SUITE, exporter, "sec", ascii(context), NH);
  wipe(secret, exporter);
  return out;
}
