// RFC 9420 §12.1.8 External proposals, made by a sender that is no member (a delivery service).
import { abytes, auint, EMPTY } from "../bytes.ts";
import { acrypto, type CryptoProvider } from "../crypto/provider.ts";
import { misuse } from "../errors.ts";
import type { FramedContent } from "../framing/content.ts";
import { encodePublicMessage, type PublicMessage } from "../framing/message.ts";
import { authenticated, makeProposalRef, signContent, verifyContent } from "../framing/sign.ts";
import type { Proposal } from "../messages/proposal.ts";

/**
 * §12.1.8 A proposal signed as external sender `senderIndex` of the group's extension `external_senders`.
 *
 * @param input `groupId`: any length; `epoch`: 64 bits; `signaturePrivateKey`: a P-256 scalar of 32 bytes
 * @returns `message`: an MLSMessage with a PublicMessage; `ref`: its ProposalRef, 32 bytes
 * @throws {@link MlsError} `invalid-argument`
 * @example
 * ```ts
 * const { privateKey: signaturePrivateKey } = signatureKeyPair;
 * const proposal = { proposalType: "remove", removed: 1 } as const;
 * const signed = signExternalProposal(crypto, { groupId, epoch: 1n, senderIndex: 0, signaturePrivateKey, proposal });
 * signed.ref; // 32 bytes
 * ```
 */
export function signExternalProposal(
  crypto: CryptoProvider,
  input: {
    readonly groupId: Uint8Array;
    readonly epoch: bigint;
    readonly senderIndex: number;
    readonly signaturePrivateKey: Uint8Array;
    readonly proposal: Proposal;
  },
): { message: Uint8Array; ref: Uint8Array } {
  abytes(input?.groupId, "groupId");
  abytes(input.signaturePrivateKey, "signaturePrivateKey", 32);
  auint(input.senderIndex, "senderIndex");
  const content: FramedContent = {
    groupId: input.groupId,
    epoch: input.epoch,
    sender: { senderType: "external", senderIndex: input.senderIndex },
    authenticatedData: EMPTY,
    contentType: "proposal",
    proposal: input.proposal,
  };
  const signature = signContent(crypto, input.signaturePrivateKey, "mls_public_message", content, EMPTY);
  const message = { content, auth: { signature } };
  return { message: encodePublicMessage(message), ref: makeProposalRef(crypto, authenticated(message)) };
}

/**
 * §6.1 Whether an external sender with this signature key signed a proposal. No group is needed: what external senders
 * sign does not contain the group's state. Group id, epoch and sender index are left to the caller.
 *
 * @param signatureKey uncompressed, 65 bytes
 * @throws {@link MlsError} `invalid-argument`
 * @example
 * ```ts
 * const { privateKey: signaturePrivateKey, publicKey } = signatureKeyPair;
 * const proposal = { proposalType: "remove", removed: 1 } as const;
 * const signed = signExternalProposal(crypto, { groupId, epoch: 1n, senderIndex: 0, signaturePrivateKey, proposal });
 * const decoded = mlsMessageCodec.decode(signed.message);
 * if (decoded.wireFormat === "mls_public_message")
 *   verifyExternalProposal(crypto, decoded.publicMessage, publicKey); // true
 * ```
 */
export function verifyExternalProposal(
  crypto: CryptoProvider,
  message: PublicMessage,
  signatureKey: Uint8Array,
): boolean {
  acrypto(crypto);
  abytes(signatureKey, "signatureKey");
  misuse(typeof message?.content?.sender === "object", "message", "a PublicMessage");
  const { sender, contentType } = message.content;
  if (sender.senderType !== "external" || contentType !== "proposal") return false;
  return verifyContent(crypto, signatureKey, authenticated(message), EMPTY);
}
