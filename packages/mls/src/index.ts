// RFC 9420, The Messaging Layer Security Protocol, for cipher suite 2: the public names.
export { concat, equalBytes, hex } from "./bytes.ts";
export { type Codec, opaque, optional, struct, u8, u16, u32, u64, vector } from "./codec/codec.ts";
export { Reader, type ReaderLimits } from "./codec/reader.ts";
export { Writer } from "./codec/writer.ts";
export type { HpkeCiphertext, KeyPair } from "./crypto/hpke.ts";
export {
  decryptWithLabel,
  deriveSecret,
  deriveTreeSecret,
  encryptWithLabel,
  expandWithLabel,
  refHash,
  signWithLabel,
  verifyWithLabel,
} from "./crypto/labels.ts";
export { CIPHER_SUITE, type CryptoProvider } from "./crypto/provider.ts";
export { type CryptoOptions, createCryptoProvider } from "./crypto/select.ts";
export { InternalError, MlsError, type MlsErrorCode } from "./errors.ts";
export type { FramedContent, FramedContentAuthData, Sender } from "./framing/content.ts";
export { type MLSMessage, mlsMessageCodec, type PublicMessage } from "./framing/message.ts";
export type { CreateOptions } from "./group/create.ts";
export type { CommitOptions } from "./group/create-commit.ts";
export { signExternalProposal, verifyExternalProposal } from "./group/external-proposal.ts";
export { Group, type Member } from "./group/group.ts";
export type { JoinOptions } from "./group/join.ts";
export {
  createKeyPackage,
  generateSignatureKeyPair,
  importKeyPackage,
  type KeyPackageBundle,
  keyPackageRef,
  type MemberOptions,
  type SignatureKeyPair,
  signatureKeyPairFrom,
  validateKeyPackage,
} from "./group/key-package.ts";
export { proposalRef } from "./group/receive.ts";
export type { CachedProposal, Features } from "./group/state.ts";
export { type Commit, commitCodec, type ProposalOrRef, type UpdatePath } from "./messages/commit.ts";
export { type Credential, credentialCodec } from "./messages/credential.ts";
export {
  decodeExternalSenders,
  EXTENSION,
  type Extension,
  type ExternalSender,
  extensionCodec,
  externalSenderCodec,
  externalSendersExtension,
} from "./messages/extension.ts";
export { type GroupContext, groupContextCodec } from "./messages/group-context.ts";
export { type GroupInfo, groupInfoCodec } from "./messages/group-info.ts";
export { type KeyPackage, keyPackageCodec } from "./messages/key-package.ts";
export { type Proposal, proposalCodec } from "./messages/proposal.ts";
export { type GroupSecrets, groupSecretsCodec, type Welcome, welcomeCodec } from "./messages/welcome.ts";
export { type Capabilities, type LeafNode, type Lifetime, ratchetTreeCodec } from "./tree/nodes.ts";
