// RFC 9420 §12.4.2 Processing a Commit.
import { equalBytes, hex } from "../bytes.ts";
import { withSecrets } from "../crypto/secret.ts";
import { enforce, misuse } from "../errors.ts";
import type { AuthenticatedContent } from "../framing/content.ts";
import type { MLSMessage } from "../framing/message.ts";
import type { Commit } from "../messages/commit.ts";
import { groupContextCodec } from "../messages/group-context.ts";
import { zeroSecret } from "../schedule/key-schedule.ts";
import { decryptPath, mergePath } from "../tree/treekem.ts";
import { addedLeaves, validatePath, validateResult } from "./commit-rules.ts";
import { nextEpoch, nextState, provisionalContext } from "./epoch.ts";
import { applyProposals, validateProposal } from "./proposals.ts";
import { openMessage, readMessage } from "./receive.ts";
import type { ProposalEntry, ProvisionalEpoch } from "./state.ts";
import { type CachedProposal, type GroupState, privateKeyAt } from "./state.ts";

export type Processed =
  | { readonly outcome: "next"; readonly state: GroupState }
  | { readonly outcome: "removed" };

export function processCommit(
  state: GroupState,
  message: Uint8Array | MLSMessage,
  proposals: Iterable<CachedProposal>,
): Processed {
  // Epoch, membership tag and signature.
  const opened = openMessage(state, readMessage(message), "commit");
  const { content } = opened;
  const { commit } = content;
  // A member does not process its own commit: its secrets are where the commit was made.
  enforce(!isOwn(state, opened), "12.4.2-2", "invalid-commit");
  const entries = resolveProposals(state, opened, commit, proposals);
  return withSecrets((toWipe) => {
    const draft = applyProposals(state, toWipe, entries, content.sender);
    if (content.sender.senderType === "new_member_commit") placeNewMember(draft, commit);
    // §12.4: a path is there if there is no proposal, or one that requires it.
    enforce(commit.path !== undefined || !draft.pathRequired, "12.4-1", "invalid-commit");
    const removed = draft.removed.has(state.ownLeaf);
    const path = applyPath(draft, commit, removed);
    validateResult(draft);
    if (removed) return { outcome: "removed" };
    return { outcome: "next", state: finish(draft, opened, path) };
  });
}

/** §12.4.3.2 */
function placeNewMember(draft: ProvisionalEpoch, commit: Commit): void {
  const { externalCommit } = draft.state.features;
  // Commits of new members come where the group understands them.
  enforce(externalCommit !== undefined, "12.4.3.2-1", "unsupported");
  draft.committer = externalCommit(draft, commit);
}

const isOwn = (state: GroupState, { content: { sender } }: AuthenticatedContent) =>
  sender.senderType === "member" && sender.leafIndex === state.ownLeaf;

/** References become the proposals they name; proposals by value are validated as if the committer had sent them. */
function resolveProposals(
  state: GroupState,
  { content: { sender } }: AuthenticatedContent,
  commit: Commit,
  proposals: Iterable<CachedProposal>,
): ProposalEntry[] {
  const byRef = new Map<string, CachedProposal>();
  for (const cached of proposals) byRef.set(cached.refHex, knownProposal(state, cached));
  const named = new Set<CachedProposal>();
  return commit.proposals.map((item) => {
    if (item.type === "proposal") {
      const entry = { proposal: item.proposal, sender };
      validateProposal(state, entry);
      return entry;
    }
    const found = byRef.get(hex(item.reference));
    // Every reference names a proposal of this epoch.
    enforce(found !== undefined, "12.4-2", "unknown-proposal");
    // No proposal is named twice: whatever it changes would be changed twice.
    enforce(!named.has(found), "12.2-11", "invalid-commit");
    named.add(found);
    return found;
  });
}

/** Only what `receiveProposal` of this state gave back counts as verified. */
export function knownProposal(state: GroupState, cached: CachedProposal): CachedProposal {
  misuse(typeof cached === "object" && cached !== null, "proposals", "what receiveProposal returned");
  misuse(state.received.has(cached), "proposals", "proposals that this group received in this epoch");
  return cached;
}

interface AppliedPath {
  readonly keys: Map<number, Uint8Array>;
  readonly commitSecret: Uint8Array;
}

/** Validates, merges and opens the path; one who is removed cannot open it. */
function applyPath(draft: ProvisionalEpoch, commit: Commit, removed: boolean): AppliedPath {
  const { state, tree, committer, toWipe } = draft;
  const { path } = commit;
  if (!path) return { keys: new Map(), commitSecret: zeroSecret() };
  validatePath(draft, path);
  const added = addedLeaves(draft);
  const steps = mergePath(state.crypto, tree, committer, path, added);
  if (removed) return { keys: new Map(), commitSecret: zeroSecret() };
  const privateKey = privateKeyAt(draft);
  const context = groupContextCodec.encode(provisionalContext(draft));
  const { ownLeaf } = state;
  return decryptPath(state.crypto, toWipe, { tree, steps, path, ownLeaf, privateKey, added, context });
}

/** Transcript, secrets, confirmation tag. */
function finish(
  draft: ProvisionalEpoch,
  { wireFormat, content, auth }: AuthenticatedContent,
  path: AppliedPath,
): GroupState {
  const commit = { wireFormat, content, signature: auth.signature };
  const { epoch } = nextEpoch(draft, commit, path.commitSecret);
  const confirmed = auth.confirmationTag && equalBytes(auth.confirmationTag, epoch.confirmationTag);
  // The confirmation tag is that of the new epoch.
  enforce(confirmed === true, "12.4.2-5", "bad-confirmation-tag");
  return nextState(draft, epoch, path.keys);
}
