// RFC 9420 §12.4.1 Creating a Commit and its Welcome.
import { generateKeyPair } from "../crypto/hpke.ts";
import { withSecrets } from "../crypto/secret.ts";
import { enforce, misuse } from "../errors.ts";
import type { FramedContent } from "../framing/content.ts";
import { encodePublicMessage } from "../framing/message.ts";
import { authenticated, membershipTag, signContent } from "../framing/sign.ts";
import type { Commit, UpdatePath } from "../messages/commit.ts";
import { groupContextCodec } from "../messages/group-context.ts";
import type { Proposal } from "../messages/proposal.ts";
import { zeroSecret } from "../schedule/key-schedule.ts";
import { signLeafNode } from "../tree/leaf-node.ts";
import { leafToNode } from "../tree/math.ts";
import type { LeafNodeContent } from "../tree/nodes.ts";
import { createPath, encryptPath, type PathSecrets, type PathStep } from "../tree/treekem.ts";
import { addedLeaves, sharesKeyWithPath, validateResult } from "./commit-rules.ts";
import { nextEpoch, nextState, provisionalContext } from "./epoch.ts";
import { knownProposal } from "./process-commit.ts";
import { applyProposals, validateProposal } from "./proposals.ts";
import type { ProposalEntry, ProvisionalEpoch } from "./state.ts";
import { type CachedProposal, type GroupState, ownLeafNode } from "./state.ts";
import { createWelcome, sealGroupInfo } from "./welcome.ts";

/** How {@link Group.commit} commits. */
export interface CommitOptions {
  /** A path even where the proposals do not require one; default false. */
  readonly forcePath?: boolean;
  /** Proposals of our own, carried by value after those by reference. */
  readonly byValue?: readonly Proposal[];
}
export interface CreatedCommit {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly state: GroupState;
}

/** A path of ours: what goes into the message and what stays here. */
export interface OwnPath extends Pick<PathSecrets, "secrets" | "commitSecret"> {
  readonly steps: readonly PathStep[];
  readonly update?: UpdatePath;
  readonly keys: Map<number, Uint8Array>;
}

export function createCommit(
  state: GroupState,
  proposals: readonly CachedProposal[],
  options: CommitOptions = {},
): CreatedCommit {
  misuse(Array.isArray(proposals), "proposals", "an array");
  // After a ReInit nothing more is sent.
  enforce(state.reInit === undefined, "12.4.2-8", "wrong-epoch");
  const sender = { senderType: "member", leafIndex: state.ownLeaf } as const;
  const entries: ProposalEntry[] = [
    ...proposals.map((cached) => knownProposal(state, cached)),
    ...(options.byValue ?? []).map((proposal) => ({ proposal, sender })),
  ];
  for (const entry of entries) if (!entry.ref) validateProposal(state, entry);
  return withSecrets((toWipe) => {
    const draft = applyProposals(state, toWipe, entries, sender);
    const withPath = draft.pathRequired || options.forcePath === true || sharesKeyWithPath(draft);
    const path = withPath ? populatePath(draft) : noPath();
    validateResult(draft);
    const commit: Commit = {
      proposals: entries.map(({ ref, proposal }) =>
        ref ? { type: "reference", reference: ref } : { type: "proposal", proposal },
      ),
      ...(path.update && { path: path.update }),
    };
    const content = { ...framing(state), sender, contentType: "commit", commit } as const;
    return protect(draft, content, path);
  });
}

const framing = ({ context }: GroupState) => ({
  groupId: context.groupId,
  epoch: context.epoch,
  authenticatedData: new Uint8Array(0),
});

const noPath = (): OwnPath => ({ steps: [], secrets: [], keys: new Map(), commitSecret: zeroSecret() });

/** §7.5 fresh secrets for the direct path, a new leaf, and the secrets sealed for the others. */
function populatePath(draft: ProvisionalEpoch): OwnPath {
  const { tree, state, committer, toWipe } = draft;
  const { crypto, context } = state;
  const leafPair = generateKeyPair(crypto);
  const keys = new Map([[leafToNode(committer), toWipe(leafPair.privateKey, "if refused")]]);
  const path = createPath(crypto, toWipe, tree, committer);
  path.steps.forEach(({ node }, i) => {
    keys.set(node, path.keyPairs[i]!.privateKey);
  });
  const { encryptionKey: _, signature: __, ...rest } = ownLeafNode(state);
  const content: LeafNodeContent = {
    ...rest,
    encryptionKey: leafPair.publicKey,
    leafNodeSource: "commit",
    parentHash: path.parentHash,
  };
  const place = { groupId: context.groupId, leafIndex: committer };
  const leafNode = signLeafNode(crypto, state.signatureKey.bytes, content, place);
  tree.setLeaf(committer, leafNode);
  const provisional = groupContextCodec.encode(provisionalContext(draft));
  const nodes = encryptPath(crypto, tree, path, addedLeaves(draft), provisional);
  return { ...path, update: { leafNode, nodes }, keys };
}

/** Signs the content, advances the epoch, tags and encodes the message, seals the Welcome. */
function protect(draft: ProvisionalEpoch, content: FramedContent, path: OwnPath): CreatedCommit {
  const { state } = draft;
  const { crypto, encodedContext } = state;
  const wireFormat = "mls_public_message";
  const signature = signContent(crypto, state.signatureKey.bytes, wireFormat, content, encodedContext);
  const signed = { wireFormat, content, signature } as const;
  const { epoch, joiner, member } = nextEpoch(draft, signed, path.commitSecret);
  const message = { content, auth: { signature, confirmationTag: epoch.confirmationTag } };
  const tag = membershipTag(crypto, state.secrets.membership.bytes, authenticated(message), encodedContext);
  const welcome = draft.added.length
    ? createWelcome(draft, path, joiner, sealGroupInfo({ ...state, ...epoch, tree: draft.tree }, member))
    : undefined;
  const commit = encodePublicMessage({ ...message, membershipTag: tag });
  return { commit, welcome, state: nextState(draft, epoch, path.keys) };
}
