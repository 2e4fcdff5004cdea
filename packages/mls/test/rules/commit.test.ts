// RFC 9420 §12.2, §12.4, §7.5–7.9 Commits: the proposal list, the path, the confirmation tag.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { type CommitHooks, forgeCommit } from "../forge/commit.ts";
import { forgeKeyPackage, type KeyPackageHooks } from "../forge/key-package.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { refuses } from "../support/refusal.ts";
import { add, found, groupOf, makeWorld, newBundle, remove, text } from "../support/world.ts";

const world = makeWorld(crypto);
const members = groupOf(world, ["a", "b", "c", "d", "e"]);
const [a, b, , d] = members as [mls.Group, mls.Group, mls.Group, mls.Group];
const byValue = (...proposals: mls.Proposal[]): mls.ProposalOrRef[] =>
  proposals.map((proposal) => ({ type: "proposal", proposal }));
const process = (hooks: CommitHooks, proposals: mls.CachedProposal[] = [], by = b, to = a) =>
  to.processCommit(forgeCommit(by, hooks), proposals);
const without = (leafIndex: number) => (tree: mls.RatchetTree) => {
  tree.removeLeaf(leafIndex);
  return [];
};
/** A leaf that the forger treats as if it had been there before. */
const unmerged = (_leafIndex: number) => [];
const offCurve = (key: Uint8Array) => Uint8Array.from(key, (byte, i) => (i === 64 ? byte ^ 1 : byte));

describe("what the forge makes unbroken is accepted", () => {
  it("with a path, with proposals by value, without a path", () => {
    expect(process({}).outcome).toBe("next");
    const removal = { proposals: byValue(remove(3)), apply: without(3) };
    expect(process(removal).outcome).toBe("next");
    const { keyPackage } = newBundle(crypto, "z");
    const addition: CommitHooks = {
      proposals: byValue(add(keyPackage)),
      apply: (tree) => [tree.addLeaf(keyPackage.leafNode)],
      withPath: false,
    };
    expect(process(addition).outcome).toBe("next");
    expect(process({ ...addition, withPath: true }).outcome).toBe("next");
  });
});

describe("§12.2 the proposal list", () => {
  refuses("12.2-1", "a commit that removes its sender", () => process({ proposals: byValue(remove(1)) }));
  refuses("12.2-2", "two Removes of one leaf", () => process({ proposals: byValue(remove(3), remove(3)) }));
  refuses("12.2-11", "one reference twice", () => {
    const cached = a.receiveProposal(world.propose(a, remove(3)));
    const reference = { type: "reference", reference: cached.ref } as const;
    return process({ proposals: [reference, reference] }, [cached]);
  });
  refuses("12.1.3-1", "a Remove by value of a blank leaf", () => process({ proposals: byValue(remove(6)) }));
  refuses("12.1-1", "a proposal type that the group does not understand", () =>
    process({ proposals: byValue({ proposalType: "group_context_extensions", extensions: [] }) }),
  );
  const adding = (hooks: KeyPackageHooks, name = "z"): CommitHooks => {
    const { keyPackage } = forgeKeyPackage(crypto, name, hooks);
    return {
      proposals: byValue(add(keyPackage)),
      apply: (tree) => [tree.addLeaf(keyPackage.leafNode)],
      withPath: false,
    };
  };
  const dSigns = {
    publicKey: d.state.tree.leaf(3)!.signatureKey,
    privateKey: d.state.signatureKey.bytes.slice(),
  };
  refuses("7.3-7", "an Add of a member that is there already", () =>
    process(adding({ signatureKeyPair: dSigns })),
  );
  it("accepts it when a Remove in the list makes room", () => {
    const { keyPackage } = forgeKeyPackage(crypto, "d", { signatureKeyPair: dSigns });
    const hooks: CommitHooks = {
      proposals: byValue(add(keyPackage), remove(3)),
      apply: (tree) => {
        tree.removeLeaf(3);
        return [tree.addLeaf(keyPackage.leafNode)];
      },
    };
    expect(process(hooks).outcome).toBe("next");
  });
  refuses("7.3-7", "two Adds with one signature key", () => {
    const signatureKeyPair = mls.generateSignatureKeyPair(crypto);
    const two = ["y", "z"].map((name) => forgeKeyPackage(crypto, name, { signatureKeyPair }).keyPackage);
    return process({
      proposals: byValue(...two.map(add)),
      apply: (tree) => two.map((kp) => tree.addLeaf(kp.leafNode)),
      withPath: false,
    });
  });
  refuses("7.3-8", "an Add with the encryption key of another member", () =>
    process(adding({ leaf: (leaf) => ({ ...leaf, encryptionKey: d.state.tree.leaf(3)!.encryptionKey }) })),
  );
  refuses("7.3-9", "an Add with a credential that members do not support", () =>
    process(
      adding({
        leaf: (leaf) => ({
          ...leaf,
          credential: { credentialType: "x509", certificates: [text("a certificate of at least 32 bytes")] },
          capabilities: { ...leaf.capabilities, credentials: [1, 2] },
        }),
      }),
    ),
  );
  refuses("7.3-9", "an Add that does not support the credentials in use", () => {
    const x509 = found(world, "f");
    const hooks = adding({
      leaf: (leaf) => ({
        ...leaf,
        credential: { credentialType: "x509", certificates: [] },
        capabilities: { ...leaf.capabilities, credentials: [2] },
      }),
    });
    const cached = (hooks.proposals ?? []).flatMap((item) =>
      item.type === "proposal" ? [item.proposal] : [],
    );
    return x509.commit([], { byValue: cached });
  });
  refuses("10.1-4", "an Add by value whose key package is badly signed", () =>
    process(adding({ signed: (kp) => ({ ...kp, signature: kp.leafNode.signature }) })),
  );
});

describe("§7.3, §13.4 what the group requires", () => {
  const demanding = (extension: mls.Extension, supported: Partial<mls.Capabilities>) => {
    const strict = makeWorld(crypto, [extension]);
    const base = { versions: [1], cipherSuites: [2], extensions: [], proposals: [], credentials: [1] };
    const group = mls.Group.create(crypto, {
      groupId: strict.groupId,
      identity: text("a"),
      signatureKeyPair: mls.generateSignatureKeyPair(crypto),
      extensions: strict.extensions,
      capabilities: { ...base, ...supported },
    });
    const { keyPackage } = newBundle(crypto, "b");
    return group.commit([group.receiveProposal(strict.propose(group, add(keyPackage)))]);
  };
  const required = (
    list: Partial<Record<"extensionTypes" | "proposalTypes" | "credentialTypes", number[]>>,
  ) => ({
    extensionType: 3,
    extensionData: mls.requiredCapabilitiesCodec.encode({
      extensionTypes: [],
      proposalTypes: [],
      credentialTypes: [],
      ...list,
    }),
  });
  refuses("7.3-10", "a member without a required proposal type", () =>
    demanding(required({ proposalTypes: [0xf001] }), { proposals: [0xf001] }),
  );
  refuses("7.3-10", "a member without a required extension type", () =>
    demanding(required({ extensionTypes: [0xf002] }), { extensions: [0xf002] }),
  );
  refuses("7.3-10", "a member without a required credential type", () =>
    demanding(required({ credentialTypes: [2] }), { credentials: [1, 2] }),
  );
  it("accepts members that have what is required", () => {
    const made = demanding(required({ extensionTypes: [5], proposalTypes: [7], credentialTypes: [1] }), {});
    expect(made.group.epoch).toBe(1n);
  });
  refuses("7.3-10", "a member with one of two required extension types", () =>
    demanding(required({ extensionTypes: [5, 0xf002] }), { extensions: [0xf002] }),
  );
  refuses("7.3-10", "a member with one of two required proposal types", () =>
    demanding(required({ proposalTypes: [1, 8] }), { proposals: [8] }),
  );
  refuses("7.3-10", "a member with one of two required credential types", () =>
    demanding(required({ credentialTypes: [1, 2] }), { credentials: [1, 2] }),
  );
  it.each([0, 6])("extension type %i is no default one: it must be listed", (extensionType) => {
    const extension = { extensionType, extensionData: text("x") };
    expect(() => demanding(extension, { extensions: [extensionType] })).toThrow(
      expect.objectContaining({ rule: "13.4-1" }),
    );
    expect(() =>
      demanding(required({ extensionTypes: [extensionType] }), { extensions: [extensionType] }),
    ).toThrow(expect.objectContaining({ rule: "7.3-10" }));
  });
  refuses("13.4-1", "a member with one of two group context extensions", () => {
    const strict = makeWorld(crypto, [
      { extensionType: 0xf003, extensionData: text("x") },
      { extensionType: 0xf004, extensionData: text("y") },
    ]);
    return mls.Group.create(crypto, {
      groupId: strict.groupId,
      identity: text("a"),
      signatureKeyPair: mls.generateSignatureKeyPair(crypto),
      extensions: strict.extensions,
      capabilities: {
        versions: [1],
        cipherSuites: [2],
        extensions: [0xf003],
        proposals: [],
        credentials: [1],
      },
    });
  });
  refuses("13.4-1", "a member without a group context extension", () =>
    demanding({ extensionType: 0xf003, extensionData: text("x") }, { extensions: [0xf003] }),
  );
});

describe("§12.4 the commit", () => {
  refuses("12.4-1", "no path and no proposals", () => process({ withPath: false }));
  refuses("12.4-1", "a Remove without a path", () =>
    process({ proposals: byValue(remove(3)), apply: without(3), withPath: false }),
  );
  refuses("12.4-2", "a reference to no known proposal", () =>
    process({ proposals: [{ type: "reference", reference: new Uint8Array(32) }] }),
  );
  refuses("12.4.2-2", "the member's own commit", () => process({}, [], a, a));
  refuses("12.4.2-5", "a changed confirmation tag under a correct signature and membership tag", () =>
    process({ confirmationTag: (tag) => Uint8Array.from(tag, (byte, i) => (i === 5 ? byte ^ 4 : byte)) }),
  );
  refuses("12.4.2-5", "a confirmation tag cut short", () =>
    process({ confirmationTag: (tag) => tag.subarray(1) }),
  );
  refuses("12.4.2-5", "another init secret", () => process({ initSecret: new Uint8Array(32) }));
});

describe("§7.5–7.9, §12.4.2 the path", () => {
  refuses("7.3-1", "a path leaf from a key package", () =>
    process({
      leaf: ({ encryptionKey, signatureKey, credential, capabilities, extensions }) => ({
        ...{ encryptionKey, signatureKey, credential, capabilities, extensions },
        leafNodeSource: "key_package",
        lifetime: { notBefore: 0n, notAfter: 1n },
      }),
    }),
  );
  refuses("7.3-6", "a path leaf changed after signing", () =>
    process({
      signedLeaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity: text("x") } }),
    }),
  );
  refuses("7.3-6", "a path leaf signed for another place", () =>
    process({
      signedLeaf: ({ signature: _, ...leaf }) =>
        mls.signLeafNode(crypto, b.state.signatureKey.bytes, leaf, { groupId: world.groupId, leafIndex: 2 }),
    }),
  );
  refuses("5.3.1-2", "a path leaf with another credential", () =>
    process({ leaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity: text("x") } }) }),
  );
  it("a path leaf with another credential that the application accepts", () => {
    const policy: mls.Features["policy"] = {
      acceptSuccessor: (_, { credentialType }) => credentialType === "basic",
    };
    const to = mls.Group.fromState({ ...a.state, features: { ...a.state.features, policy } });
    const leaf: CommitHooks["leaf"] = (was) => ({
      ...was,
      credential: { credentialType: "basic", identity: text("x") },
    });
    expect(process({ leaf }, [], b, to).outcome).toBe("next");
  });
  refuses("12.4.2-3", "a path leaf with the old encryption key", () =>
    process({ leaf: (leaf) => ({ ...leaf, encryptionKey: b.state.tree.leaf(1)!.encryptionKey }) }),
  );
  const nodeKey = (index: number, publicKey: (keys: mls.KeyPair[]) => Uint8Array): CommitHooks => ({
    nodeKeys: (keys) => keys.map((pair, i) => (i === index ? { ...pair, publicKey: publicKey(keys) } : pair)),
  });
  refuses("12.4.2-4", "a path key that a leaf has", () =>
    process(nodeKey(0, () => d.state.tree.leaf(3)!.encryptionKey)),
  );
  refuses("12.4.2-4", "one key at two nodes of the path", () =>
    process(nodeKey(1, (keys) => keys[0]!.publicKey)),
  );
  refuses("5.1.1-4", "a path key off the curve", () =>
    process(nodeKey(1, (keys) => offCurve(keys[1]!.publicKey))),
  );
  refuses("7.6-1", "a path with a node too few", () =>
    process({ path: ({ leafNode, nodes }) => ({ leafNode, nodes: nodes.slice(1) }) }),
  );
  refuses("7.6-1", "a path with a node too many", () =>
    process({
      path: ({ leafNode, nodes }) => ({
        leafNode,
        nodes: [...nodes, { encryptionKey: mls.generateKeyPair(crypto).publicKey, encryptedPathSecret: [] }],
      }),
    }),
  );
  const ciphertexts = (
    change: (list: readonly mls.HpkeCiphertext[]) => mls.HpkeCiphertext[],
  ): CommitHooks => ({
    path: ({ leafNode, nodes }) => ({
      leafNode,
      nodes: nodes.map((node) => ({ ...node, encryptedPathSecret: change(node.encryptedPathSecret) })),
    }),
  });
  refuses("7.6-2", "a ciphertext too few", () => process(ciphertexts((list) => list.slice(1))));
  refuses("7.6-2", "a ciphertext too many", () => process(ciphertexts((list) => [...list, list[0]!])));
  refuses("7.6-2", "path secrets sealed for a leaf that the commit adds", () => {
    const { keyPackage } = newBundle(crypto, "z");
    return process({
      proposals: byValue(add(keyPackage)),
      apply: (tree) => unmerged(tree.addLeaf(keyPackage.leafNode)),
    });
  });
  refuses("7.9.2-2", "a leaf with another parent hash", () =>
    process({ leaf: (leaf) => ({ ...leaf, leafNodeSource: "commit", parentHash: new Uint8Array(32) }) }),
  );
  for (const length of [0, 1, 31, 33, 64])
    refuses("7.5-2", `a path secret of ${length} bytes`, () =>
      process({ sealedSecret: () => new Uint8Array(length) }),
    );
  refuses("7.5-2", "a path secret that gives other keys", () =>
    process({ sealedSecret: () => new Uint8Array(32) }),
  );
  refuses("7.5-1", "a path that is sealed for a parent whose key the Welcome kept back", () => {
    const { commit, bundle, welcome } = addWithPath();
    const late = mls.Group.join(crypto, { welcome: withoutPathSecret(welcome, bundle), keyPackage: bundle });
    return late.processCommit(commit, []);
  });

  /** Leaf 2 adds leaf 3 with a path, so that their parent has a key; leaf 1's path is then sealed for that parent. */
  function addWithPath() {
    const [, second, third] = groupOf(world, ["a", "b", "c"]) as [mls.Group, mls.Group, mls.Group];
    const bundle = newBundle(crypto, "late");
    const message = world.propose(third, add(bundle.keyPackage));
    const made = third.commit([third.receiveProposal(message)], { forcePath: true });
    const followed = second.processCommit(made.commit, [second.receiveProposal(message)]);
    if (followed.outcome !== "next") throw new Error("removed");
    const { commit } = followed.group.commit([], { forcePath: true });
    return { commit, bundle, welcome: made.welcome! };
  }

  function withoutPathSecret(bytes: Uint8Array, bundle: mls.KeyPackageBundle): Uint8Array {
    const welcome = mls.welcomeCodec.decode(bytes);
    const pair = { privateKey: bundle.initPrivateKey, publicKey: bundle.keyPackage.initKey };
    const { encryptedGroupInfo } = welcome;
    const [entry] = welcome.secrets;
    const opened = mls.decryptWithLabel(
      crypto,
      pair,
      "Welcome",
      encryptedGroupInfo,
      entry!.encryptedGroupSecrets,
    );
    const { joinerSecret, psks } = mls.groupSecretsCodec.decode(opened);
    const secrets = mls.groupSecretsCodec.encode({ joinerSecret, psks });
    const sealed = mls.encryptWithLabel(crypto, pair.publicKey, "Welcome", encryptedGroupInfo, secrets);
    return mls.welcomeCodec.encode({ ...welcome, secrets: [{ ...entry!, encryptedGroupSecrets: sealed }] });
  }
});

describe("a refused commit changes nothing", () => {
  it("the state after a refusal processes the right commit", () => {
    const [x, y] = groupOf(world, ["x", "y", "z"]) as [mls.Group, mls.Group];
    const before = mls.hex(x.epochAuthenticator);
    expect(() => process({ confirmationTag: (tag) => tag.subarray(1) }, [], y, x)).toThrow();
    expect(() => process({ sealedSecret: () => new Uint8Array(32) }, [], y, x)).toThrow();
    expect(mls.hex(x.epochAuthenticator)).toBe(before);
    expect(process({}, [], y, x).outcome).toBe("next");
  });
});
