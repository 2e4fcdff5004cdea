// E25, E27, E29, E30, M11: a member or gateway signs, tags and seals a message correctly around one field at the edge of its type.
// Neither session nor client blames its caller or throws, and what is refused leaves the session as it was.

import {
  createCryptoProvider,
  externalSenderCodec,
  externalSendersExtension,
  generateSignatureKeyPair,
  hex,
  keyPackageCodec,
  opaque,
  type Proposal,
  proposalRef,
  signatureKeyPairFrom,
  signExternalProposal,
} from "@puredave/mls/internals";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommitHooks, forgeCommit } from "../../../mls/test/forge/commit.ts";
import { forgeKeyPackage } from "../../../mls/test/forge/key-package.ts";
import { type Spoiling, spoil, spoiling } from "../../../mls/test/forge/spoil.ts";
import { forgeWelcome } from "../../../mls/test/forge/welcome.ts";
import { DaveSession, importMember, processProposals, snowflakeBytes } from "../../src/protocol.ts";
import { Call, concat } from "../support/call.ts";

const crypto = createCryptoProvider();
const users = ["100", "200", "300", "400"];
const quick = process.env.PUREDAVE_TEST_QUICK !== undefined;
const RUNS = quick ? 40 : 250;

/** Reasons that tell the caller to mend its call. */
const MISUSE = ["invalid-argument", "invalid-snowflake", "closed"];
const blamesNobody = (told: { readonly reason?: unknown }) =>
  expect(MISUSE, "a reason that blames the caller").not.toContain(told.reason);

/** What a forger makes; a value that no encoding can carry is none that comes from the wire. */
function forge<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}

const gateway = generateSignatureKeyPair(crypto);
const sender = {
  signatureKey: gateway.publicKey,
  credential: { credentialType: "basic", identity: Uint8Array.of(1) },
} as const;

function sessionOf(
  userId: string,
  channelId: string,
  externalSender: Uint8Array,
  key?: Uint8Array,
): DaveSession {
  const session = new DaveSession({ userId, channelId, crypto, signaturePrivateKey: key });
  session.setExternalSender(externalSender);
  session.startPendingGroup();
  return session;
}

const messageOf = (channelId: string, epoch: bigint, proposal: Proposal, privateKey: Uint8Array) =>
  signExternalProposal(crypto, {
    ...{ groupId: snowflakeBytes(channelId), epoch, senderIndex: 0, proposal },
    signaturePrivateKey: privateKey,
  }).message;
const appendOf = (...messages: Uint8Array[]) => concat([Uint8Array.of(0), opaque.encode(concat(messages))]);
const revokeOf = (ref: Uint8Array) => concat([Uint8Array.of(1), opaque.encode(opaque.encode(ref))]);

const STAGES = [
  "content",
  "leaf",
  "signedLeaf",
  "path",
  "sealedSecret",
  "signature",
  "membershipTag",
] as const;
type Stage = (typeof STAGES)[number];
const stage = fc.constantFrom(...STAGES);
const hooksOf = (at: Stage, how: Spoiling): CommitHooks => ({
  [at]: (honest: unknown) => spoil(honest, how),
});

/** An Add or Remove, and where in it the field is spoilt. */
const proposals = fc.tuple(spoiling, fc.constantFrom("leaf", "signedLeaf", "content", "signed", "remove"));
function proposalOf([how, kind]: readonly [Spoiling, string]): Proposal {
  if (kind === "remove") return spoil<Proposal>({ proposalType: "remove", removed: 1 }, how);
  const hooks = { [kind]: (honest: unknown) => spoil(honest, how) };
  return { proposalType: "add", keyPackage: forgeKeyPackage(crypto, "12345678", hooks).keyPackage };
}

describe("DaveSession", () => {
  const channelId = "42";
  const externalSender = externalSenderCodec.encode(sender);
  const members = users.map((userId) => sessionOf(userId, channelId, externalSender));
  const [author, other] = members as [DaveSession, DaveSession];
  const add = (member: DaveSession): Proposal => ({
    proposalType: "add",
    keyPackage: keyPackageCodec.decode(member.createKeyPackage()),
  });
  const first = members.slice(1).map((member) => messageOf(channelId, 0n, add(member), gateway.privateKey));
  const made = processProposals(author, appendOf(...first), users);
  if (made.outcome !== "commit") throw new Error(made.outcome);
  author.processCommit(made.commit);
  for (const member of members.slice(1)) member.processWelcome(made.welcome!, users);
  const removal = messageOf(channelId, 1n, { proposalType: "remove", removed: 3 }, gateway.privateKey);
  processProposals(other, appendOf(removal), users);

  const stateOf = (session: DaveSession) => ({
    epoch: session.epoch,
    authenticator: session.group && hex(session.group.epochAuthenticator),
    context: session.group && hex(session.group.groupContext),
    roster: [...session.roster].map(([userId, key]) => [userId, JSON.stringify(key)]),
    keyPackage: session.keyPackage && hex(session.keyPackage),
    secret: session.baseSecret("300")?.join(),
    queued: session.queuedProposals,
  });

  it("E29: a member's commit", () => {
    const reference = { type: "reference", reference: proposalRef(crypto, removal) } as const;
    const before = stateOf(other);
    // The confirmation tag is checked last. It never fits, so that the session is there for the next commit.
    const forgeWith = (hooks: CommitHooks) =>
      forgeCommit(author.group!, {
        proposals: [reference],
        apply: (tree) => void tree.removeLeaf(3),
        confirmationTag: () => new Uint8Array(32),
        ...hooks,
      });
    expect(other.processCommit(forgeWith({}))).toMatchObject({ reason: "bad-confirmation-tag" });
    const property = fc.property(stage, spoiling, (at, how) => {
      const commit = forge(() => forgeWith(hooksOf(at, how)));
      if (!commit) return;
      const judged = other.processCommit(commit);
      expect(["invalid", "ignored"]).toContain(judged.outcome);
      blamesNobody(judged as { reason?: unknown });
      expect(stateOf(other)).toEqual(before);
    });
    fc.assert(property, { endOnFailure: true, numRuns: RUNS });
  });

  it("E27: an Add or Remove", () => {
    const before = stateOf(other);
    const property = fc.property(proposals, (input) => {
      const message = forge(() => messageOf(channelId, 1n, proposalOf(input), gateway.privateKey));
      if (!message) return;
      const judged = processProposals(other, appendOf(message), users);
      blamesNobody(judged as { reason?: unknown });
      const accepted = other.queuedProposals > before.queued;
      if (accepted) processProposals(other, revokeOf(proposalRef(crypto, message)), users);
      expect(stateOf(other)).toEqual(before);
    });
    fc.assert(property, { endOnFailure: true, numRuns: RUNS });
  });

  it("E25: an external sender", () => {
    const property = fc.property(spoiling, (how) => {
      const bytes = forge(() => externalSenderCodec.encode(spoil(sender, how)));
      if (!bytes) return;
      const session = new DaveSession({ userId: "100", channelId, crypto });
      session.setExternalSender(bytes);
      session.startPendingGroup();
      const before = stateOf(other);
      other.setExternalSender(bytes);
      expect(stateOf(other)).toEqual(before);
    });
    fc.assert(property, { endOnFailure: true, numRuns: Math.ceil(RUNS / 5) });
  });

  it("E30: a Welcome", () => {
    const identity = signatureKeyPairFrom(crypto, new Uint8Array(32).fill(7));
    const signer = forgeKeyPackage(crypto, "signer", {
      leaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity: snowflakeBytes("100") } }),
    });
    const bundle = forgeKeyPackage(crypto, "new", {
      signatureKeyPair: identity,
      leaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity: snowflakeBytes("500") } }),
    });
    const tree: Parameters<typeof forgeWelcome>[1]["tree"] = [
      { nodeType: "leaf", leafNode: signer.keyPackage.leafNode },
      undefined,
      { nodeType: "leaf", leafNode: bundle.keyPackage.leafNode },
    ];
    const extensions = [externalSendersExtension([sender])];
    const VALUES = { tree, extensions, epoch: 5n, pathSecret: new Uint8Array(32) };
    const names = [
      ...(["tree", "extensions", "epoch", "pathSecret"] as const),
      ...(["context", "info", "signedInfo", "welcome", "joinerSecret"] as const),
    ];
    const forgeWith = (change: object) =>
      forgeWelcome(crypto, {
        ...{ tree, signer: 0, signerKey: signer.signatureKeyPair.privateKey, bundle, extensions },
        groupId: snowflakeBytes(channelId),
        ...change,
      });
    const joiner = () => {
      const session = sessionOf("500", channelId, externalSender, identity.privateKey);
      importMember(session, {
        keyPackage: bundle.bytes,
        initPrivateKey: bundle.initPrivateKey,
        leafPrivateKey: bundle.leafPrivateKey,
      });
      return session;
    };
    expect(joiner().processWelcome(forgeWith({}), users)).toMatchObject({ outcome: "joined", epoch: 5n });
    const property = fc.property(fc.constantFrom(...names), spoiling, (name, how) => {
      const value = (VALUES as Record<string, unknown>)[name];
      const change = {
        [name]: value === undefined ? (honest: unknown) => spoil(honest, how) : spoil(value, how),
      };
      const welcome = forge(() => forgeWith(change));
      if (!welcome) return;
      const session = joiner();
      const before = stateOf(session);
      const judged = session.processWelcome(welcome, users);
      blamesNobody(judged as { reason?: unknown });
      if (judged.outcome !== "joined") expect(stateOf(session)).toEqual(before);
    });
    fc.assert(property, { endOnFailure: true, numRuns: RUNS });
  });
});

describe("DaveClient.receive", () => {
  it("E27, E29: a member's commit, and an Add or Remove of the gateway", () => {
    const property = fc.property(stage, spoiling, proposals, fc.boolean(), (at, how, input, asProposal) => {
      const faults: unknown[] = [];
      const call = new Call();
      const member = call.join("100", { onFault: (fault) => faults.push(fault) });
      member.receive({ op: 11, userIds: ["100", "200"] });
      const forger = sessionOf("200", call.channelId, call.signer.externalSender);
      const { privateKey } = call.signer.keys;
      const keyPackage = keyPackageCodec.decode(forger.createKeyPackage());
      const entry = messageOf(call.channelId, 0n, { proposalType: "add", keyPackage }, privateKey);
      member.receive(call.append({ message: entry }));
      const { commit, welcome } = member.lastOf(28);
      member.receive(call.announce(0, commit));
      forger.processWelcome(welcome!, ["100", "200"]);
      const { epoch } = member.client;
      const message = forge(() =>
        asProposal
          ? messageOf(call.channelId, 1n, proposalOf(input), privateKey)
          : forgeCommit(forger.group!, { confirmationTag: () => new Uint8Array(32), ...hooksOf(at, how) }),
      );
      if (!message) return;
      member.receive(asProposal ? call.append({ message }) : call.announce(1, message));
      for (const type of ["invalid", "ignored", "commitWaiting"] as const)
        member.eventsOf(type).forEach(blamesNobody);
      expect(faults).toEqual([]);
      // a commit that cannot be adopted leads to a recovery (E29), nothing else changes the epoch
      if (member.eventsOf("invalid").length === 0) expect(member.client.epoch).toBe(epoch);
    });
    fc.assert(property, { endOnFailure: true, numRuns: Math.ceil(RUNS / 3) });
  });
});
