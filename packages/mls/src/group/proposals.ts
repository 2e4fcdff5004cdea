// RFC 9420 §12.1–12.3 Proposals: Add and Remove, validation of a list, applying it.
import { asKey } from "../bytes.ts";
import type { ToWipe } from "../crypto/secret.ts";
import { enforce } from "../errors.ts";
import type { Sender } from "../framing/content.ts";
import type { ProposalType } from "../messages/proposal.ts";
import { zeroSecret } from "../schedule/key-schedule.ts";
import { keyPackageRef, validateKeyPackage } from "./key-package.ts";
import type { Features, GroupState, ProposalEntry, ProposalHandler, ProvisionalEpoch } from "./state.ts";

/** §12.3 the order of application. */
const ORDER: readonly ProposalType[] = [
  "group_context_extensions",
  "update",
  "remove",
  "add",
  "psk",
  "external_init",
  "reinit",
];

/** §12.1.8 what senders outside the group may propose. */
const EXTERNAL: readonly ProposalType[] = ["add", "remove", "psk", "reinit", "group_context_extensions"];

const MAX_VERIFIED = 256;

const add: ProposalHandler<"add"> = {
  // §12.1.1; a key package found valid before in this group is not verified again, unless a policy may judge anew.
  validate({ crypto, features: { policy }, verified }, { keyPackage }) {
    const ref = asKey(keyPackageRef(crypto, keyPackage));
    if (!policy && verified.has(ref)) return;
    validateKeyPackage(crypto, keyPackage, policy);
    if (verified.size >= MAX_VERIFIED) verified.clear();
    verified.add(ref);
  },
  apply(draft, { keyPackage }) {
    const leafIndex = draft.tree.addLeaf(keyPackage.leafNode);
    draft.added.push({ leafIndex, keyPackage });
  },
};

const remove: ProposalHandler<"remove"> = {
  validate(state, { removed }) {
    // The leaf to remove is not blank.
    enforce(state.tree.leaf(removed) !== undefined, "12.1.3-1", "invalid-proposal");
  },
  apply(draft, { removed }) {
    // A commit does not remove its own sender.
    enforce(removed !== draft.committer, "12.2-1", "invalid-commit");
    touch(draft, removed);
    draft.tree.removeLeaf(removed);
    draft.removed.add(removed);
    draft.pathRequired = true;
  },
};

/** Notes that a proposal changes a leaf. */
export function touch(draft: ProvisionalEpoch, leafIndex: number): void {
  // No leaf is changed by more than one Update or Remove of a commit.
  enforce(!draft.touched.has(leafIndex), "12.2-2", "invalid-commit");
  draft.touched.add(leafIndex);
}

/** Add and Remove, PublicMessage only: what DAVE needs. */
export const basicFeatures: Features = { proposals: { add, remove } };

const handlerOf = (state: GroupState, { proposal }: ProposalEntry): ProposalHandler => {
  const handler = state.features.proposals[proposal.proposalType] as ProposalHandler | undefined;
  // The proposal's type is one that this group understands.
  enforce(handler !== undefined, "12.1-1", "unsupported");
  return handler;
};

/** §12.1 validity of a proposal by itself, and of its sender. */
export function validateProposal(state: GroupState, entry: ProposalEntry): void {
  const { proposal, sender } = entry;
  const allowed = sender.senderType !== "external" || EXTERNAL.includes(proposal.proposalType);
  // Only types that the registry marks so come from external senders.
  enforce(allowed, "12.1.8-2", "invalid-proposal");
  handlerOf(state, entry).validate(state, proposal, sender);
}

/** §12.2–12.3 applies a list to a copy of the tree; each proposal has been validated by itself. */
export function applyProposals(
  state: GroupState,
  toWipe: ToWipe,
  entries: readonly ProposalEntry[],
  sender: Sender,
): ProvisionalEpoch {
  const draft: ProvisionalEpoch = {
    state,
    toWipe,
    entries,
    sender,
    tree: state.tree.clone(),
    committer: sender.senderType === "member" ? sender.leafIndex : -1,
    extensions: state.context.extensions,
    added: [],
    touched: new Set(),
    removed: new Set(),
    psks: new Map(),
    pskSecret: zeroSecret(),
    initSecret: state.secrets.init.bytes,
    pathRequired: entries.length === 0,
  };
  for (const type of ORDER) {
    for (const entry of entries) {
      if (entry.proposal.proposalType === type) handlerOf(state, entry).apply(draft, entry.proposal, entry);
    }
  }
  const psks = [...draft.psks.values()];
  // §8.4 once for all of them; who has the handler has the secrets
  if (psks.length > 0) draft.pskSecret = toWipe(state.features.pskSecret!(state.crypto, psks));
  return draft;
}
