// Key packages and leaves with something broken inside, signed after the break.
import * as mls from "../../src/internals.ts";
import { text } from "../support/world.ts";

type LeafContent = Parameters<typeof mls.signLeafNode>[2];
type Unsigned = Omit<mls.KeyPackage, "signature">;

export interface KeyPackageHooks {
  readonly leaf?: (leaf: LeafContent) => LeafContent;
  readonly signedLeaf?: (leaf: mls.LeafNode) => mls.LeafNode;
  readonly content?: (content: Unsigned) => Unsigned;
  readonly signed?: (keyPackage: mls.KeyPackage) => mls.KeyPackage;
  readonly signatureKeyPair?: mls.SignatureKeyPair;
}

export interface Forged extends mls.KeyPackageBundle {
  readonly keyPackage: mls.KeyPackage;
}

const same = <T>(value: T) => value;

/** A key package bundle, changed on the way. */
export function forgeKeyPackage(
  crypto: mls.CryptoProvider,
  name: string,
  hooks: KeyPackageHooks = {},
): Forged {
  const keys = hooks.signatureKeyPair ?? mls.generateSignatureKeyPair(crypto);
  const [init, leaf] = [mls.generateKeyPair(crypto), mls.generateKeyPair(crypto)];
  const content: LeafContent = (hooks.leaf ?? same)({
    encryptionKey: leaf.publicKey,
    signatureKey: keys.publicKey,
    credential: { credentialType: "basic", identity: text(name) },
    capabilities: { versions: [1], cipherSuites: [2], extensions: [], proposals: [], credentials: [1] },
    leafNodeSource: "key_package",
    lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n },
    extensions: [],
  });
  const place = { groupId: text("a group"), leafIndex: 0 };
  const leafNode = (hooks.signedLeaf ?? same)(mls.signLeafNode(crypto, keys.privateKey, content, place));
  const unsigned = (hooks.content ?? same)({
    version: 1,
    cipherSuite: 2,
    initKey: init.publicKey,
    leafNode,
    extensions: [],
  });
  const tbs = mls.keyPackageContentCodec.encode(unsigned);
  const signature = mls.signWithLabel(crypto, keys.privateKey, "KeyPackageTBS", tbs);
  const keyPackage = (hooks.signed ?? same)({ ...unsigned, signature });
  return {
    keyPackage,
    bytes: mls.keyPackageCodec.encode(keyPackage),
    ref: mls.keyPackageRef(crypto, keyPackage),
    initPrivateKey: init.privateKey,
    leafPrivateKey: leaf.privateKey,
    signatureKeyPair: keys,
    closed: false,
    close: () => undefined,
  };
}
