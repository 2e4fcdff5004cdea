// RFC 9420, the parts below the public names: for test suites and auditors. No stability promise.

export { expand, extract } from "./crypto/hkdf.ts";
export {
  decap,
  deriveKeyPair,
  encap,
  generateKeyPair,
  hpkeCiphertextCodec,
  receiveExport,
  sendExport,
} from "./crypto/hpke.ts";
export { Secret, type ToWipe, withSecrets } from "./crypto/secret.ts";
export { type FullFeatures, fullFeatures } from "./features/full.ts";
export { ResumptionKeys } from "./features/psk.ts";
export {
  type AuthenticatedContent,
  authenticatedContentCodec,
  CONTENT_BODIES,
  framedContentCodec,
} from "./framing/content.ts";
export { encodePublicMessage, privateMessageCodec, publicMessageCodec } from "./framing/message.ts";
export { openPrivateMessage, sealPrivateMessage, senderDataKey } from "./framing/private-message.ts";
export {
  authenticated,
  framedContentTbs,
  makeProposalRef,
  membershipTag,
  signContent,
  verifyContent,
  verifyMembershipTag,
} from "./framing/sign.ts";
export { joinGroup, verifyGroupInfo } from "./group/join.ts";
export { createProposal } from "./group/member-proposal.ts";
export { applyProposals, basicFeatures } from "./group/proposals.ts";
export type {
  Features,
  GroupState,
  ProposalEntry,
  ProposalHandler,
  ProvisionalEpoch,
} from "./group/state.ts";
export * from "./index.ts";
export { updatePathCodec } from "./messages/commit.ts";
export { extensionsCodec, requiredCapabilitiesCodec } from "./messages/extension.ts";
export { groupInfoContentCodec } from "./messages/group-info.ts";
export { keyPackageContentCodec } from "./messages/key-package.ts";
export { preSharedKeyIdCodec } from "./messages/proposal.ts";
export {
  epochSecrets,
  exportSecret,
  joinerSecret,
  memberSecret,
  secretsFromEpochSecret,
  welcomeKey,
  zeroSecret,
} from "./schedule/key-schedule.ts";
export { pskSecret } from "./schedule/psk.ts";
export { SecretTree } from "./schedule/secret-tree.ts";
export { confirmationTag, confirmedTranscriptHash, interimTranscriptHash } from "./schedule/transcript.ts";
export { signLeafNode, validateLeafNode, validateLeaves } from "./tree/leaf-node.ts";
export * from "./tree/math.ts";
export { leafNodeCodec, type ParentNode, parentNodeCodec, type TreeNode } from "./tree/nodes.ts";
export { parentHash, setFilteredPath, verifyParentHashes } from "./tree/parent-hash.ts";
export { RatchetTree, type ReadonlyTree } from "./tree/ratchet-tree.ts";
export {
  createPath,
  decryptPath,
  derivePathSecrets,
  encryptPath,
  implantPath,
  mergePath,
  recipients,
} from "./tree/treekem.ts";
export { validateTree } from "./tree/validation.ts";
