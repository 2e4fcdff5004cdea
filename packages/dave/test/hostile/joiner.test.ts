// E27, M11: what a hostile joiner signs and a gateway repeats: others can join all the same, the work of an epoch is bounded, and
// who copies a key is told.

import {
  type CryptoProvider,
  createCryptoProvider,
  createKeyPackage,
  externalSenderCodec,
  generateKeyPair,
  generateSignatureKeyPair,
  hex,
  type KeyPackage,
  type KeyPackageBundle,
  keyPackageCodec,
  keyPackageContentCodec,
  type MLSMessage,
  mlsMessageCodec,
  opaque,
  type Proposal,
  signExternalProposal,
  signLeafNode,
  signWithLabel,
} from "@puredave/mls/internals";
import { describe, expect, it } from "vitest";
import { DaveSession, importMember, processProposals, snowflakeBytes } from "../../src/protocol.ts";
import { Call, concat } from "../support/call.ts";

const platform = createCryptoProvider();
const work = { verify: 0, sign: 0 };
const crypto: CryptoProvider = {
  ...platform,
  verify: (...args) => {
    work.verify++;
    return platform.verify(...args);
  },
  sign: (...args) => {
    work.sign++;
    return platform.sign(...args);
  },
};
const channelId = "42";
const groupId = snowflakeBytes(channelId);
const gateway = generateSignatureKeyPair(platform);
const externalSender = externalSenderCodec.encode({
  signatureKey: gateway.publicKey,
  credential: { credentialType: "basic", identity: Uint8Array.of(1) },
});
const users = Array.from({ length: 9 }, (_, i) => `${i + 1}`);

function sessionOf(userId: string, signaturePrivateKey?: Uint8Array): DaveSession {
  const session = new DaveSession({ userId, channelId, crypto, signaturePrivateKey });
  session.setExternalSender(externalSender);
  session.startPendingGroup();
  return session;
}
const messageOf = (epoch: bigint, proposal: Proposal) =>
  signExternalProposal(platform, {
    ...{ groupId, epoch, proposal },
    senderIndex: 0,
    signaturePrivateKey: gateway.privateKey,
  });
const appendOf = (...messages: Uint8Array[]) => concat([Uint8Array.of(0), opaque.encode(concat(messages))]);
const append = (epoch: bigint, ...proposals: Proposal[]) =>
  appendOf(...proposals.map((proposal) => messageOf(epoch, proposal).message));
const add = (keyPackage: KeyPackage): Proposal => ({ proposalType: "add", keyPackage });
const remove = (removed: number): Proposal => ({ proposalType: "remove", removed });

/** A key package whose leaf says that it knows `count` types of proposals. */
const wordy = (userId: string, count: number): KeyPackageBundle =>
  createKeyPackage(platform, {
    identity: snowflakeBytes(userId),
    signatureKeyPair: generateSignatureKeyPair(platform),
    capabilities: {
      versions: [1],
      cipherSuites: [2],
      extensions: [],
      proposals: Array.from({ length: count }, (_, i) => i & 0xffff),
      credentials: [1],
    },
  });

function joinedBy(bundle: KeyPackageBundle, userId: string, welcome: Uint8Array): string {
  const session = sessionOf(userId, bundle.signatureKeyPair.privateKey);
  importMember(session, {
    keyPackage: bundle.bytes,
    initPrivateKey: bundle.initPrivateKey,
    leafPrivateKey: bundle.leafPrivateKey,
  });
  return session.processWelcome(welcome, users).outcome;
}

/** A session with a second member. */
function pairOfSessions(): DaveSession {
  const author = sessionOf("1");
  const made = processProposals(author, append(0n, add(wordy("2", 0).keyPackage)), users);
  if (made.outcome !== "commit") throw new Error(made.outcome);
  author.processCommit(made.commit);
  return author;
}

describe("E27, E30: long lists of capabilities", () => {
  it.each([
    ["one Add of 65 470 entries", [65_470]],
    ["two Adds of 33 000 entries in one op 27", [33_000, 33_000]],
    ["one Add of 200 000 entries, most of them repeated", [200_000]],
  ])("%s: it is committed, and everybody added can join", (_, counts) => {
    const author = sessionOf("1");
    const bundles = [...counts.map((count, i) => wordy(`${i + 2}`, count)), wordy("9", 0)];
    const body = append(0n, ...bundles.map(({ keyPackage }) => add(keyPackage)));
    const made = processProposals(author, body, users);
    if (made.outcome !== "commit") throw new Error(`${made.outcome} ${"reason" in made && made.reason}`);
    expect(author.processCommit(made.commit)).toMatchObject({ outcome: "adopted" });
    const joined = bundles.map((bundle, i) =>
      joinedBy(bundle, i === counts.length ? "9" : `${i + 2}`, made.welcome!),
    );
    expect(new Set(joined)).toEqual(new Set(["joined"]));
  });
});

describe("E27: the work of one epoch is bounded", () => {
  it("the same op 27 again costs no signature, and the answer is the same commit", () => {
    const author = pairOfSessions();
    const body = append(1n, add(wordy("3", 0).keyPackage), remove(1));
    const first = processProposals(author, body, users);
    work.sign = work.verify = 0;
    const commitOf = (made: typeof first) => (made.outcome === "commit" ? hex(made.commit) : undefined);
    for (let i = 0; i < 300; i++)
      expect(commitOf(processProposals(author, body, users))).toBe(commitOf(first));
    expect(work).toEqual({ sign: 0, verify: 0 });
  });
  it("nor does one that is revoked and appended again", () => {
    const author = pairOfSessions();
    const [one, two] = [messageOf(1n, add(wordy("3", 0).keyPackage)), messageOf(1n, remove(1))];
    processProposals(author, appendOf(two.message), users);
    const first = processProposals(author, appendOf(one.message), users);
    const revoke = concat([Uint8Array.of(1), opaque.encode(opaque.encode(one.ref))]);
    work.sign = work.verify = 0;
    for (let i = 0; i < 20; i++) {
      expect(processProposals(author, revoke, users).outcome).toBe("commit");
      expect(processProposals(author, appendOf(one.message), users)).toEqual(first);
    }
    expect(work).toEqual({ sign: 0, verify: 0 });
  });
  it("after 256 commits there are no more, until the epoch is over", () => {
    const author = pairOfSessions();
    const outcomes: unknown[] = [];
    let commit: Uint8Array | undefined;
    for (let i = 0; i < 258; i++) {
      const { message, ref } = messageOf(1n, remove(1));
      const made = processProposals(author, appendOf(message), users);
      outcomes.push(made.outcome === "waiting" ? made.reason : made.outcome);
      if (made.outcome === "commit") commit = made.commit;
      author.revokeProposals([ref]);
    }
    expect(outcomes.slice(-3)).toEqual(["commit", "too-many-commits", "too-many-commits"]);
    expect(author.processCommit(commit!)).toMatchObject({ outcome: "adopted", epoch: 2n });
    const next = processProposals(author, append(2n, add(wordy("3", 0).keyPackage)), users);
    expect(next.outcome).toBe("commit");
  });
  it("the 4097th proposal of an epoch is not looked at", () => {
    const author = pairOfSessions();
    const { message } = messageOf(1n, remove(1));
    // signatures that do not hold: each is looked at once
    const wrong = Array.from({ length: 4097 }, (_, i) => {
      const copy = message.slice();
      copy[copy.length - 1]! ^= 1 + (i & 0x7f);
      copy[copy.length - 2]! ^= i >> 7;
      return copy;
    });
    work.verify = 0;
    const reasons = wrong.map((bytes) => {
      const made = processProposals(author, appendOf(bytes), users);
      return made.outcome === "rejected" ? made.reason : made.outcome;
    });
    expect(reasons.slice(-2)).toEqual(["bad-signature", "too-many-proposals"]);
    expect(work.verify).toBe(4096);
  });
});

describe("§7.3, §12.4.3.1 of RFC 9420: a leaf with the public key of a parent", () => {
  /** Signed by its owner; the private key of the leaf is not needed. */
  function copying(userId: string, encryptionKey: Uint8Array): KeyPackage {
    const keys = generateSignatureKeyPair(platform);
    const { leafNode } = createKeyPackage(platform, {
      identity: snowflakeBytes(userId),
      signatureKeyPair: keys,
    }).keyPackage;
    const content = {
      version: 1,
      cipherSuite: 2,
      initKey: generateKeyPair(platform).publicKey,
      leafNode: signLeafNode(platform, keys.privateKey, { ...leafNode, encryptionKey }),
      extensions: [],
    };
    const tbs = keyPackageContentCodec.encode(content);
    return { ...content, signature: signWithLabel(platform, keys.privateKey, "KeyPackageTBS", tbs) };
  }

  it("is committed with a path, newcomers can join, and the client tells who it was, once", () => {
    const author = pairOfSessions();
    const removal = processProposals(author, append(1n, remove(1), add(wordy("2", 0).keyPackage)), users);
    if (removal.outcome !== "commit") throw new Error(removal.outcome);
    author.processCommit(removal.commit);
    const parent = author.group!.state.tree.encryptionKey(1);
    const newcomer = wordy("4", 0);
    const body = append(2n, add(copying("3", parent)), add(newcomer.keyPackage));
    const made = processProposals(author, body, users);
    if (made.outcome !== "commit") throw new Error(made.outcome);
    expect(joinedBy(newcomer, "4", made.welcome!)).toBe("joined");
  });
  it("is told by the event copiedKey", () => {
    const call = new Call();
    const [a, b] = [call.join("100"), call.join("200")];
    a.receive(call.append(call.addProposal(b)));
    const first = a.lastOf(28);
    a.receive(call.announce(0, first.commit));
    call.epoch = 1n;
    a.receive(call.append(call.removeProposal(1), call.addProposal(b)));
    const second = a.lastOf(28);
    a.receive(call.announce(1, second.commit));
    call.epoch = 2n;
    const c = call.join("300");
    const message = mlsMessageCodec.decode(second.commit) as Extract<
      MLSMessage,
      { wireFormat: "mls_public_message" }
    >;
    const { content } = message.publicMessage;
    const path = content.contentType === "commit" ? content.commit.path : undefined;
    const keyPackage = copying("300", path!.nodes[0]!.encryptionKey);
    c.sent.push({ op: 26, keyPackage: keyPackageCodec.encode(keyPackage) });
    const append27 = call.append(call.addProposal(c));
    a.receive(append27);
    a.receive(append27);
    expect(a.eventsOf("copiedKey")).toMatchObject([{ userIds: ["300"] }]);
    expect(a.sentOf(28).length).toBeGreaterThan(2);
  });
});
