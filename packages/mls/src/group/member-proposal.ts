// RFC 9420 §12.1, §6.2 Proposals of a member, as PublicMessages.
import { EMPTY } from "../bytes.ts";
import type { FramedContent } from "../framing/content.ts";
import { encodePublicMessage } from "../framing/message.ts";
import { authenticated, membershipTag, signContent } from "../framing/sign.ts";
import type { Proposal } from "../messages/proposal.ts";
import type { GroupState } from "./state.ts";

/** An MLSMessage that holds a proposal of ours. */
export function createProposal(state: GroupState, proposal: Proposal): Uint8Array {
  const { crypto, context, encodedContext, secrets, signatureKey, ownLeaf } = state;
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender: { senderType: "member", leafIndex: ownLeaf },
    authenticatedData: EMPTY,
    contentType: "proposal",
    proposal,
  };
  const signature = signContent(crypto, signatureKey.bytes, "mls_public_message", content, encodedContext);
  const message = { content, auth: { signature } };
  const tag = membershipTag(crypto, secrets.membership.bytes, authenticated(message), encodedContext);
  return encodePublicMessage({ ...message, membershipTag: tag });
}
