// RFC 9420 §7.9 Parent hashes: computing and verifying.
import { EMPTY, equalBytes } from "../bytes.ts";
import { opaque, struct } from "../codec/codec.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { enforce } from "../errors.ts";
import * as math from "./math.ts";
import type { ParentNode } from "./nodes.ts";
import type { RatchetTree, ReadonlyTree } from "./ratchet-tree.ts";

const parentHashInput = /* @__PURE__ */ struct({
  encryptionKey: opaque,
  parentHash: opaque,
  originalSiblingTreeHash: opaque,
});

/** "Parent hash of P with copath child S", 32 bytes. */
export function parentHash(
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  parent: ParentNode,
  copath: number,
): Uint8Array {
  return crypto.hash(
    parentHashInput.encode({
      encryptionKey: parent.encryptionKey,
      parentHash: parent.parentHash,
      originalSiblingTreeHash: tree.originalTreeHash(crypto, copath, parent.unmergedLeaves),
    }),
  );
}

/**
 * §7.5 steps 1–2: blanks the direct path and sets the nodes of the filtered one, parent hashes from the root down.
 * Returns the parent hash that the leaf must carry (empty if the path is).
 */
export function setFilteredPath(
  crypto: CryptoProvider,
  tree: RatchetTree,
  leafIndex: number,
  path: readonly { node: number; copath: number }[],
  keys: readonly Uint8Array[],
): Uint8Array {
  tree.blankPath(leafIndex);
  let above: Uint8Array = EMPTY;
  for (let i = path.length - 1; i >= 0; i--) {
    const { node, copath } = path[i]!;
    const parent = { encryptionKey: keys[i]!, parentHash: above, unmergedLeaves: [] };
    tree.setParent(node, parent);
    above = parentHash(crypto, tree, parent, copath);
  }
  return above;
}

/** §7.9.2 every parent node is chained to exactly one node below it. */
export function verifyParentHashes(crypto: CryptoProvider, tree: ReadonlyTree): void {
  for (const [node, parent] of tree.parents()) {
    const children = [math.left(node)!, math.right(node)!] as const;
    const chains =
      Number(isChained(crypto, tree, parent, children[0], children[1])) +
      Number(isChained(crypto, tree, parent, children[1], children[0]));
    // Each non-blank parent node has exactly one descendant whose parent hash is valid with respect to it.
    enforce(chains === 1, "7.9.2-1", "invalid-tree");
  }
}

/** Whether a node D under `child` carries the parent hash of `parent` with copath child `copath`. */
function isChained(
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  parent: ParentNode,
  child: number,
  copath: number,
): boolean {
  const unmerged = new Set(parent.unmergedLeaves.map(math.leafToNode).filter((n) => math.isBelow(n, child)));
  const resolution = tree.resolution(child);
  // The unmerged leaves under C are the resolution of C without D: one node is left over, and it is D.
  const rest = resolution.filter((node) => !unmerged.has(node));
  const d = rest[0];
  if (d === undefined || rest.length !== 1 || resolution.length !== unmerged.size + 1) return false;
  const found = parentHashOf(tree, d);
  return found !== undefined && equalBytes(found, parentHash(crypto, tree, parent, copath));
}

/** The `parent_hash` field of a node; only leaves from a commit have one. */
function parentHashOf(tree: ReadonlyTree, node: number): Uint8Array | undefined {
  if (!math.isLeaf(node)) return tree.parentNode(node)?.parentHash;
  const leaf = tree.leaf(math.nodeToLeaf(node));
  return leaf?.leafNodeSource === "commit" ? leaf.parentHash : undefined;
}
