// What the vectors and the usual lives of groups do not reach.
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { platformCrypto as crypto, portableCrypto as portable } from "../support/crypto.ts";
import { add, found, groupOf, makeWorld, newBundle, remove, text } from "../support/world.ts";

const world = makeWorld(crypto);

describe("primitives", () => {
  it.each([0, 16, 63, 64, 65, 200])("HMAC with a key of %i bytes is node's", (length) => {
    const key = new Uint8Array(length).fill(length);
    expect(portable.hmac(key, text("data"))).toEqual(crypto.hmac(key, text("data")));
  });
  it("sealing for, or opening with, what is no point of the curve is refused", () => {
    const pair = mls.generateKeyPair(crypto);
    const off = Uint8Array.from(pair.publicKey, (byte, i) => (i === 64 ? byte ^ 1 : byte));
    expect(() => mls.encryptWithLabel(crypto, off, "x", text(""), text("y"))).toThrow(
      expect.objectContaining({ code: "invalid-key" }),
    );
    const sealed = mls.encryptWithLabel(crypto, pair.publicKey, "x", text(""), text("y"));
    expect(() => mls.decryptWithLabel(crypto, pair, "x", text(""), { ...sealed, kemOutput: off })).toThrow(
      expect.objectContaining({ code: "decryption-failed" }),
    );
    expect(mls.decryptWithLabel(crypto, pair, "x", text(""), sealed)).toEqual(text("y"));
  });
  it.each([
    ["empty", ""],
    ["two bytes", "3000"],
    ["an integer with a needless zero", "300702020001020101"],
    ["a negative integer", "3006020180020101"],
    ["a length in long form", "30810602010102010100".slice(0, 18)],
    ["trailing bytes", "300602010102010100"],
    ["an integer of 34 bytes", `3027022200${"01".repeat(33)}020101`],
  ])("a signature that is no DER: %s", (_name, hex) => {
    const keys = mls.generateSignatureKeyPair(crypto);
    const signature = Uint8Array.from(Buffer.from(hex, "hex"));
    expect(mls.verifyWithLabel(crypto, keys.publicKey, "x", text(""), signature)).toBe(false);
  });
});

describe("the platform probe", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  it("without node:crypto, auto is portable and platform is refused", () => {
    vi.stubGlobal("process", {});
    expect(mls.createCryptoProvider().backend).toBe("portable");
    expect(() => mls.createCryptoProvider({ backend: "platform" })).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });
  it("a node:crypto without the curve, or one that throws, is not used", () => {
    const broken = () => {
      throw new Error("not implemented");
    };
    vi.stubGlobal("process", { getBuiltinModule: () => ({ createECDH: broken, createCipheriv: broken }) });
    expect(mls.createCryptoProvider().backend).toBe("portable");
    vi.stubGlobal("process", { getBuiltinModule: broken });
    expect(mls.createCryptoProvider().backend).toBe("portable");
  });
  it("without any randomness there is no provider, unless the caller brings one", () => {
    const original = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
    Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
    onTestFinished(() => void Object.defineProperty(globalThis, "crypto", original));
    expect(() => mls.createCryptoProvider()).toThrow(expect.objectContaining({ code: "unsupported" }));
    const own = mls.createCryptoProvider({ backend: "portable", randomBytes: (n) => new Uint8Array(n) });
    expect(own.randomBytes(3)).toHaveLength(3);
  });
  it("the platform's randomness comes in any length", () => {
    expect(mls.createCryptoProvider().randomBytes(70000).subarray(-40)).not.toEqual(new Uint8Array(40));
  });
});

describe("groups", () => {
  it("a member with an X.509 credential has no identity here", () => {
    const both = { versions: [1], cipherSuites: [2], extensions: [], proposals: [], credentials: [1, 2] };
    const keys = mls.generateSignatureKeyPair(crypto);
    const group = mls.Group.create(crypto, {
      groupId: world.groupId,
      identity: text("a"),
      signatureKeyPair: keys,
      extensions: world.extensions,
      capabilities: both,
    });
    const { keyPackage } = forgeKeyPackage(crypto, "b", {
      leaf: (leaf) => ({
        ...leaf,
        credential: { credentialType: "x509", certificates: [text("a certificate of at least 32 bytes")] },
        capabilities: both,
      }),
    });
    const made = group.commit([group.receiveProposal(world.propose(group, add(keyPackage)))]);
    expect(made.group.members.map((m) => [m.credentialType, m.identity.length])).toEqual([
      ["basic", 1],
      ["x509", 0],
    ]);
  });

  it("a PrivateMessage is unsupported in a basic group", () => {
    const features = mls.fullFeatures();
    const [a, b] = groupOf(world, ["a", "b"], (i) => (i === 1 ? features : undefined)) as [
      mls.Group,
      mls.Group,
    ];
    const sealed = features.sealApplication(b, text("hello"));
    expect(() => a.receiveProposal(sealed)).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(() => a.processCommit(sealed, [])).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(() => mls.proposalRef(crypto, sealed)).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(() => features.openApplication(a, sealed)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  it("a commit may be given decoded, and the reference of a proposal without a group", () => {
    const [a, b] = groupOf(world, ["a", "b"]) as [mls.Group, mls.Group];
    const message = world.propose(a, add(newBundle(crypto, "c").keyPackage));
    const cached = a.receiveProposal(message);
    expect(mls.proposalRef(crypto, message)).toEqual(cached.ref);
    const { commit, group } = a.commit([cached]);
    const followed = b.processCommit(mls.mlsMessageCodec.decode(commit), [b.receiveProposal(message)]);
    expect(followed.outcome === "next" && followed.group.epochAuthenticator).toEqual(
      group.epochAuthenticator,
    );
  });

  it("many key packages in one epoch: what is remembered of them is bounded", () => {
    const group = found(world, "a");
    for (let i = 0; i < 260; i++) {
      group.receiveProposal(world.propose(group, add(newBundle(crypto, `member ${i}`).keyPackage)));
    }
    expect(group.state.verified.size).toBe(4);
  });

  it("a key of any length from the wire is refused, not tripped over", () => {
    const group = found(world, "a");
    const { keyPackage } = forgeKeyPackage(crypto, "b", {
      leaf: (leaf) => ({ ...leaf, encryptionKey: new Uint8Array(200_000).fill(4) }),
    });
    expect(() => group.receiveProposal(world.propose(group, add(keyPackage)))).toThrow(
      expect.objectContaining({ rule: "5.1.1-1" }),
    );
    const leaf = { ...group.state.tree.leaf(0)!, encryptionKey: new Uint8Array(200_000) };
    expect(() => mls.validateLeaves(mls.RatchetTree.single(leaf), [])).not.toThrow();
  });

  it("removing the whole right half, then adding, keeps the tree small", () => {
    let [group] = groupOf(world, ["a", "b", "c", "d", "e"]) as [mls.Group];
    expect(group.state.tree.leafCount).toBe(8);
    group = group.commit([group.receiveProposal(world.propose(group, remove(4)))]).group;
    expect(group.state.tree.leafCount).toBe(4);
    const bundles = ["f", "g"].map((name) => newBundle(crypto, name));
    const adds = bundles.map((b) => group.receiveProposal(world.propose(group, add(b.keyPackage))));
    const { group: grown, welcome } = group.commit(adds);
    expect(grown.state.tree.leafCount).toBe(8);
    const joined = mls.Group.join(crypto, { welcome: welcome!, keyPackage: bundles[1]! });
    expect(joined.ownLeafIndex).toBe(5);
    expect(joined.epochAuthenticator).toEqual(grown.epochAuthenticator);
  });

  it("a tree that comes beside the Welcome", () => {
    const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
    const wire = mls.ratchetTreeCodec.encode(a.state.tree.toWire());
    expect(mls.RatchetTree.from(mls.ratchetTreeCodec.decode(wire)).treeHash(crypto)).toEqual(a.treeHash);
  });
});

describe("the secret tree", () => {
  const tree = () => new mls.SecretTree(crypto, 4, new Uint8Array(32).fill(1));
  it("has no leaf beyond its last", () => {
    expect(() => tree().reach(4, "handshake", 0)).toThrow(
      expect.objectContaining({ code: "unknown-sender" }),
    );
  });
  it("keeps no more than 1000 keys of one ratchet", () => {
    const secrets = tree();
    secrets.reach(2, "application", 999).keep();
    const [oldest, kept] = [0, 500].map((generation) => secrets.reach(2, "application", generation).key);
    expect(oldest).not.toEqual(new Uint8Array(16));
    secrets.reach(2, "application", 1500).keep();
    // 999 and 1500 are used: 1499 were skipped, of which the last 1000 are kept
    expect(oldest).toEqual(new Uint8Array(16));
    expect(() => secrets.reach(2, "application", 498)).toThrow(expect.objectContaining({ rule: "9.2-1" }));
    expect(secrets.reach(2, "application", 500).key).toBe(kept);
    expect(secrets.reach(2, "application", 1400).key).toHaveLength(16);
  });
  it("gives the same keys whatever leaf is asked first, and none once closed", () => {
    const [one, other] = [tree(), tree()];
    other.reach(3, "application", 0).keep();
    one.reach(0, "handshake", 5).keep();
    other.reach(0, "handshake", 7).keep();
    const { key } = one.reach(0, "handshake", 3);
    expect(other.reach(0, "handshake", 3).key).toEqual(key);
    one.close();
    expect(key).toEqual(new Uint8Array(16));
  });
});
