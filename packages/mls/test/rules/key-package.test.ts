// RFC 9420 §7.3, §10.1, §5.3.1 What makes a key package or its leaf invalid; each arrives in a well-signed Add.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeKeyPackage, type KeyPackageHooks } from "../forge/key-package.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { refuses } from "../support/refusal.ts";
import { add, found, makeWorld } from "../support/world.ts";

const world = makeWorld(crypto);
const group = found(world, "a");
const stranger = mls.generateSignatureKeyPair(crypto);
const offCurve = (key: Uint8Array) => Uint8Array.from(key, (byte, i) => (i === 64 ? byte ^ 1 : byte));

const receive = (hooks: KeyPackageHooks, to = group) =>
  to.receiveProposal(world.propose(to, add(forgeKeyPackage(crypto, "b", hooks).keyPackage)));

it("the forge itself makes acceptable key packages", () => {
  expect(receive({}).proposal.proposalType).toBe("add");
});

describe("§7.3 leaf nodes", () => {
  refuses("7.3-1", "a leaf from an Update", () =>
    receive({ leaf: ({ ...leaf }) => ({ ...leaf, leafNodeSource: "update" }) }),
  );
  const capabilities = (change: Partial<mls.Capabilities>): KeyPackageHooks => ({
    leaf: (leaf) => ({ ...leaf, capabilities: { ...leaf.capabilities, ...change } }),
  });
  refuses("7.3-2", "capabilities without mls10", () => receive(capabilities({ versions: [2] })));
  refuses("7.3-3", "capabilities without the suite", () => receive(capabilities({ cipherSuites: [1, 3] })));
  refuses("7.3-4", "capabilities without the credential's type", () =>
    receive(capabilities({ credentials: [2] })),
  );
  refuses("7.3-5", "an extension that the capabilities do not list", () =>
    receive({
      leaf: (leaf) => ({
        ...leaf,
        extensions: [{ extensionType: 0xff01, extensionData: new Uint8Array(2) }],
      }),
    }),
  );
  refuses("7.3-6", "a leaf changed after signing", () =>
    receive({
      signedLeaf: (leaf) => ({
        ...leaf,
        credential: { credentialType: "basic", identity: Uint8Array.of(1) },
      }),
    }),
  );
  refuses("7.3-6", "a leaf signed with another key", () =>
    receive({ leaf: (leaf) => ({ ...leaf, signatureKey: stranger.publicKey }) }),
  );
  refuses("5.1.1-1", "an encryption key off the curve", () =>
    receive({ leaf: (leaf) => ({ ...leaf, encryptionKey: offCurve(leaf.encryptionKey) }) }),
  );

  it("accepts a listed extension, and default ones unlisted", () => {
    const extensions = [1, 0xff01].map((extensionType) => ({
      extensionType,
      extensionData: new Uint8Array(0),
    }));
    const hooks: KeyPackageHooks = {
      leaf: (leaf) => ({
        ...leaf,
        extensions,
        capabilities: { ...leaf.capabilities, extensions: [0xff01] },
      }),
    };
    expect(receive(hooks).refHex).toHaveLength(64);
  });
});

describe("§10.1 key packages", () => {
  refuses("10.1-1", "another protocol version", () => receive({ content: (c) => ({ ...c, version: 2 }) }));
  refuses("10.1-2", "another cipher suite", () => receive({ content: (c) => ({ ...c, cipherSuite: 1 }) }));
  refuses("10.1-3", "an init key that is the leaf's encryption key", () =>
    receive({ content: (c) => ({ ...c, initKey: c.leafNode.encryptionKey }) }),
  );
  refuses("10.1-4", "a key package changed after signing", () =>
    receive({ signed: (kp) => ({ ...kp, initKey: mls.generateKeyPair(crypto).publicKey }) }),
  );
  refuses("5.1.1-2", "an init key off the curve", () =>
    receive({ content: (c) => ({ ...c, initKey: offCurve(c.initKey) }) }),
  );
});

describe("policies, off by default", () => {
  const expired: KeyPackageHooks = {
    leaf: (leaf) => ({ ...leaf, leafNodeSource: "key_package", lifetime: { notBefore: 5n, notAfter: 6n } }),
  };
  const strict = found(world, "c", {
    ...mls.basicFeatures,
    policy: {
      acceptLifetime: ({ notBefore, notAfter }) => notBefore <= 1000n && 1000n <= notAfter,
      acceptCredential: (credential) =>
        credential.credentialType === "basic" && credential.identity[0] === 98,
    },
  });
  it("accept any lifetime and credential", () => {
    expect(receive(expired).refHex).toHaveLength(64);
  });
  it("when on, accept what they accept", () => {
    expect(receive({}, strict).refHex).toHaveLength(64);
  });
  refuses("7.3-11", "an expired leaf", () => receive(expired, strict));
  refuses("5.3.1-1", "a credential that the application does not accept", () =>
    receive(
      { leaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity: Uint8Array.of(1) } }) },
      strict,
    ),
  );
});
