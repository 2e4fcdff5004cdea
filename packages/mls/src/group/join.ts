// RFC 9420 §12.4.3.1 Joining via Welcome Message.
import { auint, EMPTY, equalBytes } from "../bytes.ts";
import { decryptWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import { acrypto, CIPHER_SUITE, type CryptoProvider, NH } from "../crypto/provider.ts";
import { Secret, type ToWipe, wipe, withSecrets } from "../crypto/secret.ts";
import { enforce, misuse } from "../errors.ts";
import { EXTENSION, findExtension, validateContextExtensions } from "../messages/extension.ts";
import { groupContextCodec, LAST_EPOCH, MLS10 } from "../messages/group-context.ts";
import { type GroupInfo, groupInfoCodec, groupInfoContentCodec } from "../messages/group-info.ts";
import { type GroupSecrets, groupSecretsCodec, type Welcome, welcomeCodec } from "../messages/welcome.ts";
import { memberSecret, welcomeKey, zeroSecret } from "../schedule/key-schedule.ts";
import { commonAncestor, leafToNode } from "../tree/math.ts";
import { leafNodeCodec, readRatchetTree } from "../tree/nodes.ts";
import { RatchetTree, type ReadonlyTree } from "../tree/ratchet-tree.ts";
import { implantPath } from "../tree/treekem.ts";
import { validateSignatures, validateStructure } from "../tree/validation.ts";
import { epochFrom } from "./epoch.ts";
import type { KeyPackageBundle } from "./key-package.ts";
import { basicFeatures } from "./proposals.ts";
import type { Features, GroupState } from "./state.ts";
import { GROUP_INFO } from "./welcome.ts";

/** What {@link Group.join} needs: the Welcome and the key package it is for. */
export interface JoinOptions {
  /** The bare Welcome. */
  readonly welcome: Uint8Array;
  /** The package that the Welcome was made for, with its private keys. */
  readonly keyPackage: KeyPackageBundle;
  /** Encoded ratchet tree, where the GroupInfo carries none. */
  readonly ratchetTree?: Uint8Array;
  /** Default: Add and Remove in PublicMessages. */
  readonly features?: Features;
  /**
   * Leaves that the tree may have room for, blank ones too; a power of two, default 2048. Each leaf costs a signature to be
   * verified, all in one turn; members of a group of at most 1000 never build a tree with room for more than 1024.
   */
  readonly maxLeaves?: number;
}

const MAX_LEAVES = 2048;

export function joinGroup(crypto: CryptoProvider, options: JoinOptions): GroupState {
  acrypto(crypto);
  const { keyPackage: bundle, features = basicFeatures } = options ?? {};
  misuse(bundle?.keyPackage !== undefined, "keyPackage", "a KeyPackageBundle");
  auint(options.maxLeaves ?? MAX_LEAVES, "maxLeaves", 2 ** 30);
  const welcome = welcomeCodec.decode(options.welcome);
  return withSecrets((toWipe) => {
    const secrets = openGroupSecrets(crypto, toWipe, welcome, bundle);
    const psk = toWipe(pskSecret(crypto, features, secrets));
    const member = toWipe(memberSecret(crypto, secrets.joinerSecret, psk));
    const info = openGroupInfo(crypto, welcome, member);
    features.validateWelcome?.(secrets.psks, info.groupContext);
    validateContextExtensions(info.groupContext.extensions);
    const tree = readTree(info, options);
    validateStructure(crypto, tree, info.groupContext.extensions);
    verifyGroupInfo(crypto, info, tree);
    validateSignatures(crypto, tree, info.groupContext.groupId, features.policy);
    const ownLeaf = findOwnLeaf(tree, bundle);
    const privateKeys = installKeys(crypto, toWipe, { tree, ownLeaf, bundle, info, secrets });
    const encodedContext = groupContextCodec.encode(info.groupContext);
    const epoch = epochFrom(crypto, toWipe, info.groupContext, encodedContext, member);
    // The confirmation tag in the GroupInfo is that of the epoch.
    enforce(equalBytes(info.confirmationTag, epoch.confirmationTag), "12.4.3.1-10", "bad-confirmation-tag");
    return {
      crypto,
      features,
      ...epoch,
      tree,
      ownLeaf,
      signatureKey: new Secret<"signature">(new Uint8Array(bundle.signatureKeyPair.privateKey)),
      privateKeys,
      received: new WeakSet(),
      verified: new Set(),
    };
  });
}

function openGroupSecrets(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  welcome: Welcome,
  bundle: KeyPackageBundle,
): GroupSecrets {
  const entry = welcome.secrets.find(({ newMember }) => equalBytes(newMember, bundle.ref));
  // The Welcome has an entry for our key package.
  enforce(entry !== undefined, "12.4.3.1-1", "not-for-us");
  const { cipherSuite, initKey } = bundle.keyPackage;
  // The Welcome's cipher suite is the key package's.
  enforce(welcome.cipherSuite === cipherSuite, "12.4.3.1-2", "invalid-welcome");
  const pair = { privateKey: bundle.initPrivateKey, publicKey: initKey };
  const { encryptedGroupSecrets: sealed } = entry;
  const opened = toWipe(decryptWithLabel(crypto, pair, "Welcome", welcome.encryptedGroupInfo, sealed));
  const secrets = groupSecretsCodec.decode(opened);
  toWipe(secrets.joinerSecret);
  if (secrets.pathSecret) toWipe(secrets.pathSecret);
  // The joiner secret has KDF.Nh bytes.
  enforce(secrets.joinerSecret.length === NH, "12.4.3.1-19", "invalid-welcome");
  return secrets;
}

function pskSecret(crypto: CryptoProvider, features: Features, { psks }: GroupSecrets): Uint8Array {
  if (psks.length === 0) return zeroSecret();
  // Every PSK that the Welcome names is at hand.
  enforce(features.pskSecret !== undefined, "12.4.3.1-3", "unknown-psk");
  return features.pskSecret(crypto, psks);
}

function openGroupInfo(crypto: CryptoProvider, welcome: Welcome, member: Uint8Array): GroupInfo {
  const { key, nonce } = welcomeKey(crypto, member);
  const opened = crypto.open(key, nonce, EMPTY, welcome.encryptedGroupInfo);
  wipe(key, nonce);
  // The GroupInfo opens with the key of the joiner secret.
  enforce(opened !== undefined, "12.4.3.1-11", "decryption-failed");
  return groupInfoCodec.decode(opened);
}

function readTree(info: GroupInfo, { ratchetTree, maxLeaves = MAX_LEAVES }: JoinOptions): RatchetTree {
  const encoded = findExtension(info.extensions, EXTENSION.ratchetTree)?.extensionData ?? ratchetTree;
  // The ratchet tree is in the GroupInfo or comes with it.
  enforce(encoded !== undefined, "12.4.3.3-3", "invalid-welcome");
  return RatchetTree.from(readRatchetTree(encoded, maxLeaves));
}

/** Signature, version, suite and tree hash of a GroupInfo. */
export function verifyGroupInfo(crypto: CryptoProvider, info: GroupInfo, tree: ReadonlyTree): void {
  const { groupContext: context, signer } = info;
  const leaf = tree.leaf(signer);
  // The signer of the GroupInfo is a leaf that is not blank.
  enforce(leaf !== undefined, "12.4.3.1-4", "invalid-welcome");
  const valid = verifyWithLabel(
    crypto,
    leaf.signatureKey,
    GROUP_INFO,
    groupInfoContentCodec.encode(info),
    info.signature,
  );
  // The GroupInfo's signature is valid under the signer's key.
  enforce(valid, "12.4.3.1-8", "bad-signature");
  // The group's epoch is not the last one, after which no commit is possible.
  enforce(context.epoch < LAST_EPOCH, "12.4.3.1-20", "invalid-welcome");
  // The GroupInfo's version and cipher suite are the key package's.
  enforce(context.version === MLS10 && context.cipherSuite === CIPHER_SUITE, "12.4.3.1-9", "invalid-welcome");
  // The tree hash of the ratchet tree is the one in the GroupInfo.
  enforce(equalBytes(tree.treeHash(crypto), context.treeHash), "12.4.3.1-12", "invalid-tree");
}

function findOwnLeaf(tree: ReadonlyTree, bundle: KeyPackageBundle): number {
  const own = leafNodeCodec.encode(bundle.keyPackage.leafNode);
  for (const [leafIndex, leaf] of tree.leaves()) {
    if (
      equalBytes(leaf.signature, bundle.keyPackage.leafNode.signature) &&
      equalBytes(leafNodeCodec.encode(leaf), own)
    )
      return leafIndex;
  }
  // The tree has a leaf that is our key package's.
  enforce(false, "12.4.3.1-13", "not-for-us");
}

/** Our leaf's private key, and those that the path secret gives. */
function installKeys(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  input: {
    readonly tree: ReadonlyTree;
    readonly ownLeaf: number;
    readonly bundle: KeyPackageBundle;
    readonly info: GroupInfo;
    readonly secrets: GroupSecrets;
  },
): GroupState["privateKeys"] {
  const { tree, ownLeaf, secrets } = input;
  const own = leafToNode(ownLeaf);
  const leafKey = toWipe(new Uint8Array(input.bundle.leafPrivateKey), "if refused");
  const keys = new Map([[own, new Secret<"hpke">(leafKey)]]);
  if (!secrets.pathSecret) return keys;
  const ancestor = commonAncestor(own, leafToNode(input.info.signer));
  const above = tree.directPath(ownLeaf).filter((node) => !tree.isBlank(node));
  const from = above.indexOf(ancestor);
  // The path secret belongs to the common ancestor of our leaf and the signer's.
  enforce(from >= 0, "12.4.3.1-14", "invalid-welcome");
  const implanted = implantPath(crypto, toWipe, tree, above.slice(from), secrets.pathSecret);
  // The path secret has KDF.Nh bytes, and its key pairs are the tree's, from the common ancestor to the root.
  enforce(implanted !== undefined, "12.4.3.1-15", "invalid-welcome");
  for (const [node, key] of implanted.keys) keys.set(node, new Secret<"hpke">(key));
  return keys;
}
