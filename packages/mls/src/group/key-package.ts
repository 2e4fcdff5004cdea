// RFC 9420 §10 Key packages: making, importing, validating.
import { abytes, equalBytes } from "../bytes.ts";
import { generateKeyPair } from "../crypto/hpke.ts";
import { refHash, signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import { acrypto, CIPHER_SUITE, type CryptoProvider } from "../crypto/provider.ts";
import { enforce, MlsError, misuse } from "../errors.ts";
import { CREDENTIAL_TYPES } from "../messages/credential.ts";
import { MLS10 } from "../messages/group-context.ts";
import {
  type KeyPackage,
  type KeyPackageContent,
  keyPackageCodec,
  keyPackageContentCodec,
} from "../messages/key-package.ts";
import { type LeafPolicy, signLeafNode, validateLeafNode } from "../tree/leaf-node.ts";
import type { Capabilities, LeafNodeContent, Lifetime } from "../tree/nodes.ts";

const LABEL = "KeyPackageTBS";

/** A P-256 signature key pair: scalar of 32 bytes, uncompressed point of 65. */
export interface SignatureKeyPair {
  /** Scalar, 32 bytes. A secret. */
  readonly privateKey: Uint8Array;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * A fresh signature key pair, from the provider's randomness.
 *
 * @example
 * ```ts
 * generateSignatureKeyPair(crypto).publicKey; // 65 bytes
 * ```
 */
export const generateSignatureKeyPair = (crypto: CryptoProvider): SignatureKeyPair => generateKeyPair(crypto);

/** The pair that belongs to a private key of 32 bytes. @throws MlsError `invalid-argument` */
export function signatureKeyPairFrom(crypto: CryptoProvider, privateKey: Uint8Array): SignatureKeyPair {
  acrypto(crypto);
  abytes(privateKey, "privateKey", 32);
  const publicKey = crypto.publicKey(privateKey);
  misuse(publicKey !== undefined, "privateKey", "a P-256 scalar");
  return { privateKey: new Uint8Array(privateKey), publicKey };
}

/** What a member says about itself. */
export interface MemberOptions {
  /** Identity of the basic credential, any length. */
  readonly identity: Uint8Array;
  /** Signs the leaf, and whatever the member sends. */
  readonly signatureKeyPair: SignatureKeyPair;
  /** Default: 0 to 2^64 - 1. */
  readonly lifetime?: Lifetime;
  /** Default: mls10, suite 2, basic credentials, no extensions, no further proposals. */
  readonly capabilities?: Capabilities;
}

const CAPABILITIES: Capabilities = {
  versions: [MLS10],
  cipherSuites: [CIPHER_SUITE],
  extensions: [],
  proposals: [],
  credentials: [CREDENTIAL_TYPES.basic],
};
const FOREVER: Lifetime = { notBefore: 0n, notAfter: 0xffffffffffffffffn };

/** §7.2 the content of a leaf with source `key_package`. */
export function freshLeaf(options: MemberOptions, encryptionKey: Uint8Array): LeafNodeContent {
  abytes(options?.identity, "identity");
  abytes(options.signatureKeyPair?.publicKey, "signatureKeyPair.publicKey", 65);
  abytes(options.signatureKeyPair.privateKey, "signatureKeyPair.privateKey", 32);
  return {
    encryptionKey,
    signatureKey: options.signatureKeyPair.publicKey,
    credential: { credentialType: "basic", identity: new Uint8Array(options.identity) },
    capabilities: options.capabilities ?? CAPABILITIES,
    leafNodeSource: "key_package",
    lifetime: options.lifetime ?? FOREVER,
    extensions: [],
  };
}

/** A key package with the private keys that belong to it. Printing it shows no secrets. */
export interface KeyPackageBundle {
  /** The structure, decoded. */
  readonly keyPackage: KeyPackage;
  /** The bare KeyPackage. */
  readonly bytes: Uint8Array;
  /** KeyPackageRef, 32 bytes. */
  readonly ref: Uint8Array;
  /** 32 bytes each. @throws MlsError `closed` */
  readonly initPrivateKey: Uint8Array;
  /** HPKE private key of the leaf, 32 bytes. @throws MlsError `closed` */
  readonly leafPrivateKey: Uint8Array;
  /** The pair that signed it; `close` leaves it alone. */
  readonly signatureKeyPair: SignatureKeyPair;
  /** Wipes the init and leaf private keys. */
  close(): void;
  /** Whether the private keys are wiped. */
  readonly closed: boolean;
}

/** §5.2 `KeyPackageRef`, 32 bytes. */
export const keyPackageRef = (crypto: CryptoProvider, keyPackage: KeyPackage): Uint8Array =>
  refHash(crypto, "MLS 1.0 KeyPackage Reference", keyPackageCodec.encode(keyPackage));

class Bundle implements KeyPackageBundle {
  readonly keyPackage: KeyPackage;
  readonly bytes: Uint8Array;
  readonly ref: Uint8Array;
  readonly #init: Uint8Array;
  readonly #leaf: Uint8Array;
  readonly #signature: SignatureKeyPair;
  #closed = false;

  constructor(
    crypto: CryptoProvider,
    keyPackage: KeyPackage,
    init: Uint8Array,
    leaf: Uint8Array,
    signature: SignatureKeyPair,
  ) {
    this.keyPackage = keyPackage;
    this.bytes = keyPackageCodec.encode(keyPackage);
    this.ref = keyPackageRef(crypto, keyPackage);
    this.#init = init;
    this.#leaf = leaf;
    this.#signature = signature;
  }

  get initPrivateKey(): Uint8Array {
    return this.#live(this.#init);
  }
  get leafPrivateKey(): Uint8Array {
    return this.#live(this.#leaf);
  }
  get signatureKeyPair(): SignatureKeyPair {
    return this.#signature;
  }
  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#init.fill(0);
    this.#leaf.fill(0);
  }

  #live(key: Uint8Array): Uint8Array {
    if (this.#closed) throw new MlsError("closed", "the key package has been used up");
    return key;
  }
}

/**
 * A signed key package with fresh init and leaf keys. Defaults are those of DAVE P3.
 *
 * @example
 * ```ts
 * const bundle = createKeyPackage(crypto, { identity, signatureKeyPair: generateSignatureKeyPair(crypto) });
 * bundle.ref.length; // 32
 * ```
 */
export function createKeyPackage(crypto: CryptoProvider, options: MemberOptions): KeyPackageBundle {
  const init = generateKeyPair(crypto);
  const leaf = generateKeyPair(crypto);
  const signatureKey = options?.signatureKeyPair?.privateKey;
  const content: KeyPackageContent = {
    version: MLS10,
    cipherSuite: CIPHER_SUITE,
    initKey: init.publicKey,
    leafNode: signLeafNode(crypto, signatureKey, freshLeaf(options, leaf.publicKey)),
    extensions: [],
  };
  const signature = signWithLabel(crypto, signatureKey, LABEL, keyPackageContentCodec.encode(content));
  const keyPackage = { ...content, signature };
  return new Bundle(crypto, keyPackage, init.privateKey, leaf.privateKey, options.signatureKeyPair);
}

/**
 * A key package made elsewhere, with its private keys (32 bytes each).
 *
 * @throws MlsError if the package is malformed (`malformed`) or the keys do not belong to it (`invalid-argument`)
 */
export function importKeyPackage(
  crypto: CryptoProvider,
  parts: {
    readonly keyPackage: Uint8Array;
    readonly initPrivateKey: Uint8Array;
    readonly leafPrivateKey: Uint8Array;
    readonly signaturePrivateKey: Uint8Array;
  },
): KeyPackageBundle {
  const keyPackage = keyPackageCodec.decode(parts?.keyPackage);
  const { leafNode, initKey } = keyPackage;
  const pair = (privateKey: Uint8Array, publicKey: Uint8Array, title: string) => {
    const found = signatureKeyPairFrom(crypto, privateKey);
    misuse(equalBytes(found.publicKey, publicKey), title, "the private key of the key package");
    return found;
  };
  const init = pair(parts.initPrivateKey, initKey, "initPrivateKey");
  const leaf = pair(parts.leafPrivateKey, leafNode.encryptionKey, "leafPrivateKey");
  const signature = pair(parts.signaturePrivateKey, leafNode.signatureKey, "signaturePrivateKey");
  return new Bundle(crypto, keyPackage, init.privateKey, leaf.privateKey, signature);
}

/** §10.1 KeyPackage validation. @throws MlsError with the rule that refuses */
export function validateKeyPackage(
  crypto: CryptoProvider,
  keyPackage: KeyPackage,
  policy?: LeafPolicy,
): void {
  acrypto(crypto);
  const tbs = keyPackageContentCodec.encode(keyPackage);
  const { version, cipherSuite, initKey, leafNode } = keyPackage;
  // The key package's protocol version is the group's.
  enforce(version === MLS10, "10.1-1", "invalid-key-package");
  // The key package's cipher suite is the group's.
  enforce(cipherSuite === CIPHER_SUITE, "10.1-2", "invalid-key-package");
  // The init key is another than the leaf's encryption key.
  enforce(!equalBytes(initKey, leafNode.encryptionKey), "10.1-3", "invalid-key-package");
  // The init key is a public key of the suite.
  enforce(crypto.isPublicKey(initKey), "5.1.1-2", "invalid-key");
  validateLeafNode(crypto, leafNode, "key_package", undefined, policy);
  const valid = verifyWithLabel(crypto, leafNode.signatureKey, LABEL, tbs, keyPackage.signature);
  // The key package's signature is valid under the leaf's signature key.
  enforce(valid, "10.1-4", "bad-signature");
}
