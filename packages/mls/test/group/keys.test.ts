// RFC 9420 §7.4–7.5, §12.4.3.1 which private keys a member holds: those of its leaf and of the ancestors it was given,
// never one that the tree does not have; and what is overwritten once it was used.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { seeded } from "../support/seeded.ts";
import { isWiped, kept } from "../support/wiped.ts";
import {
  add,
  admit,
  commitAll,
  found,
  groupOf,
  makeWorld,
  newBundle,
  remove,
  text,
} from "../support/world.ts";

const world = makeWorld(crypto);
const heldBy = ({ state }: mls.Group) => [...state.privateKeys.keys()].sort((a, b) => a - b);

function expectKeysOfTheTree(group: mls.Group): void {
  const { state, ownLeafIndex } = group;
  for (const [node, key] of state.privateKeys) {
    expect(state.tree.isBlank(node)).toBe(false);
    expect(crypto.publicKey(key.bytes)).toEqual(state.tree.encryptionKey(node));
  }
  expect(state.privateKeys.has(2 * ownLeafIndex)).toBe(true);
}

describe("the keys of a newcomer", () => {
  it.each([
    [0, [3, 6]],
    [2, [3, 5, 6]],
  ])("added with a path by leaf %i: from the common ancestor up", (by, expected) => {
    const members = groupOf(world, ["a", "b", "c"]);
    const bundle = newBundle(crypto, "d");
    const committer = members[by]!;
    const message = world.propose(committer, add(bundle.keyPackage));
    const made = committer.commit([committer.receiveProposal(message)], { forcePath: true });
    const joined = mls.Group.join(crypto, { welcome: made.welcome!, keyPackage: bundle });
    expect(heldBy(joined)).toEqual(expected);
    expectKeysOfTheTree(joined);
    expectKeysOfTheTree(made.group);
  });
  it("below the common ancestor it has none, though there are parents", () => {
    // Leaf 4's path has node 11, above leaves 4 to 7; the newcomer at leaf 7 and leaf 0 share the root alone.
    const members = commitAll(groupOf(world, ["a", "b", "c", "d", "e", "f", "g"]), 4, [], {
      forcePath: true,
    });
    const bundle = newBundle(crypto, "h");
    const made = members[0]!.commit([], { forcePath: true, byValue: [add(bundle.keyPackage)] });
    const joined = mls.Group.join(crypto, { welcome: made.welcome!, keyPackage: bundle });
    expect([joined.ownLeafIndex, joined.state.tree.isBlank(11)]).toEqual([7, false]);
    expect(heldBy(joined)).toEqual([7, 14]);
    expectKeysOfTheTree(joined);
  });
  it("added without a path: its leaf's alone", () => {
    const { joined, group } = admit(world, found(world, "a"), [newBundle(crypto, "b")]);
    expect(heldBy(joined[0]!)).toEqual([2]);
    expect(heldBy(group)).toEqual([0]);
  });
});

describe("the keys of members", () => {
  const full = () => mls.fullFeatures();
  it.each(["one", "two", "three"])("are those of the tree, through a history of seed %s", (seed) => {
    const random = seeded(`keys/${seed}`);
    let members = groupOf(world, ["a", "b", "c", "d"], full);
    for (let step = 0; step < 8; step++) {
      const by = random.below(members.length);
      const proposals: Uint8Array[] = [];
      const other = (by + 1) % members.length;
      if (members.length > 2 && random.below(3) === 0)
        proposals.push(world.propose(members[by]!, remove(members[other]!.ownLeafIndex)));
      else if (members.length > 1 && random.below(2) === 0) proposals.push(updateOf(members[other]!));
      const bundle = random.below(2) === 0 ? newBundle(crypto, `m${step}`) : undefined;
      if (bundle) proposals.push(world.propose(members[by]!, add(bundle.keyPackage)));
      members = step % 3 === 2 ? members : commitWith(members, by, proposals, bundle);
      members.forEach(expectKeysOfTheTree);
    }
    expect(new Set(members.map((m) => mls.hex(m.epochAuthenticator))).size).toBe(1);
  });

  const updateOf = (group: mls.Group) => (group.state.features as mls.FullFeatures).createUpdate(group);

  /** `commitAll`, and the newcomer with them. */
  function commitWith(
    members: mls.Group[],
    by: number,
    proposals: readonly Uint8Array[],
    bundle: mls.KeyPackageBundle | undefined,
  ): mls.Group[] {
    const committer = members[by]!;
    const made = committer.commit(proposals.map((p) => committer.receiveProposal(p)));
    const others = members.flatMap((member, index) => {
      if (index === by) return [made.group];
      const done = member.processCommit(
        made.commit,
        proposals.map((p) => member.receiveProposal(p)),
      );
      return done.outcome === "next" ? [done.group] : [];
    });
    if (!bundle) return others;
    const options = { welcome: made.welcome!, keyPackage: bundle, features: full() };
    return [...others, mls.Group.join(crypto, options)];
  }

  it("a key whose node was blanked is given up, the others are shared with the epoch before", () => {
    let members = groupOf(world, ["a", "b", "c", "d"]);
    for (let by = 0; by < 4; by++) members = commitAll(members, by, [], { forcePath: true });
    expect(heldBy(members[1]!)).toEqual([1, 2, 3]);
    const message = world.propose(members[1]!, remove(0));
    const [first] = commitAll(members.slice(1), 2, [message]) as [mls.Group];
    // node 1 is blank: leaf 0 below it is gone; the root's key is new
    expect(heldBy(first)).toEqual([2, 3]);
    expectKeysOfTheTree(first);
    expect(first.state.privateKeys.get(2)).toBe(members[1]!.state.privateKeys.get(2));
    expect(first.state.privateKeys.get(3)).not.toBe(members[1]!.state.privateKeys.get(3));
  });

  it("an old key that a path or an Update replaces has no holder in the new epoch", () => {
    const members = commitAll(groupOf(world, ["a", "b", "c", "d"], full), 0, [], { forcePath: true });
    const [a, b] = members as [mls.Group, mls.Group];
    const message = updateOf(a);
    const made = b.commit([b.receiveProposal(message)]);
    const done = a.processCommit(made.commit, [a.receiveProposal(message)]);
    if (done.outcome !== "next") throw new Error("removed");
    const { privateKeys } = done.group.state;
    const replaced = [...a.state.privateKeys].filter(([node, key]) => privateKeys.get(node) !== key);
    expect(replaced.map(([node]) => node).sort()).toEqual([0, 1, 3]);
    const bytes = replaced.map(([, key]) => key.bytes);
    a.close();
    expect(bytes.map(isWiped)).toEqual([true, true, true]);
    expectKeysOfTheTree(done.group);
  });
});

describe("closed twice", () => {
  it("a group lets go of what it shares once only", () => {
    const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
    const { group: next } = a.commit([], { byValue: [add(newBundle(crypto, "c").keyPackage)] });
    for (let i = 0; i < 3; i++) a.close();
    expect(isWiped(next.state.signatureKey.bytes)).toBe(false);
    expectKeysOfTheTree(next);
    expect(next.commit([], { forcePath: true }).group.epoch).toBe(3n);
  });
});

describe("what a commit leaves behind", () => {
  it("no path secret, joiner or member secret in a buffer of ours", () => {
    const drawn: Uint8Array[] = [];
    const recording = {
      ...crypto,
      randomBytes: (length: number) => {
        const bytes = crypto.randomBytes(length);
        drawn.push(bytes);
        return bytes;
      },
    };
    const place = makeWorld(recording);
    const [a] = groupOf(place, ["a", "b", "c"]) as [mls.Group];
    const bundle = newBundle(recording, "d");
    const cached = a.receiveProposal(place.propose(a, add(bundle.keyPackage)));
    drawn.length = 0;
    const slices: Uint8Array[] = [];
    const original = Uint8Array.prototype.slice;
    const spy = vi.spyOn(Uint8Array.prototype, "slice").mockImplementation(function (
      this: Uint8Array,
      ...args
    ) {
      const out = original.apply(this, args) as Uint8Array<ArrayBuffer>;
      slices.push(out);
      return out;
    });
    onTestFinished(() => spy.mockRestore());
    const made = a.commit([cached], { forcePath: true });
    spy.mockRestore();
    const welcome = mls.welcomeCodec.decode(made.welcome!);
    const [entry] = welcome.secrets;
    const pair = { privateKey: bundle.initPrivateKey, publicKey: bundle.keyPackage.initKey };
    const { encryptedGroupInfo } = welcome;
    const opened = mls.decryptWithLabel(
      crypto,
      pair,
      "Welcome",
      encryptedGroupInfo,
      entry!.encryptedGroupSecrets,
    );
    const { joinerSecret, pathSecret } = mls.groupSecretsCodec.decode(opened);
    const member = mls.memberSecret(crypto, joinerSecret, mls.zeroSecret());
    for (const secret of [joinerSecret, member, pathSecret!])
      expect(slices.filter((bytes) => mls.equalBytes(bytes, secret))).toEqual([]);
    // the first path secret is the one that was drawn: in this tree the newcomer's is derived from it
    const [lowest] = mls.derivePathSecrets(crypto, kept, pathSecret!, 1).secrets;
    expect(lowest).toBe(pathSecret);
    expect(drawn.filter((bytes) => bytes.length === 32).some(isWiped)).toBe(true);
  });

  it("the group secrets of a Welcome are overwritten when it was opened", () => {
    const { welcome } = admit(world, found(world, "a"), [newBundle(crypto, "x")]);
    expect(welcome.length).toBeGreaterThan(0);
    const bundle = newBundle(crypto, "b");
    const opened: Uint8Array[] = [];
    const recording = {
      ...crypto,
      open: (...args: Parameters<mls.CryptoProvider["open"]>) => {
        const plain = crypto.open(...args);
        if (plain) opened.push(plain);
        return plain;
      },
    };
    const made = admit(world, found(world, "a"), [bundle]);
    mls.Group.join(recording, { welcome: made.welcome, keyPackage: bundle });
    // the first is the group secrets', the second the GroupInfo's, which is public in the group
    expect(opened).toHaveLength(2);
    expect(isWiped(opened[0]!)).toBe(true);
    expect(isWiped(opened[1]!)).toBe(false);
  });
});

describe("proposals of our own", () => {
  it("carried by value are validated like anybody's", () => {
    const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
    expect(() => a.commit([], { byValue: [remove(7)] })).toThrow(
      expect.objectContaining({ rule: "12.1.3-1" }),
    );
  });
  it("that were received are not judged again when they are committed", () => {
    let asked = 0;
    const acceptCredential = () => {
      asked++;
      return true;
    };
    const features = { ...mls.basicFeatures, policy: { acceptCredential } };
    const group = found(world, "a", features);
    const cached = group.receiveProposal(world.propose(group, add(newBundle(crypto, "b").keyPackage)));
    expect(asked).toBe(1);
    group.commit([cached]);
    expect(asked).toBe(1);
    group.commit([], { byValue: [add(newBundle(crypto, "c").keyPackage)] });
    expect(asked).toBe(2);
  });
});

describe("what a message may not be", () => {
  it("a Welcome or a key package where a group's messages are expected", () => {
    const features = mls.fullFeatures();
    const group = found(world, "a", features);
    const { keyPackage } = newBundle(crypto, "b");
    const message: mls.MLSMessage = { version: 1, wireFormat: "mls_key_package", keyPackage };
    expect(() => group.processCommit(message, [])).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(() => group.receiveProposal(mls.mlsMessageCodec.encode(message))).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });
  it("a commit where a proposal's reference is asked for", () => {
    const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
    const { commit } = a.commit([], { forcePath: true });
    expect(() => mls.proposalRef(crypto, commit)).toThrow(expect.objectContaining({ code: "malformed" }));
  });
  it("a private key that is no scalar", () => {
    for (const scalar of [new Uint8Array(32), new Uint8Array(32).fill(255)])
      expect(() => mls.signatureKeyPairFrom(crypto, scalar)).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
    expect(mls.signatureKeyPairFrom(crypto, crypto.randomBytes(32).fill(1)).publicKey).toHaveLength(65);
  });
});

describe("what is handed out are copies, all of it", () => {
  it.each([
    ["groupId", (g: mls.Group) => g.groupId],
    ["treeHash", (g: mls.Group) => g.treeHash],
    ["confirmedTranscriptHash", (g: mls.Group) => g.confirmedTranscriptHash],
    ["groupContext", (g: mls.Group) => g.groupContext],
    ["epochAuthenticator", (g: mls.Group) => g.epochAuthenticator],
    ["a member's identity", (g: mls.Group) => g.members[0]!.identity],
    ["a member's signature key", (g: mls.Group) => g.members[0]!.signatureKey],
  ] as const)("%s", (_name, get) => {
    const [, group] = groupOf(world, ["a", "b"]) as [mls.Group, mls.Group];
    const before = mls.hex(get(group));
    expect(before.length).toBeGreaterThan(0);
    get(group).fill(0xa5);
    expect(mls.hex(get(group))).toBe(before);
  });
  it("and a group's own name and identity are copies of what it was made from", () => {
    const groupId = text("lent");
    const identity = text("me");
    const group = mls.Group.create(crypto, {
      groupId,
      identity,
      signatureKeyPair: mls.generateSignatureKeyPair(crypto),
      extensions: [],
    });
    groupId.fill(0);
    identity.fill(0);
    expect([group.groupId, group.members[0]!.identity]).toEqual([text("lent"), text("me")]);
  });
});
