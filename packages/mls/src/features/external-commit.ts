// RFC 9420 §8.3, §12.1.6, §12.4.3.2 ExternalInit proposals and commits of new members.
import { equalBytes } from "../bytes.ts";
import { deriveKeyPair, receiveExport } from "../crypto/hpke.ts";
import { enforce } from "../errors.ts";
import type { ProposalHandler, ProvisionalEpoch } from "../group/state.ts";
import type { Commit } from "../messages/commit.ts";
import { validateSuccessor } from "../tree/leaf-node.ts";

/** §8.3 context of the exported init secret. */
export const EXTERNAL_INIT = "MLS 1.0 external init secret";

export const externalInitHandler: ProposalHandler<"external_init"> = {
  validate(_state, _proposal, sender) {
    // ExternalInit comes in commits of new members only.
    enforce(sender.senderType === "new_member_commit", "12.2-7", "invalid-commit");
  },
  apply(draft, { kemOutput }) {
    const { crypto, secrets } = draft.state;
    const { toWipe } = draft;
    const pair = deriveKeyPair(crypto, secrets.external.bytes);
    toWipe(pair.privateKey);
    draft.initSecret = toWipe(receiveExport(crypto, pair, kemOutput, EXTERNAL_INIT));
    draft.pathRequired = true;
  },
};

/** §12.2, §12.4.3.2 what a new member's commit may hold; gives the leaf it takes. */
export function externalCommit(draft: ProvisionalEpoch, commit: Commit): number {
  const byValue = commit.proposals.every((item) => item.type === "proposal");
  // A new member's commit has no proposals by reference.
  enforce(byValue, "12.4.3.2-2", "invalid-commit");
  const count = (type: string) => draft.entries.filter((e) => e.proposal.proposalType === type).length;
  // There is exactly one ExternalInit.
  enforce(count("external_init") === 1, "12.2-8", "invalid-commit");
  // There is one Remove at most.
  enforce(count("remove") <= 1, "12.2-9", "invalid-commit");
  const others = draft.entries.length - 1 - count("remove") - count("psk");
  // There are no proposals but ExternalInit, Remove and PreSharedKey.
  enforce(others === 0, "12.2-10", "invalid-commit");
  enforceRenewal(draft, commit);
  return draft.tree.claimLeaf();
}

/** §12.2: one who replaces its own old leaf brings a leaf fit for an Update of it. */
function enforceRenewal({ state, removed }: ProvisionalEpoch, { path }: Commit): void {
  for (const leafIndex of removed) {
    // The leaf exists because `validate` of the Remove found it. The path exists because its leaf holds the key that signed.
    const old = state.tree.leaf(leafIndex)!;
    const { leafNode } = path!;
    // The new leaf has another encryption key than the one it removes.
    enforce(!equalBytes(old.encryptionKey, leafNode.encryptionKey), "12.4.3.2-3", "invalid-commit");
    validateSuccessor(old, leafNode, state.features.policy);
  }
}
