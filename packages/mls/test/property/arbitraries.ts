// Any value of every structure of RFC 9420 that this package reads.
import fc from "fast-check";
import type * as mls from "../../src/internals.ts";

const bytes = (maxLength = 70) => fc.uint8Array({ maxLength });
const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const list = <T>(item: fc.Arbitrary<T>, maxLength = 3) => fc.array(item, { maxLength });
const kind = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
const just = fc.constant;

export const extension = kind<mls.Extension>({ extensionType: u16, extensionData: bytes() });
export const extensions = fc.uniqueArray(extension, { maxLength: 3, selector: (e) => e.extensionType });
export const credential: fc.Arbitrary<mls.Credential> = fc.oneof(
  kind({ credentialType: just("basic" as const), identity: bytes() }),
  kind({
    credentialType: just("x509" as const),
    certificates: list(fc.uint8Array({ minLength: 32, maxLength: 70 })),
  }),
);
const capabilities = kind<mls.Capabilities>({
  versions: list(u16),
  cipherSuites: list(u16),
  extensions: list(u16),
  proposals: list(u16),
  credentials: list(u16),
});
const leafSource = fc.oneof(
  kind({
    leafNodeSource: just("key_package" as const),
    lifetime: kind<mls.Lifetime>({ notBefore: u64, notAfter: u64 }),
  }),
  kind({ leafNodeSource: just("update" as const) }),
  kind({ leafNodeSource: just("commit" as const), parentHash: bytes() }),
);
const leafFields = kind({
  encryptionKey: bytes(),
  signatureKey: bytes(),
  credential,
  capabilities,
  extensions,
  signature: bytes(),
});
export const leafNode = fc
  .tuple(leafFields, leafSource)
  .map(([fields, source]) => ({ ...fields, ...source }) as mls.LeafNode);
export const keyPackage = kind<mls.KeyPackage>({
  version: u16,
  cipherSuite: u16,
  initKey: bytes(),
  leafNode,
  extensions,
  signature: bytes(),
});
export const preSharedKeyId = fc.oneof(
  kind({ pskType: just("external" as const), pskId: bytes(), pskNonce: bytes() }),
  kind({
    pskType: just("resumption" as const),
    usage: fc.constantFrom("application" as const, "reinit" as const, "branch" as const),
    pskGroupId: bytes(),
    pskEpoch: u64,
    pskNonce: bytes(),
  }),
);
export const proposal: fc.Arbitrary<mls.Proposal> = fc.oneof(
  kind({ proposalType: just("add" as const), keyPackage }),
  kind({ proposalType: just("update" as const), leafNode }),
  kind({ proposalType: just("remove" as const), removed: u32 }),
  kind({ proposalType: just("psk" as const), psk: preSharedKeyId }),
  kind({
    proposalType: just("reinit" as const),
    groupId: bytes(),
    version: u16,
    cipherSuite: u16,
    extensions,
  }),
  kind({ proposalType: just("external_init" as const), kemOutput: bytes() }),
  kind({ proposalType: just("group_context_extensions" as const), extensions }),
);
export const hpkeCiphertext = kind<mls.HpkeCiphertext>({ kemOutput: bytes(), ciphertext: bytes(200) });
export const updatePath = kind<mls.UpdatePath>({
  leafNode,
  nodes: list(kind({ encryptionKey: bytes(), encryptedPathSecret: list(hpkeCiphertext) })),
});
const withOptional = <T extends object, U extends object>(
  required: fc.Arbitrary<T>,
  extra: fc.Arbitrary<U>,
) => fc.tuple(required, fc.option(extra, { nil: undefined })).map(([a, b]) => ({ ...a, ...b }));
export const commit = withOptional(
  kind({
    proposals: list(
      fc.oneof(
        kind({ type: just("proposal" as const), proposal }),
        kind({ type: just("reference" as const), reference: bytes() }),
      ),
    ),
  }),
  kind({ path: updatePath }),
) as fc.Arbitrary<mls.Commit>;
export const groupContext = kind<mls.GroupContext>({
  version: u16,
  cipherSuite: u16,
  groupId: bytes(),
  epoch: u64,
  treeHash: bytes(),
  confirmedTranscriptHash: bytes(),
  extensions,
});
export const groupInfo = kind<mls.GroupInfo>({
  groupContext,
  extensions,
  confirmationTag: bytes(),
  signer: u32,
  signature: bytes(),
});
export const groupSecrets = withOptional(
  kind({ joinerSecret: bytes(), psks: list(preSharedKeyId) }),
  kind({ pathSecret: bytes() }),
) as fc.Arbitrary<mls.GroupSecrets>;
export const welcome = kind<mls.Welcome>({
  cipherSuite: u16,
  secrets: list(kind({ newMember: bytes(), encryptedGroupSecrets: hpkeCiphertext })),
  encryptedGroupInfo: bytes(20000),
});
export const parentNode = kind<mls.ParentNode>({
  encryptionKey: bytes(),
  parentHash: bytes(),
  unmergedLeaves: list(u32),
});
export const ratchetTree = list(
  fc.option(
    fc.oneof(
      kind({ nodeType: just("leaf" as const), leafNode }),
      kind({ nodeType: just("parent" as const), parentNode }),
    ),
    { nil: undefined },
  ),
  6,
);
const sender: fc.Arbitrary<mls.Sender> = fc.oneof(
  kind({ senderType: just("member" as const), leafIndex: u32 }),
  kind({ senderType: just("external" as const), senderIndex: u32 }),
  kind({ senderType: just("new_member_proposal" as const) }),
  kind({ senderType: just("new_member_commit" as const) }),
);
export const framedContent = fc
  .tuple(
    kind({ groupId: bytes(), epoch: u64, sender, authenticatedData: bytes() }),
    fc.oneof(
      kind({ contentType: just("application" as const), applicationData: bytes(300) }),
      kind({ contentType: just("proposal" as const), proposal }),
      kind({ contentType: just("commit" as const), commit }),
    ),
  )
  .map(([head, body]) => ({ ...head, ...body }) as mls.FramedContent);
export const publicMessage = fc
  .tuple(framedContent, bytes(), bytes(), bytes())
  .map(([content, signature, tag, membershipTag]): mls.PublicMessage => {
    const auth = content.contentType === "commit" ? { signature, confirmationTag: tag } : { signature };
    return content.sender.senderType === "member" ? { content, auth, membershipTag } : { content, auth };
  });
export const privateMessage = kind({
  groupId: bytes(),
  epoch: u64,
  contentType: fc.constantFrom("application" as const, "proposal" as const, "commit" as const),
  authenticatedData: bytes(),
  encryptedSenderData: bytes(),
  ciphertext: bytes(300),
});
const version = just(1 as const);
export const mlsMessage = fc.oneof(
  kind({ version, wireFormat: just("mls_public_message" as const), publicMessage }),
  kind({ version, wireFormat: just("mls_private_message" as const), privateMessage }),
  kind({ version, wireFormat: just("mls_welcome" as const), welcome }),
  kind({ version, wireFormat: just("mls_group_info" as const), groupInfo }),
  kind({ version, wireFormat: just("mls_key_package" as const), keyPackage }),
) as fc.Arbitrary<mls.MLSMessage>;
export const authenticatedContent = publicMessage.chain(({ content, auth }) =>
  fc
    .constantFrom("mls_public_message" as const, "mls_private_message" as const)
    .map((wireFormat): mls.AuthenticatedContent => ({ wireFormat, content, auth })),
);
export const keyPackageContent = keyPackage.map(({ signature: _, ...content }) => content);
export const groupInfoContent = groupInfo.map(({ signature: _, ...content }) => content);
export const requiredCapabilities = kind({
  extensionTypes: list(u16),
  proposalTypes: list(u16),
  credentialTypes: list(u16),
});
export const integers = { u8, u16, u32, u64 };
export const externalSender = kind<mls.ExternalSender>({ signatureKey: bytes(), credential });
