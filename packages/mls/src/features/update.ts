// RFC 9420 §12.1.2 Update proposals.
import { asKey, equalBytes } from "../bytes.ts";
import { generateKeyPair } from "../crypto/hpke.ts";
import { enforce } from "../errors.ts";
import type { Sender } from "../framing/content.ts";
import { createProposal } from "../group/member-proposal.ts";
import { touch } from "../group/proposals.ts";
import { type GroupState, ownLeafNode, type ProposalHandler } from "../group/state.ts";
import { signLeafNode, validateLeafNode, validateSuccessor } from "../tree/leaf-node.ts";
import type { LeafNodeContent } from "../tree/nodes.ts";

/** Private keys of our own Updates that no commit has picked up yet, by public key. */
export type PendingUpdates = Map<string, Uint8Array>;

export const updateHandler = (pending: PendingUpdates): ProposalHandler<"update"> => ({
  validate(state, { leafNode }, sender) {
    // Only members send Updates.
    enforce(sender.senderType === "member", "12.1.2-1", "invalid-proposal");
    const { leafIndex } = sender;
    const old = state.tree.leaf(leafIndex);
    const place = { groupId: state.context.groupId, leafIndex };
    validateLeafNode(state.crypto, leafNode, "update", place, state.features.policy);
    const renewed = old !== undefined && !equalBytes(old.encryptionKey, leafNode.encryptionKey);
    // An Update's leaf has another encryption key than the leaf it replaces.
    enforce(renewed, "7.3-12", "invalid-leaf-node");
    validateSuccessor(old, leafNode, state.features.policy);
  },
  apply(draft, { leafNode }, { sender }) {
    // `validate` takes members only.
    const { leafIndex } = sender as Extract<Sender, { senderType: "member" }>;
    // A commit covers no Update of its own sender.
    enforce(leafIndex !== draft.committer, "12.2-3", "invalid-commit");
    touch(draft, leafIndex);
    draft.tree.updateLeaf(leafIndex, leafNode);
    draft.pathRequired = true;
    const ownKey = pending.get(asKey(leafNode.encryptionKey));
    if (leafIndex === draft.state.ownLeaf && ownKey)
      draft.ownLeafKey = draft.toWipe(ownKey.slice(), "if refused");
  },
});

/** An Update of our leaf: an MLSMessage for the others; the new key waits in `pending`. */
export function createUpdate(state: GroupState, pending: PendingUpdates): Uint8Array {
  const { crypto, context, ownLeaf: leafIndex } = state;
  const pair = generateKeyPair(crypto);
  const { credential, capabilities, signatureKey, extensions } = ownLeafNode(state);
  const content: LeafNodeContent = {
    encryptionKey: pair.publicKey,
    signatureKey,
    credential,
    capabilities,
    extensions,
    leafNodeSource: "update",
  };
  const place = { groupId: context.groupId, leafIndex };
  const leafNode = signLeafNode(crypto, state.signatureKey.bytes, content, place);
  pending.set(asKey(pair.publicKey), pair.privateKey);
  return createProposal(state, { proposalType: "update", leafNode });
}
