// RFC 9420 §6.1–6.2 Content authentication: signature and membership tag.
import { concat, EMPTY, equalBytes } from "../bytes.ts";
import { u16 } from "../codec/codec.ts";
import { refHash, signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import {
  type AuthenticatedContent,
  authDataCodec,
  authenticatedContentCodec,
  encodeContent,
  type FramedContent,
  type WireFormat,
  wireFormatCodec,
} from "./content.ts";
import type { PublicMessage } from "./message.ts";

const LABEL = "FramedContentTBS";

/** §6.1 `FramedContentTBS`; `context` (encoded GroupContext) counts for members and new members' commits. */
export function framedContentTbs(
  wireFormat: WireFormat,
  content: FramedContent,
  context: Uint8Array,
): Uint8Array {
  const inGroup = content.sender.senderType === "member" || content.sender.senderType === "new_member_commit";
  return concat(
    u16.encode(1),
    wireFormatCodec.encode(wireFormat),
    encodeContent(content),
    inGroup ? context : EMPTY,
  );
}

export const signContent = (
  crypto: CryptoProvider,
  privateKey: Uint8Array,
  wireFormat: WireFormat,
  content: FramedContent,
  context: Uint8Array,
): Uint8Array => signWithLabel(crypto, privateKey, LABEL, framedContentTbs(wireFormat, content, context));

export const verifyContent = (
  crypto: CryptoProvider,
  signatureKey: Uint8Array,
  { wireFormat, content, auth }: AuthenticatedContent,
  context: Uint8Array,
): boolean =>
  verifyWithLabel(
    crypto,
    signatureKey,
    LABEL,
    framedContentTbs(wireFormat, content, context),
    auth.signature,
  );

/** §6.2 `MAC(membership_key, AuthenticatedContentTBM)` */
export const membershipTag = (
  crypto: CryptoProvider,
  membershipKey: Uint8Array,
  { wireFormat, content, auth }: AuthenticatedContent,
  context: Uint8Array,
): Uint8Array =>
  crypto.hmac(
    membershipKey,
    concat(framedContentTbs(wireFormat, content, context), authDataCodec(content.contentType).encode(auth)),
  );

/** §6.2 whether the membership tag of a member's PublicMessage fits. */
export const verifyMembershipTag = (
  crypto: CryptoProvider,
  membershipKey: Uint8Array,
  message: PublicMessage,
  context: Uint8Array,
): boolean =>
  message.membershipTag !== undefined &&
  equalBytes(message.membershipTag, membershipTag(crypto, membershipKey, authenticated(message), context));

/** A PublicMessage as the content that was signed. */
export const authenticated = ({ content, auth }: PublicMessage): AuthenticatedContent => ({
  wireFormat: "mls_public_message",
  content,
  auth,
});

/** §5.2 `ProposalRef`, 32 bytes. */
export const makeProposalRef = (crypto: CryptoProvider, content: AuthenticatedContent): Uint8Array =>
  refHash(crypto, "MLS 1.0 Proposal Reference", authenticatedContentCodec.encode(content));
