// RFC 9420 §7.2–7.3 Leaf nodes: signing and validation.
import { concat, equalBytes, lastingKey } from "../bytes.ts";
import { opaque, u32 } from "../codec/codec.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import { CIPHER_SUITE, type CryptoProvider } from "../crypto/provider.ts";
import { enforce } from "../errors.ts";
import { CREDENTIAL_TYPES, type Credential, credentialCodec } from "../messages/credential.ts";
import {
  EXTENSION,
  type Extension,
  findExtension,
  type RequiredCapabilities,
  requiredCapabilitiesCodec,
} from "../messages/extension.ts";
import { MLS10 } from "../messages/group-context.ts";
import {
  type Capabilities,
  type LeafNode,
  type LeafNodeContent,
  type Lifetime,
  leafNodeContentCodec,
} from "./nodes.ts";
import type { ReadonlyTree } from "./ratchet-tree.ts";

const LABEL = "LeafNodeTBS";

/** Where a leaf stands; counts in the signature of leaves from updates and commits. */
export interface LeafPlace {
  readonly groupId: Uint8Array;
  readonly leafIndex: number;
}

/** What the application decides about leaves. */
export interface LeafPolicy {
  /** §7.3 whether a key package's lifetime (seconds since 1970) is acceptable now. DAVE never asks. */
  readonly acceptLifetime?: (lifetime: Lifetime) => boolean;
  /** §5.3.1 the Authentication Service: whether a credential belongs to a signature key. */
  readonly acceptCredential?: (credential: Credential, signatureKey: Uint8Array) => boolean;
  /**
   * §5.3.1 whether the credential of a leaf may follow that of the leaf it replaces: in an Update, in the path of a commit, and
   * in a new member's commit that removes an old leaf of its own. Default: only the same credential.
   */
  readonly acceptSuccessor?: (before: Credential, after: Credential) => boolean;
}

// §7.2 LeafNodeTBS
function leafNodeTbs(leaf: LeafNodeContent, place: LeafPlace | undefined): Uint8Array {
  const encoded = leafNodeContentCodec.encode(leaf);
  if (leaf.leafNodeSource === "key_package" || place === undefined) return encoded;
  return concat(encoded, opaque.encode(place.groupId), u32.encode(place.leafIndex));
}

export const signLeafNode = (
  crypto: CryptoProvider,
  privateKey: Uint8Array,
  leaf: LeafNodeContent,
  place?: LeafPlace,
): LeafNode => ({ ...leaf, signature: signWithLabel(crypto, privateKey, LABEL, leafNodeTbs(leaf, place)) });

/** §7.3 what one leaf shows by itself: its source, signature and own capabilities. */
export function validateLeafNode(
  crypto: CryptoProvider,
  leaf: LeafNode,
  source: LeafNode["leafNodeSource"] | undefined,
  place?: LeafPlace,
  policy: LeafPolicy = {},
): void {
  // leaf_node_source is that of the message the leaf came in.
  enforce(source === undefined || leaf.leafNodeSource === source, "7.3-1", "invalid-leaf-node");
  const { capabilities, extensions, credential } = leaf;
  // The capabilities list the group's protocol version.
  enforce(capabilities.versions.includes(MLS10), "7.3-2", "invalid-leaf-node");
  // The capabilities list the group's cipher suite.
  enforce(capabilities.cipherSuites.includes(CIPHER_SUITE), "7.3-3", "invalid-leaf-node");
  const ownType = CREDENTIAL_TYPES[credential.credentialType];
  // The capabilities list the credential's type.
  enforce(capabilities.credentials.includes(ownType), "7.3-4", "invalid-leaf-node");
  // The capabilities list the leaf's extensions, default ones apart.
  enforce(supports(capabilities.extensions, special(extensions)), "7.3-5", "invalid-leaf-node");
  // §5.1.1: the encryption key is a public key of the suite.
  enforce(crypto.isPublicKey(leaf.encryptionKey), "5.1.1-1", "invalid-key");
  enforcePolicy(leaf, policy);
  const signed = verifyWithLabel(crypto, leaf.signatureKey, LABEL, leafNodeTbs(leaf, place), leaf.signature);
  // The leaf's signature is valid under its signature key.
  enforce(signed, "7.3-6", "bad-signature");
}

/** §5.3.1 a leaf that replaces another one. */
export function validateSuccessor(before: LeafNode, after: LeafNode, policy: LeafPolicy = {}): void {
  const accepted =
    policy.acceptSuccessor?.(before.credential, after.credential) ??
    equalBytes(credentialCodec.encode(before.credential), credentialCodec.encode(after.credential));
  // A leaf has the credential of the leaf that it replaces, or one that the application accepts as its successor.
  enforce(accepted, "5.3.1-2", "invalid-leaf-node");
}

function enforcePolicy(leaf: LeafNode, { acceptLifetime, acceptCredential }: LeafPolicy): void {
  const lasting = leaf.leafNodeSource !== "key_package" || (acceptLifetime?.(leaf.lifetime) ?? true);
  // The lifetime is acceptable to the application (policy, off by default).
  enforce(lasting, "7.3-11", "invalid-leaf-node");
  const authentic = acceptCredential?.(leaf.credential, leaf.signatureKey) ?? true;
  // The credential is valid for the Authentication Service (policy, off by default).
  enforce(authentic, "5.3.1-1", "invalid-leaf-node");
}

const isDefaultExtension = (type: number) =>
  type >= EXTENSION.applicationId && type <= EXTENSION.externalSenders;

/** Whether all of `needed` are listed; lists from the wire are long if their sender wants it. */
function supports(listed: readonly number[], needed: ReadonlySet<number>): boolean {
  if (needed.size === 0) return true;
  const known = new Set(listed);
  return [...needed].every((type) => known.has(type));
}

/** Types of extensions that are not default ones. */
const special = (extensions: readonly Extension[]): ReadonlySet<number> =>
  new Set(extensions.map((e) => e.extensionType).filter((type) => !isDefaultExtension(type)));

/** §7.3 what the leaves of a group show together: unique keys, and that each supports what is in use. */
export function validateLeaves(tree: ReadonlyTree, extensions: readonly Extension[]): void {
  const found = findExtension(extensions, EXTENSION.requiredCapabilities);
  const required = found && requirements(requiredCapabilitiesCodec.decode(found.extensionData));
  const inUse = new Set<number>();
  const signatureKeys = new Set<string>();
  const encryptionKeys = new Set<string>();
  let count = 0;
  for (const [, leaf] of tree.leaves()) {
    count++;
    signatureKeys.add(lastingKey(leaf.signatureKey));
    encryptionKeys.add(lastingKey(leaf.encryptionKey));
    inUse.add(CREDENTIAL_TYPES[leaf.credential.credentialType]);
  }
  // No two members have one signature key.
  enforce(signatureKeys.size === count, "7.3-7", "invalid-tree");
  // No two members have one encryption key.
  enforce(encryptionKeys.size === count, "7.3-8", "invalid-tree");
  for (const [, { capabilities }] of tree.leaves()) {
    // Every member supports every credential type in use.
    enforce(supports(capabilities.credentials, inUse), "7.3-9", "invalid-leaf-node");
    // Every member has the capabilities that the group requires.
    enforce(required?.(capabilities) ?? true, "7.3-10", "invalid-leaf-node");
  }
  enforceGroupExtensions(tree, extensions);
}

/** §11.1 whether a member has what the group requires; default types need no mention. */
function requirements(required: RequiredCapabilities): (capabilities: Capabilities) => boolean {
  const extensions = new Set(required.extensionTypes.filter((type) => !isDefaultExtension(type)));
  const proposals = new Set(required.proposalTypes.filter((type) => type > 7));
  const credentials = new Set(required.credentialTypes);
  return (capabilities) =>
    supports(capabilities.extensions, extensions) &&
    supports(capabilities.proposals, proposals) &&
    supports(capabilities.credentials, credentials);
}

/** §13.4 */
function enforceGroupExtensions(tree: ReadonlyTree, extensions: readonly Extension[]): void {
  const needed = special(extensions);
  if (needed.size === 0) return;
  for (const [, { capabilities }] of tree.leaves()) {
    // Every member supports the extensions of the group context.
    enforce(supports(capabilities.extensions, needed), "13.4-1", "invalid-leaf-node");
  }
}
