// §9 The secret tree and its ratchets: what is derived from is overwritten, what is forged moves nothing.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto } from "../support/crypto.ts";
import { isWiped } from "../support/wiped.ts";
import { groupOf, makeWorld, text } from "../support/world.ts";

/** What HKDF-Expand is given, as the very buffers: every secret that something is derived from is one. */
const derivedFrom: Uint8Array[] = [];
const crypto: mls.CryptoProvider = {
  ...platformCrypto,
  hkdfExpand(prk, ...rest) {
    derivedFrom.push(prk);
    return platformCrypto.hkdfExpand(prk, ...rest);
  },
};
const encryptionSecret = new Uint8Array(32).fill(1);
const newTree = (leafCount = 4) => new mls.SecretTree(crypto, leafCount, encryptionSecret);
/** The buffers that `body` derives something from. */
function parents(body: () => unknown): Uint8Array[] {
  derivedFrom.length = 0;
  body();
  return [...new Set(derivedFrom)];
}

describe("§9.2 what has been derived from is overwritten", () => {
  it("the nodes that are split and the leaf's secret, on the way down to a leaf", () => {
    const tree = newTree(8);
    // root, two parents and the leaf, and the secret of the ratchet, of which only a copy was taken
    const used = parents(() => tree.reach(5, "application", 0).forget());
    expect(used.map(isWiped)).toEqual(Array(5).fill(true));
    expect(encryptionSecret).toEqual(new Uint8Array(32).fill(1));
  });
  it("the secret of a ratchet, for each generation that is left behind", () => {
    const tree = newTree();
    tree.reach(0, "application", 0).keep();
    const used = parents(() => tree.reach(0, "application", 3).keep());
    expect(used).toHaveLength(3);
    expect(used.map(isWiped)).toEqual([true, true, true]);
  });
  it("the ratchet's own secret, when it moves, and not while it is only looked at", () => {
    const copies: Uint8Array[] = [];
    const { slice } = Uint8Array.prototype;
    const tree = newTree();
    tree.reach(0, "application", 0).keep();
    // the ratchet's secret is what the copy is taken of
    Uint8Array.prototype.slice = function (this: Uint8Array, ...args) {
      copies.push(this);
      return slice.apply(this, args) as Uint8Array<ArrayBuffer>;
    };
    try {
      tree.reach(0, "application", 1).forget();
      expect(isWiped(copies[0]!)).toBe(false);
      tree.reach(0, "application", 1).keep();
    } finally {
      Uint8Array.prototype.slice = slice;
    }
    expect(isWiped(copies[0]!)).toBe(true);
  });
  it("the keys of a message that was not genuine", () => {
    const { key, nonce, forget } = newTree().reach(1, "handshake", 2);
    forget();
    expect([key, nonce].map(isWiped)).toEqual([true, true]);
  });
  it("the keys of a message that was genuine, and no others", () => {
    const tree = newTree();
    tree.reach(1, "handshake", 2).keep();
    const [late, early] = [tree.reach(1, "handshake", 0), tree.reach(1, "handshake", 1)];
    late.keep();
    expect([late.key, late.nonce, early.key, early.nonce].map(isWiped)).toEqual([true, true, false, false]);
  });
  it("everything, when the tree is closed", () => {
    const tree = newTree();
    tree.reach(1, "handshake", 2).keep();
    const { key } = tree.reach(1, "handshake", 0);
    tree.close();
    expect(isWiped(key)).toBe(true);
  });
});

describe("§9.1 a ratchet moves when a message is known to be genuine", () => {
  it("what is forgotten leaves the next generation as it was", () => {
    const [tree, twin] = [newTree(), newTree()];
    for (let i = 0; i < 5; i++) tree.reach(2, "application", 999).forget();
    expect(tree.next(2, "application").generation).toBe(0);
    expect(tree.reach(2, "application", 0).key).toEqual(twin.reach(2, "application", 0).key);
  });
});

const world = makeWorld(crypto);
const features = ["a", "b", "c"].map(() => mls.fullFeatures());
const group = () => groupOf(world, ["a", "b", "c"], (i) => features[i]) as [mls.Group, mls.Group, mls.Group];

describe("§6.3 PrivateMessages", () => {
  it("the key that has sealed one is overwritten", () => {
    const [, b] = group();
    const sealing: Uint8Array[] = [];
    const seal: mls.CryptoProvider["seal"] = (key, nonce, aad, plaintext) => {
      sealing.push(key);
      return platformCrypto.seal(key, nonce, aad, plaintext);
    };
    const sender = mls.Group.fromState({ ...b.state, crypto: { ...crypto, seal } });
    const sealed = features[1]!.sealApplication(sender, text("hello"));
    expect(sealed.length).toBeGreaterThan(100);
    // that of the content, and that of the sender data
    expect(sealing.map(isWiped)).toEqual([true, true]);
  });
  it("each message is sealed with a key of its own", () => {
    const [a, b] = group();
    const open = (message: Uint8Array) => features[0]!.openApplication(a, message).applicationData;
    const messages = ["one", "two", "three"].map((word) => features[1]!.sealApplication(b, text(word)));
    expect(messages.reverse().map(open)).toEqual(["three", "two", "one"].map(text));
  });
  it("the encryption secret is overwritten as soon as the secret tree has it", () => {
    const [, b] = group();
    const { bytes } = b.state.secrets.encryption;
    expect(isWiped(bytes)).toBe(false);
    features[1]!.sealApplication(b, text("hello"));
    expect(isWiped(bytes)).toBe(true);
  });

  /** A message that `by` seals with the key of another leaf: every member can derive it, only the signature is missing. */
  function forged(by: mls.Group, leafIndex: number, generation: number): Uint8Array {
    const { context, encodedContext, secrets, signatureKey, tree } = by.state;
    const content = {
      groupId: context.groupId,
      epoch: context.epoch,
      sender: { senderType: "member", leafIndex },
      authenticatedData: new Uint8Array(0),
      contentType: "application",
      applicationData: text("forged"),
    } as const;
    const wireFormat = "mls_private_message";
    const signature = mls.signContent(crypto, signatureKey.bytes, wireFormat, content, encodedContext);
    const secretTree = new mls.SecretTree(crypto, tree.leafCount, secrets.encryption.bytes);
    secretTree.reach(leafIndex, "application", generation - 1).keep();
    const keys = { senderDataSecret: secrets.senderData.bytes, secretTree };
    const privateMessage = mls.sealPrivateMessage(crypto, keys, { wireFormat, content, auth: { signature } });
    return mls.mlsMessageCodec.encode({ version: 1, wireFormat, privateMessage });
  }
  it("three that another member forges evict no generation of the real sender", () => {
    const [a, b, c] = group();
    const real = features[1]!.sealApplication(b, text("real"));
    for (const generation of [900, 1800, 2700])
      expect(() => features[0]!.openApplication(a, forged(c, 1, generation))).toThrow(
        expect.objectContaining({ name: "MlsError" }),
      );
    expect(features[0]!.openApplication(a, real).applicationData).toEqual(text("real"));
  });
  it("one that says it is from us does not move the ratchet that we send with", () => {
    const [a, b, c] = group();
    expect(() => features[0]!.openApplication(a, forged(c, 0, 5))).toThrow(
      expect.objectContaining({ rule: "6.3.2-3" }),
    );
    const next = features[0]!.sealApplication(a, text("first"));
    expect(features[1]!.openApplication(b, next).applicationData).toEqual(text("first"));
    // that it is generation 0: a second tree opens it at the start
    expect(features[2]!.openApplication(c, next).applicationData).toEqual(text("first"));
  });
  it("one whose signature is forged does not use up the generation it names", () => {
    const [a, b, c] = group();
    const real = ["zero", "one"].map((word) => features[1]!.sealApplication(b, text(word)))[1]!;
    expect(() => features[0]!.openApplication(a, forged(c, 1, 1))).toThrow(
      expect.objectContaining({ rule: "6.1-1" }),
    );
    expect(features[0]!.openApplication(a, real).applicationData).toEqual(text("one"));
  });
});
