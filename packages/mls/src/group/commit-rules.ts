// RFC 9420 §12.2, §12.4 Rules that creating and processing a commit share.
import { equalBytes, lastingKey } from "../bytes.ts";
import { enforce } from "../errors.ts";
import type { UpdatePath } from "../messages/commit.ts";
import { validateLeafNode, validateLeaves, validateSuccessor } from "../tree/leaf-node.ts";
import type { ProvisionalEpoch } from "./state.ts";

/** Leaves added by the commit: path secrets are not sealed for them. */
export const addedLeaves = (draft: ProvisionalEpoch): ReadonlySet<number> =>
  new Set(draft.added.map((a) => a.leafIndex));

/** §12.2, last rule: the tree after the commit is valid. */
export function validateResult(draft: ProvisionalEpoch): void {
  validateLeaves(draft.tree, draft.extensions);
}

/**
 * Whether a leaf has the public key of a parent above the committer. Members take such a leaf (§7.3 compares leaves with
 * leaves) and newcomers refuse the tree (§12.4.3.1). A path of the committer gives its parents other keys.
 */
export function sharesKeyWithPath({ tree, committer }: ProvisionalEpoch): boolean {
  const keys = new Set<string>();
  for (const [, leaf] of tree.leaves()) keys.add(lastingKey(leaf.encryptionKey));
  const above = tree.directPath(committer).filter((node) => !tree.isBlank(node));
  return above.some((node) => keys.has(lastingKey(tree.encryptionKey(node))));
}

/** §12.4.2 an UpdatePath before it is merged; `draft.tree` has the proposals applied. */
export function validatePath(draft: ProvisionalEpoch, path: UpdatePath): void {
  const { state, tree, committer } = draft;
  const place = { groupId: state.context.groupId, leafIndex: committer };
  validateLeafNode(state.crypto, path.leafNode, "commit", place, state.features.policy);
  const current = tree.leaf(committer);
  const renewed = !current || !equalBytes(current.encryptionKey, path.leafNode.encryptionKey);
  // The committer's new leaf has another encryption key than the old one.
  enforce(renewed, "12.4.2-3", "invalid-commit");
  if (current) validateSuccessor(current, path.leafNode, state.features.policy);
  const keys = new Set<string>();
  for (const [, leaf] of tree.leaves()) keys.add(lastingKey(leaf.encryptionKey));
  for (const [, parent] of tree.parents()) keys.add(lastingKey(parent.encryptionKey));
  for (const { encryptionKey } of [path.leafNode, ...path.nodes]) {
    // The public keys of the path are public keys of the suite.
    enforce(state.crypto.isPublicKey(encryptionKey), "5.1.1-4", "invalid-key");
    const key = lastingKey(encryptionKey);
    // No public key of the path appears in the new tree, nor twice in the path.
    enforce(!keys.has(key), "12.4.2-4", "invalid-commit");
    keys.add(key);
  }
}
