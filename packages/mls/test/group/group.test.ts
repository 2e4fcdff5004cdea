// Group: an immutable value. Life of a group, misuse, disposal, secrecy of what is printed.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { backends, platformCrypto as crypto } from "../support/crypto.ts";
import { seeded } from "../support/seeded.ts";
import { add, commitAll, groupOf, makeWorld, newBundle, remove, text } from "../support/world.ts";

const world = makeWorld(crypto);
const agreed = (members: readonly mls.Group[]) =>
  new Set(members.map((m) => `${m.epoch} ${mls.hex(m.epochAuthenticator)} ${mls.hex(m.treeHash)}`)).size;

describe.each(backends)("the life of a group, $backend backend", (backend) => {
  it("members join, leave, come back; everybody arrives at the same epoch", () => {
    const place = makeWorld(backend);
    let members = groupOf(place, ["a", "b", "c"]);
    expect(agreed(members)).toBe(1);
    members = commitAll(members, 1, [place.propose(members[0]!, remove(0))]);
    expect(members.map((m) => m.ownLeafIndex)).toEqual([1, 2]);
    const bundle = newBundle(backend, "a");
    const message = place.propose(members[0]!, add(bundle.keyPackage));
    const { commit, welcome } = members[1]!.commit([members[1]!.receiveProposal(message)]);
    const back = mls.Group.join(backend, { welcome: welcome!, keyPackage: bundle });
    const other = members[0]!.processCommit(commit, [members[0]!.receiveProposal(message)]);
    expect(back.ownLeafIndex).toBe(0);
    expect(other.outcome === "next" && agreed([back, other.group])).toBe(1);
  });
});

describe("what a group says of itself", () => {
  it("is what its context and tree say", () => {
    const [group] = groupOf(world, ["a", "b"]) as [mls.Group];
    const context = mls.groupContextCodec.decode(group.groupContext);
    const { groupId, epoch, cipherSuite, version, extensions, treeHash, confirmedTranscriptHash } = group;
    expect({ groupId, epoch, cipherSuite, version, extensions, treeHash, confirmedTranscriptHash }).toEqual(
      context,
    );
    expect([cipherSuite, version, extensions.length, group.ownLeafIndex]).toEqual([2, 1, 1, 0]);
    const { signatureKey } = group.state.tree.leaf(1)!;
    const second = { leafIndex: 1, identity: text("b"), credentialType: "basic", signatureKey };
    expect(group.members[1]).toEqual(second);
  });
});

describe("the shape of a commit (DAVE)", () => {
  const [a] = groupOf(world, ["a", "b", "c"]) as [mls.Group];
  const decoded = (commit: Uint8Array) => {
    const message = mls.mlsMessageCodec.decode(commit);
    if (message.wireFormat !== "mls_public_message") throw new Error("no PublicMessage");
    const { content } = message.publicMessage;
    if (content.contentType !== "commit") throw new Error("no commit");
    return content.commit;
  };
  it("an add-only commit has no path, and a Welcome", () => {
    const message = world.propose(a, add(newBundle(crypto, "d").keyPackage));
    const made = a.commit([a.receiveProposal(message)]);
    expect(decoded(made.commit).path).toBeUndefined();
    expect(decoded(made.commit).proposals.map((p) => p.type)).toEqual(["reference"]);
    expect(mls.welcomeCodec.decode(made.welcome!).secrets).toHaveLength(1);
  });
  it("one with a Remove has a path, and no Welcome", () => {
    const made = a.commit([a.receiveProposal(world.propose(a, remove(2)))]);
    expect(decoded(made.commit).path?.nodes.length).toBeGreaterThan(0);
    expect(made.welcome).toBeUndefined();
  });
  it("forcePath puts one in", () => {
    const message = world.propose(a, add(newBundle(crypto, "d").keyPackage));
    expect(decoded(a.commit([a.receiveProposal(message)], { forcePath: true }).commit).path).toBeDefined();
  });
  it("a removed member is told so", () => {
    const members = groupOf(world, ["a", "b", "c"]);
    const message = world.propose(members[0]!, remove(2));
    const { commit } = members[0]!.commit([members[0]!.receiveProposal(message)]);
    expect(members[2]!.processCommit(commit, [members[2]!.receiveProposal(message)])).toEqual({
      outcome: "removed",
    });
  });
});

describe("values", () => {
  it("commit and processCommit leave the group as it was; two commits of one epoch are two next states", () => {
    const [a, b] = groupOf(world, ["a", "b", "c"]) as [mls.Group, mls.Group];
    const before = mls.hex(a.groupContext);
    const first = a.commit([], { forcePath: true });
    const second = a.commit([], { forcePath: true });
    expect(mls.hex(a.groupContext)).toBe(before);
    expect(first.group.epochAuthenticator).not.toEqual(second.group.epochAuthenticator);
    // The first of two own commits may be the one that wins.
    const followed = b.processCommit(first.commit, []);
    expect(followed.outcome === "next" && agreed([followed.group, first.group])).toBe(1);
  });

  it("what is handed out are copies", () => {
    const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
    const before = mls.hex(a.epochAuthenticator);
    for (const bytes of [a.epochAuthenticator, a.groupId, a.treeHash, a.groupContext]) bytes.fill(0);
    a.members[0]!.signatureKey.fill(0);
    expect(mls.hex(a.epochAuthenticator)).toBe(before);
    expect(mls.hex(a.groupId)).toBe(mls.hex(world.groupId));
    expect(a.members[0]!.signatureKey[0]).toBe(4);
    expect(() => a.commit([], { forcePath: true })).not.toThrow();
  });

  it("a proposal of another group object or epoch does not count", () => {
    const [a, b] = groupOf(world, ["a", "b"]) as [mls.Group, mls.Group];
    const cached = b.receiveProposal(world.propose(b, remove(0)));
    expect(() => a.commit([cached])).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    expect(() => a.commit([{ ...a.receiveProposal(world.propose(a, remove(1))) }])).toThrow(mls.MlsError);
  });

  it("a seed replays a group byte for byte, on either backend", () => {
    const play = (backend: "portable" | "platform") => {
      const random = seeded("replay");
      const place = makeWorld(mls.createCryptoProvider({ randomBytes: random.bytes, backend }));
      const members = groupOf(place, ["a", "b", "c"]);
      const { commit } = members[1]!.commit([], { forcePath: true });
      return mls.hex(commit) + mls.hex(members[0]!.epochAuthenticator);
    };
    expect(play("portable")).toBe(play("platform"));
    expect(play("portable")).toBe(play("portable"));
  });
});

describe("disposal", () => {
  it("a closed group is refused, and its successor lives on", () => {
    const [a, b] = groupOf(world, ["a", "b", "c"]) as [mls.Group, mls.Group];
    const { commit, group: next } = a.commit([], { forcePath: true });
    const followed = b.processCommit(commit, []);
    if (followed.outcome !== "next") throw new Error("removed");
    a.close();
    a.close();
    b.close();
    expect([a.closed, next.closed]).toEqual([true, false]);
    for (const use of [
      () => a.epochAuthenticator,
      () => a.exportSecret("x", text(""), 16),
      () => a.commit([]),
      () => a.processCommit(commit, []),
      () => a.receiveProposal(commit),
      () => a.state,
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: "closed" }));
    }
    const again = followed.group.commit([], { forcePath: true });
    const end = next.processCommit(again.commit, []);
    expect(end.outcome === "next" && agreed([end.group, again.group])).toBe(1);
  });

  it("overwrites this epoch's secrets, and shared keys with their last holder", () => {
    const [, b] = groupOf(world, ["a", "b"]) as [mls.Group, mls.Group];
    const { state } = b;
    const { group: next } = b.commit([], { byValue: [add(newBundle(crypto, "c").keyPackage)] });
    const exporter = state.secrets.exporter.bytes;
    const [shared] = [...state.privateKeys.values()].map((key) => key.bytes);
    const signature = state.signatureKey.bytes;
    b.close();
    expect(exporter.every((byte) => byte === 0)).toBe(true);
    expect(shared!.some((byte) => byte !== 0)).toBe(true);
    next.close();
    expect([...shared!, ...signature].every((byte) => byte === 0)).toBe(true);
    expect(() => state.secrets.exporter.retain()).toThrow(mls.MlsError);
    expect(() => state.secrets.exporter.bytes).toThrow(expect.objectContaining({ code: "closed" }));
  });

  it("a closed key package gives no keys", () => {
    const bundle = newBundle(crypto, "x");
    const { initPrivateKey } = bundle;
    expect(bundle.closed).toBe(false);
    bundle.close();
    expect(bundle.closed).toBe(true);
    expect(initPrivateKey.every((byte) => byte === 0)).toBe(true);
    expect(() => bundle.initPrivateKey).toThrow(expect.objectContaining({ code: "closed" }));
    expect(() => bundle.leafPrivateKey).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

describe("nothing secret is printed", () => {
  const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
  const bundle = newBundle(crypto, "x");
  const secrets = [
    ...Object.values(a.state.secrets),
    ...a.state.privateKeys.values(),
    a.state.signatureKey,
  ].map((secret) => secret.bytes);
  const prints = (value: unknown) => [
    inspect(value, { depth: 20, showHidden: true }),
    String(value),
    JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? item.toString() : item)),
  ];
  it.each([
    ["a group", a],
    ["its state", a.state],
    ["a key package bundle", bundle],
  ])("of %s", (_name, value) => {
    const printed = prints(value).join("\n");
    const keys = [...secrets, bundle.initPrivateKey, bundle.leafPrivateKey];
    for (const secret of keys) {
      expect(printed).not.toContain(mls.hex(secret));
      expect(printed).not.toContain([...secret.subarray(0, 8)].join(", "));
      expect(printed).not.toContain([...secret.subarray(0, 8)].join(","));
    }
  });
});

describe("misuse is typed", () => {
  const wrong = [undefined, null, 7, "text", {}, [], new ArrayBuffer(3), true];
  const [a] = groupOf(world, ["a", "b"]) as [mls.Group];
  const bundle = newBundle(crypto, "x");
  const keys = mls.generateSignatureKeyPair(crypto);
  const calls: [string, (value: never) => unknown][] = [
    ["Group.create", (v) => mls.Group.create(crypto, v)],
    [
      "Group.create groupId",
      (v) =>
        mls.Group.create(crypto, { groupId: v, identity: text("a"), signatureKeyPair: keys, extensions: [] }),
    ],
    [
      "Group.create identity",
      (v) =>
        mls.Group.create(crypto, { groupId: text("g"), identity: v, signatureKeyPair: keys, extensions: [] }),
    ],
    [
      "Group.create signatureKeyPair",
      (v) =>
        mls.Group.create(crypto, {
          groupId: text("g"),
          identity: text("a"),
          signatureKeyPair: v,
          extensions: [],
        }),
    ],
    ["Group.join", (v) => mls.Group.join(crypto, v)],
    ["Group.join welcome", (v) => mls.Group.join(crypto, { welcome: v, keyPackage: bundle })],
    ["Group.join keyPackage", (v) => mls.Group.join(crypto, { welcome: new Uint8Array(3), keyPackage: v })],
    ["receiveProposal", (v) => a.receiveProposal(v)],
    ["processCommit", (v) => a.processCommit(v, [])],
    ["exportSecret context", (v) => a.exportSecret("x", v, 16)],
    ["createKeyPackage", (v) => mls.createKeyPackage(crypto, v)],
    ["importKeyPackage", (v) => mls.importKeyPackage(crypto, v)],
    ["signatureKeyPairFrom", (v) => mls.signatureKeyPairFrom(crypto, v)],
    ["validateKeyPackage", (v) => mls.validateKeyPackage(crypto, v)],
    ["keyPackageRef", (v) => mls.keyPackageRef(crypto, v)],
    ["proposalRef", (v) => mls.proposalRef(crypto, v)],
    ["signExternalProposal", (v) => mls.signExternalProposal(crypto, v)],
    ["decodeExternalSenders", (v) => mls.decodeExternalSenders(v)],
    ["externalSendersExtension", (v) => mls.externalSendersExtension([v])],
    ["expandWithLabel", (v) => mls.expandWithLabel(crypto, v, "x", text(""), 16)],
    ["deriveTreeSecret", (v) => mls.deriveTreeSecret(crypto, v, "x", 0, 16)],
    ["signWithLabel", (v) => mls.signWithLabel(crypto, v, "x", text(""))],
    ["verifyWithLabel signature", (v) => mls.verifyWithLabel(crypto, keys.publicKey, "x", text(""), v)],
    ["equalBytes", (v) => mls.equalBytes(v, text(""))],
    ["hex", (v) => mls.hex(v)],
    ["new Reader", (v) => new mls.Reader(v)],
    ["Writer.bytes", (v) => new mls.Writer().bytes(v)],
  ];
  it.each(calls)("%s", (_name, call) => {
    for (const value of wrong) {
      expect(() => call(value as never)).toThrow(expect.objectContaining({ name: "MlsError" }));
    }
  });

  it("a commit of what is no list of proposals", () => {
    for (const value of [undefined, null, 7, {}, new Set()]) {
      expect(() => a.commit(value as never)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
    expect(() => a.commit([null as never])).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    expect(() => a.processCommit(a.commit([]).commit, [undefined as never])).toThrow(mls.MlsError);
  });

  it("lengths out of range", () => {
    expect(() => a.exportSecret("x", text(""), -1)).toThrow(mls.MlsError);
    expect(() => a.exportSecret("x", text(""), 8161)).toThrow(mls.MlsError);
    expect(a.exportSecret("x", text(""), 8160)).toHaveLength(8160);
    expect(() => a.exportSecret("ü", text(""), 8)).toThrow(mls.MlsError);
    expect(() => mls.deriveTreeSecret(crypto, new Uint8Array(16), "x", -1, 16)).toThrow(mls.MlsError);
    expect(() => mls.deriveTreeSecret(crypto, new Uint8Array(0), "x", 0, 16)).toThrow(mls.MlsError);
    expect(() => mls.createCryptoProvider({ backend: "other" as never })).toThrow(mls.MlsError);
    expect(() => mls.createCryptoProvider({ randomBytes: 7 as never })).toThrow(mls.MlsError);
    const short = mls.createCryptoProvider({ randomBytes: () => new Uint8Array(3) });
    expect(() => mls.generateSignatureKeyPair(short)).toThrow(mls.MlsError);
    const stuck = mls.createCryptoProvider({ randomBytes: (n) => new Uint8Array(n) });
    expect(() => mls.generateSignatureKeyPair(stuck)).toThrow(mls.MlsError);
  });

  it("private keys that do not belong to the key package", () => {
    const parts = {
      keyPackage: bundle.bytes,
      initPrivateKey: bundle.initPrivateKey,
      leafPrivateKey: bundle.leafPrivateKey,
      signaturePrivateKey: bundle.signatureKeyPair.privateKey,
    };
    expect(mls.importKeyPackage(crypto, parts).ref).toEqual(bundle.ref);
    for (const name of ["initPrivateKey", "leafPrivateKey", "signaturePrivateKey"] as const) {
      expect(() => mls.importKeyPackage(crypto, { ...parts, [name]: keys.privateKey })).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
    }
  });
});
