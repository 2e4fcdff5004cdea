// RFC 9420 §12.4.3.1 "Verify the integrity of the ratchet tree": checks on a tree received from elsewhere.
import { lastingKey } from "../bytes.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { enforce } from "../errors.ts";
import type { Extension } from "../messages/extension.ts";
import { type LeafPolicy, validateLeafNode, validateLeaves } from "./leaf-node.ts";
import * as math from "./math.ts";
import { verifyParentHashes } from "./parent-hash.ts";
import type { ReadonlyTree } from "./ratchet-tree.ts";

/** Structure first, then hashes, then signatures: the dear checks come last. */
export function validateTree(
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  groupId: Uint8Array,
  extensions: readonly Extension[],
  policy?: LeafPolicy,
): void {
  validateUnmergedLeaves(tree);
  validateKeys(crypto, tree);
  validateLeaves(tree, extensions);
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
      const below = math.isBelow(math.leafToNode(leafIndex), node) && tree.leaf(leafIndex) !== undefined;
      // An unmerged leaf is a leaf that is not blank, below the parent node.
      enforce(below, "12.4.3.1-5", "invalid-tree");
      for (const between of tree.directPath(leafIndex)) {
        if (between === node) break;
        const missing = listed.get(between)?.has(leafIndex) === false;
        // Nodes between an unmerged leaf and the parent node list the leaf too.
        enforce(!missing, "12.4.3.1-6", "invalid-tree");
      }
    }
  }
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
