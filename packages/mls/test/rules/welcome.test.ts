// RFC 9420 §12.4.3.1, §12.4.3.3, §7.9.2 Joining: the Welcome, the GroupInfo and the ratchet tree in it.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { forgeWelcome, type WelcomeParts } from "../forge/welcome.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { refuses } from "../support/refusal.ts";
import { add, admit, commitAll, groupOf, makeWorld, newBundle, text } from "../support/world.ts";

const world = makeWorld(crypto);

// Leaves 0–5; leaf 1 has committed a path, then leaf 5 was added and is unmerged above it. The newcomer takes leaf 6.
const started = commitAll(groupOf(world, ["a", "b", "c", "d", "e"]), 1, [], { forcePath: true });
const bundle = newBundle(crypto, "newcomer");
const grown = admit(world, started[1]!, [newBundle(crypto, "f")]).group;
const signer = grown;
const message = world.propose(grown, add(bundle.keyPackage));
const { group: last } = grown.commit([grown.receiveProposal(message)]);
const wire = last.state.tree.toWire();
const ROOT = 7;

const parts: WelcomeParts = {
  tree: wire,
  signer: 1,
  signerKey: signer.state.signatureKey.bytes,
  groupId: world.groupId,
  extensions: world.extensions,
  bundle,
};
const join = (change: Partial<WelcomeParts>, features?: mls.Features) =>
  mls.Group.join(crypto, {
    welcome: forgeWelcome(crypto, { ...parts, ...change }),
    keyPackage: change.bundle ?? bundle,
    ...(features && { features }),
  });
type Nodes = (mls.TreeNode | undefined)[];
const treeWith = (change: (nodes: Nodes) => void): Nodes => {
  const nodes = [...wire];
  change(nodes);
  return nodes;
};
const parentAt = (node: number, change: (parent: mls.ParentNode) => Partial<mls.ParentNode>) =>
  treeWith((nodes) => {
    const found = nodes[node];
    if (found?.nodeType !== "parent") throw new Error(`no parent at ${node}`);
    nodes[node] = { nodeType: "parent", parentNode: { ...found.parentNode, ...change(found.parentNode) } };
  });
const leafAt = (leafIndex: number, change: (leaf: mls.LeafNode) => mls.LeafNode) =>
  treeWith((nodes) => {
    const found = nodes[2 * leafIndex];
    if (found?.nodeType !== "leaf") throw new Error(`no leaf at ${leafIndex}`);
    nodes[2 * leafIndex] = { nodeType: "leaf", leafNode: change(found.leafNode) };
  });
const flip = (value: Uint8Array) =>
  Uint8Array.from(value, (byte, i) => (i === value.length - 1 ? byte ^ 1 : byte));
const offCurve = (key: Uint8Array) => Uint8Array.from(key, (byte, i) => (i === 64 ? byte ^ 1 : byte));

const blanks = (count: number): mls.Extension => ({
  extensionType: 2,
  extensionData: mls.opaque.encode(new Uint8Array(count)),
});

it("the forge itself makes acceptable Welcomes", () => {
  const group = join({});
  expect(group.ownLeafIndex).toBe(6);
  expect(group.epoch).toBe(5n);
  expect(group.members).toHaveLength(7);
});

describe("the Welcome", () => {
  refuses("12.4.3.1-1", "a Welcome for other key packages", () =>
    mls.Group.join(crypto, { welcome: forgeWelcome(crypto, parts), keyPackage: newBundle(crypto, "x") }),
  );
  refuses("12.4.3.1-2", "another cipher suite", () => join({ welcome: (w) => ({ ...w, cipherSuite: 3 }) }));
  const psk = { pskType: "external", pskId: text("p"), pskNonce: new Uint8Array(32) } as const;
  refuses("12.4.3.1-3", "a PSK where the group understands none", () => join({ psks: [psk] }));
  for (const length of [0, 31, 33])
    refuses("12.4.3.1-19", `a joiner secret of ${length} bytes`, () =>
      join({ joinerSecret: () => new Uint8Array(length) }),
    );
  refuses("12.4.3.1-11", "a GroupInfo sealed under another joiner secret", () =>
    join({ joinerSecret: () => new Uint8Array(32) }),
  );
  it("refuses a broken ciphertext of the group secrets", () => {
    const broken = () =>
      join({
        welcome: (w) => ({
          ...w,
          secrets: w.secrets.map((s) => ({
            ...s,
            encryptedGroupSecrets: {
              ...s.encryptedGroupSecrets,
              ciphertext: flip(s.encryptedGroupSecrets.ciphertext),
            },
          })),
        }),
      });
    expect(broken).toThrow(expect.objectContaining({ code: "decryption-failed" }));
  });
  const reinit = (epoch: bigint) => {
    const special = {
      pskType: "resumption",
      usage: "reinit",
      pskGroupId: text("old"),
      pskEpoch: 3n,
    } as const;
    const ids = [{ ...special, pskNonce: new Uint8Array(32) }];
    const keys = { resumption: () => new Uint8Array(32).fill(4) };
    return { ids, epoch, features: mls.fullFeatures({ psks: keys }), psk: keys.resumption() };
  };
  const withPsks = (ids: WelcomeParts["psks"], epoch: bigint) => {
    const { features, psk: key } = reinit(epoch);
    const secret = mls.pskSecret(
      crypto,
      (ids ?? []).map((id) => ({ id, psk: key })),
    );
    return join({ psks: ids ?? [], epoch, pskSecret: secret }, features);
  };
  it("accepts one reinit PSK at epoch 1", () => {
    expect(withPsks(reinit(1n).ids, 1n).epoch).toBe(1n);
  });
  refuses("12.4.3.1-16", "two reinit PSKs", () => withPsks([...reinit(1n).ids, ...reinit(1n).ids], 1n));
  refuses("12.4.3.1-17", "a reinit PSK at another epoch", () => withPsks(reinit(2n).ids, 2n));
});

describe("the GroupInfo", () => {
  refuses("12.4.3.1-4", "a signer whose leaf is blank", () => join({ signer: 7 }));
  refuses("12.4.3.1-8", "a GroupInfo changed after signing", () =>
    join({ signedInfo: (info) => ({ ...info, groupContext: { ...info.groupContext, epoch: 6n } }) }),
  );
  refuses("12.4.3.1-8", "a GroupInfo signed by another member", () => join({ signer: 0 }));
  refuses("12.4.3.1-9", "another version in the group context", () =>
    join({ context: (c) => ({ ...c, version: 2 }) }),
  );
  refuses("12.4.3.1-9", "another cipher suite in the group context", () =>
    join({ context: (c) => ({ ...c, cipherSuite: 1 }) }),
  );
  refuses("12.4.3.1-10", "another confirmation tag under a correct signature", () =>
    join({ info: (info) => ({ ...info, confirmationTag: flip(info.confirmationTag) }) }),
  );
  refuses("12.4.3.1-20", "the last epoch, after which no commit is possible", () =>
    join({ epoch: 2n ** 64n - 1n }),
  );
  refuses("13.4-3", "external senders that cannot be read", () =>
    join({ extensions: [{ extensionType: 5, extensionData: Uint8Array.of(3, 1, 2, 3) }] }),
  );
  refuses("12.4.3.1-12", "another tree hash under a correct signature", () =>
    join({ context: (c) => ({ ...c, treeHash: flip(c.treeHash) }) }),
  );
  refuses("13.4-1", "a group context extension that members do not support", () =>
    join({ extensions: [{ extensionType: 0xf003, extensionData: text("x") }] }),
  );
  refuses("12.4.3.3-3", "no tree at all", () => join({ info: (info) => ({ ...info, extensions: [] }) }));
});

describe("the ratchet tree", () => {
  const stranger = forgeKeyPackage(crypto, "stranger");
  refuses("12.4.3.1-18", "room for more leaves than the caller allows", () => {
    const options = { welcome: forgeWelcome(crypto, parts), keyPackage: bundle };
    expect(mls.Group.join(crypto, { ...options, maxLeaves: 8 }).members).toHaveLength(7);
    return mls.Group.join(crypto, { ...options, maxLeaves: 4 });
  });
  refuses("12.4.3.1-18", "room for more than 2048 leaves, though they are blank", () =>
    join({ info: (info) => ({ ...info, extensions: [blanks(4096)] }) }),
  );
  refuses("12.4.3.3-1", "room for 2048 leaves is looked at", () =>
    join({ info: (info) => ({ ...info, extensions: [blanks(4095)] }) }),
  );
  refuses("12.4.3.3-1", "a blank last node", () => join({ tree: [...wire, undefined, undefined] }));
  refuses("12.4.3.3-1", "an empty tree", () => join({ tree: [] }));
  refuses("12.4.3.3-2", "a leaf in a parent's place", () =>
    join({ tree: treeWith((nodes) => nodes.splice(1, 1, nodes[0])) }),
  );
  refuses("12.4.3.1-13", "a tree without our leaf", () =>
    join({
      tree: leafAt(6, () => stranger.keyPackage.leafNode),
    }),
  );
  refuses("7.1-1", "unmerged leaves in another order", () =>
    join({ tree: parentAt(ROOT, () => ({ unmergedLeaves: [6, 5] })) }),
  );
  refuses("7.1-1", "an unmerged leaf twice", () =>
    join({ tree: parentAt(ROOT, () => ({ unmergedLeaves: [5, 5, 6] })) }),
  );
  refuses("12.4.3.1-5", "a blank unmerged leaf", () =>
    join({ tree: parentAt(ROOT, () => ({ unmergedLeaves: [5, 6, 7] })) }),
  );
  refuses("12.4.3.1-5", "an unmerged leaf below another node", () =>
    join({ tree: parentAt(3, () => ({ unmergedLeaves: [5] })) }),
  );
  refuses("12.4.3.1-6", "an unmerged leaf that a node between does not list", () =>
    join({ tree: parentAt(ROOT, ({ unmergedLeaves }) => ({ unmergedLeaves: [0, ...unmergedLeaves] })) }),
  );
  refuses("12.4.3.1-7", "one key at two parents", () =>
    join({
      tree: parentAt(ROOT, () => ({ encryptionKey: last.state.tree.encryptionKey(3) })),
    }),
  );
  refuses("12.4.3.1-7", "a parent with a leaf's key", () =>
    join({ tree: parentAt(ROOT, () => ({ encryptionKey: last.state.tree.encryptionKey(0) })) }),
  );
  refuses("5.1.1-3", "a parent's key off the curve", () =>
    join({ tree: parentAt(ROOT, ({ encryptionKey }) => ({ encryptionKey: offCurve(encryptionKey) })) }),
  );
  refuses("7.9.2-1", "a parent that no leaf vouches for", () =>
    join({ tree: parentAt(ROOT, () => ({ encryptionKey: mls.generateKeyPair(crypto).publicKey })) }),
  );
  refuses("7.9.2-1", "a changed parent hash in a parent", () =>
    join({ tree: parentAt(3, ({ parentHash }) => ({ parentHash: flip(parentHash) })) }),
  );
  refuses("7.9.2-1", "an unmerged leaf left out", () =>
    join({ tree: parentAt(ROOT, () => ({ unmergedLeaves: [6] })) }),
  );
  refuses("7.3-6", "a leaf with a broken signature", () =>
    join({ tree: leafAt(5, (leaf) => ({ ...leaf, signature: flip(leaf.signature) })) }),
  );
  refuses("7.3-6", "a leaf from a commit in another group", () => join({ groupId: text("another group") }));
  refuses("7.3-7", "one signature key at two leaves", () => {
    const signatureKeyPair = {
      publicKey: bundle.signatureKeyPair.publicKey,
      privateKey: bundle.signatureKeyPair.privateKey,
    };
    const twin = forgeKeyPackage(crypto, "twin", { signatureKeyPair });
    return join({ tree: leafAt(0, () => twin.keyPackage.leafNode) });
  });
  refuses("7.3-8", "one encryption key at two leaves", () => {
    const twin = forgeKeyPackage(crypto, "twin", {
      leaf: (leaf) => ({ ...leaf, encryptionKey: bundle.keyPackage.leafNode.encryptionKey }),
    });
    return join({ tree: leafAt(0, () => twin.keyPackage.leafNode) });
  });
});

describe("the path secret", () => {
  refuses("12.4.3.1-14", "a path secret for a blank common ancestor", () => {
    // Without any parents: leaves only.
    const tree = wire.map((node, index) => (index % 2 === 0 ? node : undefined));
    const key = forgeKeyPackage(crypto, "b");
    const leaves = tree.map((node, index) =>
      index === 2 ? ({ nodeType: "leaf", leafNode: key.keyPackage.leafNode } as const) : node,
    );
    const signerKey = key.signatureKeyPair.privateKey;
    return join({ tree: leaves, signerKey, pathSecret: new Uint8Array(32) });
  });
  refuses("12.4.3.1-15", "a path secret that gives other keys", () =>
    join({ pathSecret: new Uint8Array(32) }),
  );
  refuses("12.4.3.1-15", "a path secret of no bytes", () => join({ pathSecret: new Uint8Array(0) }));
  refuses("12.4.3.1-15", "a path secret of 33 bytes", () => join({ pathSecret: new Uint8Array(33) }));
});
