// E29, E30, M11: what a member signs and a gateway forwards may be anything; it is invalid and changes nothing.

import { createKeyPackage, signatureKeyPairFrom } from "@puredave/mls";
import {
  authenticated,
  confirmationTag,
  createCryptoProvider,
  decryptWithLabel,
  encodePublicMessage,
  encryptWithLabel,
  epochSecrets,
  externalSenderCodec,
  type GroupInfo,
  type GroupSecrets,
  generateSignatureKeyPair,
  groupContextCodec,
  groupInfoCodec,
  groupInfoContentCodec,
  groupSecretsCodec,
  type KeyPackage,
  keyPackageCodec,
  type MLSMessage,
  memberSecret,
  membershipTag,
  mlsMessageCodec,
  type Proposal,
  signContent,
  signExternalProposal,
  signWithLabel,
  welcomeCodec,
  welcomeKey,
  zeroSecret,
} from "@puredave/mls/internals";
import { describe, expect, it } from "vitest";
import { DaveSession, importMember, processProposals, snowflakeBytes } from "../../src/protocol.ts";
import { concat } from "../support/call.ts";

// biome-ignore lint/suspicious/noExplicitAny: spoilt on purpose, past every type
type Loose = Record<string, any>;

const crypto = createCryptoProvider();
const channelId = "42";
const userIds = ["1", "2", "3", "4"];
const gateway = generateSignatureKeyPair(crypto);
const externalSender = externalSenderCodec.encode({
  signatureKey: gateway.publicKey,
  credential: { credentialType: "basic", identity: Uint8Array.of(1) },
});

function sessionOf(userId: string, signaturePrivateKey?: Uint8Array): DaveSession {
  const session = new DaveSession({ userId, channelId, crypto, signaturePrivateKey });
  session.setExternalSender(externalSender);
  session.startPendingGroup();
  return session;
}

function append(epoch: bigint, ...proposals: Proposal[]): Uint8Array {
  const groupId = snowflakeBytes(channelId);
  const signaturePrivateKey = gateway.privateKey;
  const messages = concat(
    proposals.map(
      (proposal) =>
        signExternalProposal(crypto, { groupId, epoch, senderIndex: 0, signaturePrivateKey, proposal })
          .message,
    ),
  );
  // one to three key packages: a length of two bytes
  const { length } = messages;
  return concat([Uint8Array.of(0, 0x40 | (length >> 8), length & 0xff), messages]);
}

const add = (keyPackage: KeyPackage): Proposal => ({ proposalType: "add", keyPackage });

function commitOf(
  session: DaveSession,
  body: Uint8Array,
): { commit: Uint8Array; welcome: Uint8Array | undefined } {
  const made = processProposals(session, body, userIds);
  if (made.outcome !== "commit") throw new Error(made.outcome);
  return made;
}

describe("E29: a commit with a valid signature and membership tag, its path spoilt", () => {
  const members = userIds.map((userId) => sessionOf(userId));
  const [author, other] = members as [DaveSession, DaveSession];
  const first = commitOf(
    author,
    append(0n, ...members.slice(1).map((member) => add(keyPackageCodec.decode(member.createKeyPackage())))),
  );
  author.processCommit(first.commit);
  for (const member of members.slice(1)) member.processWelcome(first.welcome!, userIds);
  const removal = append(1n, { proposalType: "remove", removed: 3 });
  processProposals(other, removal, userIds);
  const { commit } = commitOf(author, removal);

  /** The author's commit, edited and then signed and tagged anew. */
  function spoilt(edit: (content: Loose, auth: Loose) => void): Uint8Array {
    const message = structuredClone(mlsMessageCodec.decode(commit)) as Extract<
      MLSMessage,
      { wireFormat: "mls_public_message" }
    >;
    const { content, auth } = message.publicMessage;
    edit(content, auth);
    const { encodedContext, secrets } = author.group!.state;
    const { privateKey } = author.signatureKeyPair;
    const signature = signContent(crypto, privateKey, "mls_public_message", content, encodedContext);
    const signed = { content, auth: { ...auth, signature } };
    const tag = membershipTag(crypto, secrets.membership.bytes, authenticated(signed), encodedContext);
    return encodePublicMessage({ ...signed, membershipTag: tag });
  }

  const sealed = (content: Loose): Loose[] =>
    content.commit.path.nodes.flatMap((node: Loose) => node.encryptedPathSecret);

  it.each<[string, (content: Loose, auth: Loose) => void]>([
    ...[0, 1, 15, 16, 31, 64, 200].map((length): [string, (content: Loose) => void] => [
      `path secrets sealed in ${length} bytes`,
      (content) => {
        for (const secret of sealed(content)) secret.ciphertext = new Uint8Array(length);
      },
    ]),
    ...[0, 1, 64, 65, 66].map((length): [string, (content: Loose) => void] => [
      `an encapsulation of ${length} bytes that is no point`,
      (content) => {
        for (const secret of sealed(content)) secret.kemOutput = new Uint8Array(length).fill(4);
      },
    ]),
    ["a path without nodes", (content) => void (content.commit.path.nodes = [])],
    [
      "a path with a node too many",
      (content) => content.commit.path.nodes.push(content.commit.path.nodes[0]),
    ],
    [
      "nobody to open it for",
      (content) => {
        for (const node of content.commit.path.nodes) node.encryptedPathSecret = [];
      },
    ],
    [
      "public keys that are no points",
      (content) => {
        for (const node of content.commit.path.nodes) node.encryptionKey = new Uint8Array(65);
      },
    ],
    ["one reference twice", (content) => content.commit.proposals.push(content.commit.proposals[0])],
    ["no proposal", (content) => void (content.commit.proposals = [])],
    ["a sender beyond the tree", (content) => void (content.sender.leafIndex = 0xffff_ffff)],
    ["a sender whose leaf is blank", (content) => void (content.sender.leafIndex = 4)],
    ["ourselves as the sender", (content) => void (content.sender.leafIndex = 1)],
    ["a short confirmation tag", (_, auth) => void (auth.confirmationTag = new Uint8Array(3))],
  ])("%s", (_, edit) => {
    expect(other.processCommit(spoilt(edit))).toMatchObject({ outcome: "invalid" });
    expect([other.epoch, other.queuedProposals]).toEqual([1n, 1]);
  });

  it("afterwards the honest one is adopted", () => {
    expect(other.processCommit(commit)).toMatchObject({ outcome: "adopted", epoch: 2n });
  });
});

describe("E30: a welcome sealed for our key package, its contents spoilt", () => {
  const author = sessionOf("1");
  const identityKey = new Uint8Array(32).fill(7);
  const bundle = createKeyPackage(crypto, {
    identity: snowflakeBytes("2"),
    signatureKeyPair: signatureKeyPairFrom(crypto, identityKey),
  });
  const welcome = welcomeCodec.decode(commitOf(author, append(0n, add(bundle.keyPackage))).welcome!);
  const { initKey } = bundle.keyPackage;
  const pair = { privateKey: bundle.initPrivateKey, publicKey: initKey };
  const [entry] = welcome.secrets;
  const secrets = groupSecretsCodec.decode(
    decryptWithLabel(crypto, pair, "Welcome", welcome.encryptedGroupInfo, entry!.encryptedGroupSecrets),
  );
  const keyOf = (joiner: Uint8Array) => welcomeKey(crypto, memberSecret(crypto, joiner, zeroSecret()));
  const { key, nonce } = keyOf(secrets.joinerSecret);
  const info = groupInfoCodec.decode(crypto.open(key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo)!);

  function spoilt(edit: (info: Loose, secrets: Loose) => void): Uint8Array {
    const [newInfo, newSecrets] = [structuredClone(info), structuredClone(secrets)] as [Loose, Loose];
    edit(newInfo, newSecrets);
    const { privateKey } = author.signatureKeyPair;
    const content = groupInfoContentCodec.encode(newInfo as GroupInfo);
    const signature = signWithLabel(crypto, privateKey, "GroupInfoTBS", content);
    const seal = keyOf(newSecrets.joinerSecret);
    const opened = groupInfoCodec.encode({ ...(newInfo as GroupInfo), signature });
    const encryptedGroupInfo = crypto.seal(seal.key, seal.nonce, new Uint8Array(0), opened);
    const group = groupSecretsCodec.encode(newSecrets as GroupSecrets);
    const encryptedGroupSecrets = encryptWithLabel(crypto, initKey, "Welcome", encryptedGroupInfo, group);
    const newMember = bundle.ref;
    return welcomeCodec.encode({
      ...welcome,
      secrets: [{ newMember, encryptedGroupSecrets }],
      encryptedGroupInfo,
    });
  }

  function joiner(): DaveSession {
    const session = sessionOf("2", identityKey);
    importMember(session, {
      keyPackage: bundle.bytes,
      initPrivateKey: bundle.initPrivateKey,
      leafPrivateKey: bundle.leafPrivateKey,
    });
    return session;
  }

  const tree = (edited: Loose): Loose =>
    edited.extensions.find(({ extensionType }: Loose) => extensionType === 2);

  it.each<[string, (info: Loose, secrets: Loose) => void]>([
    ...[0, 1, 31, 33, 255].map((length): [string, (info: Loose, secrets: Loose) => void] => [
      `a path secret of ${length} bytes`,
      (_, edited) => void (edited.pathSecret = new Uint8Array(length)),
    ]),
    ...[0, 31, 33].map((length): [string, (info: Loose, secrets: Loose) => void] => [
      `a joiner secret of ${length} bytes`,
      (_, edited) => void (edited.joinerSecret = new Uint8Array(length)),
    ]),
    ["a signer beyond the tree", (edited) => void (edited.signer = 0xffff_ffff)],
    ["ourselves as the signer", (edited) => void (edited.signer = 1)],
    ["another epoch", (edited) => void (edited.groupContext.epoch = 9n)],
    [
      "epoch 0, which nobody shares, vouched for by a confirmation tag",
      (edited, sealed) => {
        edited.groupContext.epoch = 0n;
        const member = memberSecret(crypto, sealed.joinerSecret, zeroSecret());
        const epoch = epochSecrets(crypto, member, groupContextCodec.encode(edited.groupContext));
        const { confirmedTranscriptHash } = edited.groupContext;
        edited.confirmationTag = confirmationTag(crypto, epoch.confirmation.bytes, confirmedTranscriptHash);
      },
    ],
    ["no external sender", (edited) => void (edited.groupContext.extensions = [])],
    ["another group", (edited) => void (edited.groupContext.groupId = snowflakeBytes("43"))],
    ["no tree", (edited) => void (edited.extensions = [])],
    ["an empty tree", (edited) => void (tree(edited).extensionData = Uint8Array.of(0))],
    ["a tree of zeros", (edited) => void (tree(edited).extensionData = new Uint8Array(50))],
  ])("%s", (_, edit) => {
    const session = joiner();
    expect(session.processWelcome(spoilt(edit), userIds)).toMatchObject({ outcome: "invalid" });
    expect([session.epoch, session.hasPendingGroup]).toEqual([0n, true]);
  });

  it("untouched it is joined", () => {
    expect(
      joiner().processWelcome(
        spoilt(() => {}),
        userIds,
      ),
    ).toMatchObject({ outcome: "joined", epoch: 1n });
  });
});
