// RFC 9420 §6.3, §9, §12.1.2–12.1.7, §12.4.3.2 Rules of what a DAVE group does without.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeCommit, forgeOutside, forgeProposal } from "../forge/commit.ts";
import { forgeEntry } from "../forge/entry.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { refuses } from "../support/refusal.ts";
import { add, groupOf, makeWorld, newBundle, remove, text } from "../support/world.ts";

const world = makeWorld(crypto);
const psks = { external: (id: Uint8Array) => (id[0] === 1 ? new Uint8Array(32).fill(8) : undefined) };
const features = ["a", "b", "c"].map(() => mls.fullFeatures({ psks }));
const [a, b, c] = groupOf(world, ["a", "b", "c"], (i) => features[i]) as [mls.Group, mls.Group, mls.Group];
const byValue = (...proposals: mls.Proposal[]): mls.ProposalOrRef[] =>
  proposals.map((proposal) => ({ type: "proposal", proposal }));
const commits = (proposals: mls.ProposalOrRef[], cached: mls.CachedProposal[] = []) =>
  a.processCommit(forgeCommit(b, { proposals }), cached);
const psk = (change: object = {}): mls.Proposal => ({
  proposalType: "psk",
  psk: { pskType: "external", pskId: Uint8Array.of(1), pskNonce: new Uint8Array(32), ...change } as never,
});

describe("§12.1.2 Update", () => {
  const update = (encryptionKey: Uint8Array, change: object = {}): mls.Proposal => {
    const { signatureKey, credential, capabilities, extensions } = b.state.tree.leaf(1)!;
    const leaf = { encryptionKey, signatureKey, credential, capabilities, extensions, ...change } as const;
    const place = { groupId: world.groupId, leafIndex: 1 };
    const key = b.state.signatureKey.bytes;
    return {
      proposalType: "update",
      leafNode: mls.signLeafNode(crypto, key, { ...leaf, leafNodeSource: "update" }, place),
    };
  };
  const fresh = update(mls.generateKeyPair(crypto).publicKey);

  it("is accepted, committed by another, and its own sender follows", () => {
    const message = features[1]!.createUpdate(b);
    const made = a.commit([a.receiveProposal(message)]);
    const followed = b.processCommit(made.commit, [b.receiveProposal(message)]);
    expect(followed.outcome === "next" && followed.group.epochAuthenticator).toEqual(
      made.group.epochAuthenticator,
    );
  });
  refuses("7.3-12", "an Update with the old encryption key", () =>
    a.receiveProposal(forgeProposal(b, update(b.state.tree.leaf(1)!.encryptionKey))),
  );
  refuses("5.3.1-2", "an Update with another credential", () => {
    const credential = { credentialType: "basic", identity: text("somebody else") };
    const { publicKey } = mls.generateKeyPair(crypto);
    return a.receiveProposal(forgeProposal(b, update(publicKey, { credential })));
  });
  refuses("7.3-6", "an Update signed for another leaf", () => a.receiveProposal(forgeProposal(c, fresh)));
  refuses("7.3-1", "an Update with a key package's leaf", () =>
    a.receiveProposal(
      forgeProposal(b, { proposalType: "update", leafNode: newBundle(crypto, "b").keyPackage.leafNode }),
    ),
  );
  refuses("12.2-3", "a commit that covers its sender's own Update", () => {
    const cached = a.receiveProposal(forgeProposal(b, fresh));
    return commits([{ type: "reference", reference: cached.ref }], [cached]);
  });
  refuses("12.2-2", "an Update and a Remove of one leaf", () => {
    const message = features[2]!.createUpdate(c);
    const cached = a.receiveProposal(message);
    return commits([{ type: "reference", reference: cached.ref }, ...byValue(remove(2))], [cached]);
  });
});

describe("§12.1.4 PreSharedKey", () => {
  it("is accepted by value", () => {
    const made = b.commit([], { byValue: [psk()] });
    const followed = a.processCommit(made.commit, []);
    expect(followed.outcome === "next" && followed.group.epochAuthenticator).toEqual(
      made.group.epochAuthenticator,
    );
    expect(made.group.epochAuthenticator).not.toEqual(b.commit([], { byValue: [] }).group.epochAuthenticator);
  });
  refuses("12.1.4-1", "a nonce of another length", () =>
    commits(byValue(psk({ pskNonce: new Uint8Array(16) }))),
  );
  const resumption = { pskType: "resumption", pskGroupId: text("g"), pskEpoch: 1n };
  refuses("12.1.4-2", "a PSK for reinit", () => commits(byValue(psk({ ...resumption, usage: "reinit" }))));
  refuses("12.1.4-2", "a PSK for branch", () => commits(byValue(psk({ ...resumption, usage: "branch" }))));
  refuses("12.2-4", "one PSK twice", () => commits(byValue(psk(), psk())));
  refuses("8.4-1", "more PSKs than 16 bits count", () => {
    const ids = Array.from(
      { length: 0x10000 },
      () => (psk() as { psk: mls.GroupSecrets["psks"][number] }).psk,
    );
    return features[0]!.pskSecret!(crypto, ids);
  });
  refuses("12.4.2-7", "an external PSK that is not at hand", () =>
    commits(byValue(psk({ pskId: text("?") }))),
  );
  refuses("12.4.2-7", "a resumption PSK that is not at hand", () =>
    commits(byValue(psk({ ...resumption, usage: "application" }))),
  );
});

describe("§12.1.5 ReInit", () => {
  const reInit = (version: number): mls.Proposal => ({
    proposalType: "reinit",
    groupId: text("new"),
    version,
    cipherSuite: 2,
    extensions: [],
  });
  const made = b.commit([], { byValue: [reInit(1)] });
  const followed = a.processCommit(made.commit, []);
  const ended = followed.outcome === "next" ? followed.group : a;
  it("is the last commit of a group", () => {
    expect(ended.state.reInit).toMatchObject({ version: 1, cipherSuite: 2 });
    expect(ended.epochAuthenticator).toEqual(made.group.epochAuthenticator);
  });
  refuses("12.1.5-1", "a lower version", () => commits(byValue(reInit(0))));
  refuses("13.4-3", "extensions that cannot be read", () =>
    commits(byValue({ ...reInit(1), extensions: [{ extensionType: 5, extensionData: text("?") }] } as never)),
  );
  refuses("12.2-6", "a ReInit beside another proposal", () => commits(byValue(reInit(1), psk())));
  refuses("12.4.2-6", "a proposal after it", () => ended.receiveProposal(world.propose(ended, remove(2))));
  refuses("12.4.2-8", "a commit of ours after it", () => made.group.commit([]));
});

describe("§12.1.7 GroupContextExtensions", () => {
  const extensions = (list: mls.Extension[]): mls.Proposal => ({
    proposalType: "group_context_extensions",
    extensions: list,
  });
  it("replaces the extensions", () => {
    const made = b.commit([], { byValue: [extensions([])] });
    const followed = a.processCommit(made.commit, []);
    expect(followed.outcome === "next" && followed.group.extensions).toEqual([]);
  });
  refuses("13.4-3", "external senders that cannot be read", () =>
    a.receiveProposal(
      forgeProposal(b, extensions([{ extensionType: 5, extensionData: Uint8Array.of(3, 1, 2, 3) }])),
    ),
  );
  refuses("13.4-3", "required capabilities that cannot be read, in our own commit", () =>
    b.commit([], { byValue: [extensions([{ extensionType: 3, extensionData: text("?") }])] }),
  );
  refuses("13.4-3", "external senders that cannot be read, where a group is created", () =>
    mls.Group.create(crypto, {
      ...{ groupId: world.groupId, identity: text("founder") },
      signatureKeyPair: mls.generateSignatureKeyPair(crypto),
      extensions: [{ extensionType: 5, extensionData: Uint8Array.of(3, 1, 2, 3) }],
    }),
  );
  refuses("12.2-5", "two of them", () => commits(byValue(extensions([]), extensions([]))));
  refuses("7.3-10", "requirements that members do not meet", () => {
    const lists = { extensionTypes: [], proposalTypes: [0xf0], credentialTypes: [] };
    const extensionData = mls.requiredCapabilitiesCodec.encode(lists);
    return b.commit([], { byValue: [extensions([{ extensionType: 3, extensionData }])] });
  });
});

describe("§12.4.3.2 commits of new members", () => {
  const joiner = forgeKeyPackage(crypto, "z");
  const externalPub = () => mls.deriveKeyPair(crypto, a.state.secrets.external.bytes).publicKey;
  const externalInit = (): mls.Proposal => ({
    proposalType: "external_init",
    kemOutput: mls.sendExport(crypto, externalPub(), "MLS 1.0 external init secret").kemOutput,
  });
  const enter = (proposals: mls.ProposalOrRef[], to = a, leafNode = joiner.keyPackage.leafNode) =>
    to.processCommit(
      forgeOutside(
        to,
        joiner.signatureKeyPair.privateKey,
        { senderType: "new_member_commit" },
        { contentType: "commit", commit: { proposals, path: { leafNode, nodes: [] } } },
        new Uint8Array(32),
      ),
      [],
    );
  it("is accepted, and its ExternalInit is what the next epoch begins with", () => {
    const entry = forgeEntry(a, "z");
    for (const member of [a, b, c]) {
      const done = member.processCommit(entry.commit, []);
      if (done.outcome !== "next") throw new Error("removed");
      expect(done.group.epochAuthenticator).toEqual(entry.epochAuthenticator);
      expect(done.group.members[entry.leafIndex]?.identity).toEqual(text("z"));
    }
  });
  refuses("12.4.3.2-1", "one where the group does not understand it", () => {
    const [basic] = groupOf(world, ["a", "b"]) as [mls.Group];
    return enter([], basic);
  });
  refuses("12.4.3.2-2", "proposals by reference", () => {
    const cached = a.receiveProposal(world.propose(a, remove(2)));
    const reference = { type: "reference", reference: cached.ref } as const;
    const message = forgeOutside(
      a,
      joiner.signatureKeyPair.privateKey,
      { senderType: "new_member_commit" },
      {
        contentType: "commit",
        commit: {
          proposals: [reference, ...byValue(externalInit())],
          path: { leafNode: joiner.keyPackage.leafNode, nodes: [] },
        },
      },
      new Uint8Array(32),
    );
    return a.processCommit(message, [cached]);
  });
  refuses("12.2-8", "no ExternalInit", () => enter(byValue(psk())));
  refuses("12.2-8", "two ExternalInits", () => enter(byValue(externalInit(), externalInit())));
  refuses("12.2-9", "two Removes", () => enter(byValue(externalInit(), remove(1), remove(2))));
  refuses("12.2-10", "an Add", () => enter(byValue(externalInit(), add(newBundle(crypto, "y").keyPackage))));
  refuses("12.1.2-1", "an Update", () =>
    enter(byValue(externalInit(), { proposalType: "update", leafNode: joiner.keyPackage.leafNode })),
  );
  refuses("12.4.3.2-3", "a leaf with the key of the one it removes", () =>
    enter(byValue(externalInit(), remove(1)), a, {
      ...joiner.keyPackage.leafNode,
      encryptionKey: a.state.tree.leaf(1)!.encryptionKey,
    }),
  );
  refuses("5.3.1-2", "one who takes the place of somebody else", () =>
    enter(byValue(externalInit(), remove(1))),
  );
  it("takes an old leaf's place where the application accepts the new credential as its successor", () => {
    const seen: mls.Credential[][] = [];
    const acceptSuccessor = (...pair: mls.Credential[]) => seen.push(pair) > 0;
    const full = mls.fullFeatures({ policy: { acceptSuccessor } });
    const lenient = mls.Group.fromState({ ...a.state, features: full });
    // the leaf of a key package is what is refused next
    expect(() => enter(byValue(externalInit(), remove(1)), lenient)).toThrow(
      expect.objectContaining({ rule: "7.3-1" }),
    );
    const { credential } = joiner.keyPackage.leafNode;
    expect(seen).toEqual([[a.state.tree.leaf(1)!.credential, credential]]);
  });
  refuses("7.3-1", "a leaf that is not from a commit", () => enter(byValue(externalInit())));
  refuses("12.2-7", "an ExternalInit in a member's commit", () => commits(byValue(externalInit())));
});

describe("§6.3 PrivateMessages", () => {
  const groupId = world.groupId;
  const context = a.state.encodedContext;
  const keysOf = (group: mls.Group) => ({
    senderDataSecret: group.state.secrets.senderData.bytes,
    secretTree: new mls.SecretTree(crypto, 4, new Uint8Array(32).fill(3)),
  });
  const content = (leafIndex: number) =>
    ({
      groupId,
      epoch: 1n,
      sender: { senderType: "member", leafIndex },
      authenticatedData: new Uint8Array(0),
      contentType: "application",
      applicationData: text("hello"),
    }) as const;
  const seal = (leafIndex: number, keys = keysOf(b)) => {
    const body = content(leafIndex);
    const signature = mls.signContent(
      crypto,
      b.state.signatureKey.bytes,
      "mls_private_message",
      body,
      context,
    );
    return mls.sealPrivateMessage(crypto, keys, {
      wireFormat: "mls_private_message",
      content: body,
      auth: { signature },
    });
  };
  const open = (message: ReturnType<typeof seal>, keys = keysOf(a)) =>
    mls.openPrivateMessage(crypto, keys, message, {
      ownLeaf: 0,
      isMember: (leaf) => a.state.tree.leaf(leaf) !== undefined,
    });
  const flip = (value: Uint8Array) =>
    Uint8Array.from(value, (byte, i) => (i === value.length - 1 ? byte ^ 1 : byte));

  it("carry application data, once", () => {
    const message = features[1]!.sealApplication(b, text("hi"), 13);
    expect(features[0]!.openApplication(a, message)).toEqual({ sender: 1, applicationData: text("hi") });
    expect(() => features[0]!.openApplication(a, message)).toThrow(
      expect.objectContaining({ code: "generation-gone" }),
    );
  });
  refuses("6.3.1-1", "a changed ciphertext", () => {
    const message = seal(1);
    return open({ ...message, ciphertext: flip(message.ciphertext) });
  });
  refuses("6.3.1-1", "changed authenticated data", () => open({ ...seal(1), authenticatedData: text("x") }));
  refuses("6.3.2-2", "changed sender data", () => {
    const message = seal(1);
    return open({ ...message, encryptedSenderData: flip(message.encryptedSenderData) });
  });
  refuses("6.3.2-1", "a sender whose leaf is blank", () => open(seal(3)));
  refuses("6.3.2-3", "ourselves as the sender", () => open(seal(0)));
  refuses("6.3.1-2", "padding that is not zero", () => open(withPadding(Uint8Array.of(0, 0, 1))));
  it("accept padding of zeros", () => {
    expect(open(withPadding(new Uint8Array(3))).content.content.sender).toEqual({
      senderType: "member",
      leafIndex: 1,
    });
  });
  refuses("9-1", "a jump of more generations than allowed", () => {
    const keys = keysOf(b);
    for (let generation = 0; generation < 1000; generation++) {
      keys.secretTree.reach(1, "application", generation).keep();
    }
    return open(seal(1, keys));
  });
  refuses("9.2-1", "a message again", () => {
    const [message, keys] = [seal(1), keysOf(a)];
    open(message, keys).settle(true);
    return open(message, keys);
  });
  it("a refused message uses up no key", () => {
    const [message, keys] = [seal(1), keysOf(a)];
    expect(() => open({ ...message, ciphertext: flip(message.ciphertext) }, keys)).toThrow();
    expect(open(message, keys).content.content.sender).toEqual({ senderType: "member", leafIndex: 1 });
  });

  /** Generation 0 of leaf 1, sealed by hand with any padding. */
  function withPadding(padding: Uint8Array): ReturnType<typeof seal> {
    const keys = keysOf(b);
    const { key, nonce } = keys.secretTree.reach(1, "application", 0);
    const head = {
      groupId,
      epoch: 1n,
      contentType: "application",
      authenticatedData: new Uint8Array(0),
    } as const;
    const wire = (...parts: Uint8Array[]) => mls.concat(...parts);
    const aadHead = wire(mls.opaque.encode(groupId), mls.u64.encode(1n), Uint8Array.of(1));
    const plaintext = wire(mls.opaque.encode(text("hi")), mls.opaque.encode(Uint8Array.of(1)), padding);
    const ciphertext = crypto.seal(key, nonce, wire(aadHead, Uint8Array.of(0)), plaintext);
    const data = mls.senderDataKey(crypto, keys.senderDataSecret, ciphertext);
    const senderData = wire(mls.u32.encode(1), mls.u32.encode(0), new Uint8Array(4));
    return {
      ...head,
      ciphertext,
      encryptedSenderData: crypto.seal(data.key, data.nonce, aadHead, senderData),
    };
  }
});
