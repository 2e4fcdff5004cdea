// RFC 9420 §12.4.3.1 "Verify the integrity of the ratchet tree": checks on a tree received from elsewhere.
import { lastingKey } from "../bytes.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { enforce } from "../errors.ts";
import type { Extension } from "../messages/extension.ts";
import { type LeafPolicy, validateLeafNode, validateLeaves } from "./leaf-node.ts";
import * as math from "./math.ts";
import { verifyParentHashes } from "./parent-hash.ts";
import type { ReadonlyTree } from "./ratchet-tree.ts";

/** Structure first, then hashes, then signatures: the expensive checks come last. */
export function validateTree(
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  groupId: Uint8Array,
  extensions: readonly Extension[],
  policy?: LeafPolicy,
): void {
  validateStructure(crypto, tree, extensions);
  validateSignatures(crypto, tree, groupId, policy);
}

/** What a tree shows without a hash or a signature. */
export function validateStructure(
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  extensions: readonly Extension[],
): void {
  validateUnmergedLeaves(tree);
  validateKeys(crypto, tree);
  validateLeaves(tree, extensions);
}

/** Parent hashes and the signatures of all leaves, for a tree whose structure is valid. */
export function validateSignatures(
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  groupId: Uint8Array,
  policy?: LeafPolicy,
): void {
  verifyParentHashes(crypto, tree);
  for (const [leafIndex, leaf] of tree.leaves()) {
    validateLeafNode(crypto, leaf, undefined, { groupId, leafIndex }, policy);
  }
}

function validateUnmergedLeaves(tree: ReadonlyTree): void {
  const listed = new Map<number, ReadonlySet<number>>();
  for (const [node, parent] of tree.parents()) listed.set(node, new Set(parent.unmergedLeaves));
  for (const [node, { unmergedLeaves }] of tree.parents()) {
    const ascending = unmergedLeaves.every((leaf, i) => i === 0 || leaf > unmergedLeaves[i - 1]!);
    // Unmerged leaves stand in ascending order, each once.
    enforce(ascending, "7.1-1", "invalid-tree");
    for (const leafIndex of unmergedLeaves) {
      const leaf = math.leafToNode(leafIndex);
      const below = math.isBelow(leaf, node) && tree.leaf(leafIndex) !== undefined;
      // An unmerged leaf is a leaf that is not blank, below the parent node.
      enforce(below, "12.4.3.1-5", "invalid-tree");
      const missing = listed.get(nextAbove(tree, leaf, node))?.has(leafIndex) === false;
      // Nodes between an unmerged leaf and the parent node list the leaf too.
      enforce(!missing, "12.4.3.1-6", "invalid-tree");
    }
  }
}

/**
 * The highest node between `leaf` and its ancestor `node` that is not blank, or the leaf. Whether that one lists the leaf is
 * enough to know, for the nodes below it are then its own concern.
 */
function nextAbove(tree: ReadonlyTree, leaf: number, node: number): number {
  let at = node;
  do at = leaf < at ? math.left(at)! : math.right(at)!;
  while (at !== leaf && tree.isBlank(at));
  return at;
}

function validateKeys(crypto: CryptoProvider, tree: ReadonlyTree): void {
  const seen = new Set<string>();
  for (const [, leaf] of tree.leaves()) seen.add(lastingKey(leaf.encryptionKey));
  for (const [, parent] of tree.parents()) {
    // A parent node's encryption key is a public key of the suite.
    enforce(crypto.isPublicKey(parent.encryptionKey), "5.1.1-3", "invalid-key");
    const key = lastingKey(parent.encryptionKey);
    // A parent node's encryption key appears in no other node.
    enforce(!seen.has(key), "12.4.3.1-7", "invalid-tree");
    seen.add(key);
  }
}
