// message-protection: recorded public and private messages open and verify; protected anew they do so too.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

const SENDER = { senderType: "member", leafIndex: 1 } as const;

rfcVectors("message-protection", (v: Json, crypto) => {
  const context = mls.groupContextCodec.encode({
    version: 1,
    cipherSuite: v.cipher_suite,
    groupId: bytes(v.group_id),
    epoch: BigInt(v.epoch),
    treeHash: bytes(v.tree_hash),
    confirmedTranscriptHash: bytes(v.confirmed_transcript_hash),
    extensions: [],
  });
  const membershipKey = bytes(v.membership_key);
  const newKeys = () => ({
    senderDataSecret: bytes(v.sender_data_secret),
    secretTree: new mls.SecretTree(crypto, 2, bytes(v.encryption_secret)),
  });
  const rawBody = (content: mls.FramedContent) =>
    content.contentType === "application"
      ? mls.hex(content.applicationData)
      : content.contentType === "proposal"
        ? mls.hex(mls.proposalCodec.encode(content.proposal))
        : mls.hex(mls.commitCodec.encode(content.commit));
  const expectValid = (opened: mls.AuthenticatedContent, raw: string) => {
    expect(rawBody(opened.content)).toBe(raw);
    expect(opened.content.sender).toEqual(SENDER);
    expect(mls.verifyContent(crypto, bytes(v.signature_pub), opened, context)).toBe(true);
  };
  const openPublic = (message: Uint8Array) => {
    const decoded = mls.mlsMessageCodec.decode(message);
    if (decoded.wireFormat !== "mls_public_message") throw new Error("shape");
    expect(mls.verifyMembershipTag(crypto, membershipKey, decoded.publicMessage, context)).toBe(true);
    return mls.authenticated(decoded.publicMessage);
  };
  const openPrivate = (message: Uint8Array) => {
    const decoded = mls.mlsMessageCodec.decode(message);
    if (decoded.wireFormat !== "mls_private_message") throw new Error("shape");
    return mls.openPrivateMessage(crypto, newKeys(), decoded.privateMessage, {
      ownLeaf: 0,
      isMember: () => true,
    }).content;
  };

  const kinds = [
    ["proposal", { contentType: "proposal", proposal: mls.proposalCodec.decode(bytes(v.proposal)) }],
    ["commit", { contentType: "commit", commit: mls.commitCodec.decode(bytes(v.commit)) }],
    ["application", { contentType: "application", applicationData: bytes(v.application) }],
  ] as const;
  for (const [kind, body] of kinds) {
    expectValid(openPrivate(bytes(v[`${kind}_priv`])), v[kind]);
    const content = {
      groupId: bytes(v.group_id),
      epoch: BigInt(v.epoch),
      sender: SENDER,
      authenticatedData: new Uint8Array(3),
      ...body,
    };
    const protectAs = (wireFormat: "mls_public_message" | "mls_private_message") => ({
      wireFormat,
      content,
      auth: {
        signature: mls.signContent(crypto, bytes(v.signature_priv), wireFormat, content, context),
        ...(kind === "commit" && { confirmationTag: new Uint8Array(32) }),
      },
    });
    const privateMessage = mls.sealPrivateMessage(crypto, newKeys(), protectAs("mls_private_message"), 17);
    const sealed = mls.mlsMessageCodec.encode({
      version: 1,
      wireFormat: "mls_private_message",
      privateMessage,
    });
    expectValid(openPrivate(sealed), v[kind]);
    if (kind === "application") continue;
    expectValid(openPublic(bytes(v[`${kind}_pub`])), v[kind]);
    const plain = protectAs("mls_public_message");
    const membershipTag = mls.membershipTag(crypto, membershipKey, plain, context);
    expectValid(openPublic(mls.encodePublicMessage({ ...plain, membershipTag })), v[kind]);
  }
});
