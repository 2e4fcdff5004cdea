// RFC 9420 §6.1–6.2, §12.1.8 Receiving: is this message for this epoch, and did its sender write it?
import { equalBytes, hex, isBytes } from "../bytes.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { enforce, MlsError } from "../errors.ts";
import type { AuthenticatedContent, ContentType, FramedContent } from "../framing/content.ts";
import { type MLSMessage, mlsMessageCodec, type PublicMessage } from "../framing/message.ts";
import type { OpenedPrivate } from "../framing/private-message.ts";
import { authenticated, makeProposalRef, verifyContent, verifyMembershipTag } from "../framing/sign.ts";
import { decodeExternalSenders, EXTENSION, findExtension } from "../messages/extension.ts";
import { validateProposal } from "./proposals.ts";
import type { CachedProposal, GroupState } from "./state.ts";

/** Bytes or an MLSMessage; both become an MLSMessage that came through the strict decoder. */
export const readMessage = (message: Uint8Array | MLSMessage): MLSMessage =>
  mlsMessageCodec.decode(isBytes(message) ? message : mlsMessageCodec.encode(message));

/** Authenticated content of one type. */
export type Opened<T extends ContentType> = AuthenticatedContent & {
  readonly content: Extract<FramedContent, { readonly contentType: T }>;
};

/** Opens a message of `contentType` and verifies all that surrounds its content. */
export function openMessage<T extends ContentType>(
  state: GroupState,
  message: MLSMessage,
  contentType: T,
): Opened<T> {
  if (message.wireFormat === "mls_public_message")
    return verifyOpened(state, openPublic(state, message.publicMessage), contentType);
  const { content, settle } = openPrivate(state, message);
  let genuine = false;
  try {
    const opened = verifyOpened(state, content, contentType);
    genuine = true;
    return opened;
  } finally {
    settle(genuine);
  }
}

function verifyOpened<T extends ContentType>(
  state: GroupState,
  opened: AuthenticatedContent,
  contentType: T,
): Opened<T> {
  // The message holds what is expected here.
  enforce(opened.content.contentType === contentType, "6-1", "malformed");
  const key = senderKey(state, opened.content);
  const valid = verifyContent(state.crypto, key, opened, state.encodedContext);
  // §6.1: the signature is valid under the sender's key.
  enforce(valid, "6.1-1", "bad-signature");
  return opened as Opened<T>;
}

function enforceEpoch(state: GroupState, { groupId, epoch }: { groupId: Uint8Array; epoch: bigint }): void {
  // The message belongs to this group.
  enforce(equalBytes(groupId, state.context.groupId), "6-2", "wrong-group");
  // §12.4.2: after a ReInit nothing more is sent or received.
  enforce(state.reInit === undefined, "12.4.2-6", "wrong-epoch");
  // §12.4.2: the message belongs to the current epoch.
  enforce(epoch === state.context.epoch, "12.4.2-1", "wrong-epoch");
}

function openPublic(state: GroupState, message: PublicMessage): AuthenticatedContent {
  const { content } = message;
  enforceEpoch(state, content);
  // §6: application data travels in PrivateMessages only.
  enforce(content.contentType !== "application", "6-3", "malformed");
  if (content.sender.senderType === "member") {
    const key = state.secrets.membership.bytes;
    const valid = verifyMembershipTag(state.crypto, key, message, state.encodedContext);
    // The membership tag of a member's message is valid.
    enforce(valid, "6.2-1", "bad-membership-tag");
  }
  return authenticated(message);
}

function openPrivate(state: GroupState, message: MLSMessage): OpenedPrivate {
  if (message.wireFormat !== "mls_private_message" || !state.features.openPrivate) {
    throw new MlsError("unsupported", "not a PublicMessage");
  }
  enforceEpoch(state, message.privateMessage);
  return state.features.openPrivate(state, message.privateMessage);
}

// §6.1 where the key that verifies a message comes from
function senderKey(state: GroupState, content: FramedContent): Uint8Array {
  const { sender } = content;
  if (sender.senderType === "member") {
    const leaf = state.tree.leaf(sender.leafIndex);
    // A sender of type member is a leaf that is not blank.
    enforce(leaf !== undefined, "6.1-2", "unknown-sender");
    return leaf.signatureKey;
  }
  if (sender.senderType === "external") return externalSenderKey(state, content, sender.senderIndex);
  if (content.contentType === "proposal") {
    const { proposal } = content;
    const fits = sender.senderType === "new_member_proposal" && proposal.proposalType === "add";
    // A new member's proposal is an Add, signed with the key in it.
    enforce(fits, "6.1-3", "unknown-sender");
    return proposal.keyPackage.leafNode.signatureKey;
  }
  const path = "commit" in content && content.commit.path;
  // A new member's commit has a path, and is signed with the key in its leaf.
  enforce(sender.senderType === "new_member_commit" && !!path, "6.1-4", "unknown-sender");
  return path.leafNode.signatureKey;
}

function externalSenderKey(state: GroupState, content: FramedContent, index: number): Uint8Array {
  const extension = findExtension(state.context.extensions, EXTENSION.externalSenders);
  const sender = extension && decodeExternalSenders(extension)[index];
  // An external sender is listed in the group's external_senders.
  enforce(sender !== undefined, "12.1.8-1", "unknown-sender");
  // §6: external senders send proposals only.
  enforce(content.contentType === "proposal", "6-4", "unknown-sender");
  return sender.signatureKey;
}

/** §12.1 a proposal, authenticated and valid by itself. The state does not change. */
export function receiveProposal(state: GroupState, message: Uint8Array): CachedProposal {
  const opened = openMessage(state, readMessage(message), "proposal");
  const { content } = opened;
  validateProposal(state, content);
  const ref = makeProposalRef(state.crypto, opened);
  const cached = Object.freeze({ ref, refHex: hex(ref), proposal: content.proposal, sender: content.sender });
  state.received.add(cached);
  return cached;
}

/** ProposalRef (32 bytes) of an MLSMessage that holds a proposal in a PublicMessage; nothing is verified. */
export function proposalRef(crypto: CryptoProvider, message: Uint8Array): Uint8Array {
  const decoded = mlsMessageCodec.decode(message);
  const isProposal =
    decoded.wireFormat === "mls_public_message" && decoded.publicMessage.content.contentType === "proposal";
  // A ProposalRef without keys is that of a proposal in a PublicMessage.
  enforce(isProposal, "5.2-1", "malformed");
  return makeProposalRef(crypto, authenticated(decoded.publicMessage));
}
