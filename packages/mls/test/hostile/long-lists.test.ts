// Lists as long as their sender wants them: what is compared with what grows with the sum of the lengths, not the product.
// The limits are the decoder's; that nothing hangs is guarded by the time limit of a test alone.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeWelcome } from "../forge/welcome.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { caught } from "../support/refusal.ts";
import { newBundle, text } from "../support/world.ts";

const COUNT = 20000;
const types = Array.from({ length: COUNT }, (_, i) => i + 1000);
const bundle = newBundle(crypto, "new");
const { privateKey: signerKey } = bundle.signatureKeyPair;
const { leafNode } = bundle.keyPackage;

/** The refusal of `body`. */
const refused = (body: () => unknown) => caught(body) as mls.MlsError;

const join = (change: Partial<mls.LeafNode>, extensions: mls.Extension[] = []) =>
  refused(() => {
    const tree: mls.TreeNode[] = [{ nodeType: "leaf", leafNode: { ...leafNode, ...change } as mls.LeafNode }];
    const welcome = forgeWelcome(crypto, {
      tree,
      signer: 0,
      signerKey,
      groupId: text("g"),
      extensions,
      bundle,
    });
    mls.Group.join(crypto, { welcome, keyPackage: bundle });
  });

const capabilities = { ...leafNode.capabilities, extensions: [...types].reverse() };
const extension = (extensionType: number): mls.Extension => ({
  extensionType,
  extensionData: new Uint8Array(0),
});

describe("long lists of types", () => {
  it("in a group's requirements", () => {
    const required = { extensionTypes: [...types, 7], proposalTypes: [], credentialTypes: [] };
    const extensionData = mls.requiredCapabilitiesCodec.encode(required);
    expect(join({ capabilities }, [{ extensionType: 3, extensionData }]).rule).toBe("7.3-10");
  });

  it("that repeat one type", () => {
    const required = { extensionTypes: types.map(() => 7), proposalTypes: [], credentialTypes: [] };
    const extensionData = mls.requiredCapabilitiesCodec.encode(required);
    expect(join({ capabilities }, [{ extensionType: 3, extensionData }]).rule).toBe("7.3-10");
  });

  it("of a group's extensions", () => {
    const some = [...types.slice(0, COUNT / 2), 7].map(extension);
    expect(join({ capabilities }, some).rule).toBe("13.4-1");
  });

  it("of a leaf's extensions", () => {
    const some = [...types.slice(0, COUNT / 2), 7].map(extension);
    expect(join({ capabilities, extensions: some }).rule).toBe("7.3-5");
  });

  it("and fields without end are refused by their number", () => {
    const leaf = { ...leafNode, encryptionKey: new Uint8Array(0), signatureKey: new Uint8Array(0) };
    const tree = Array.from({ length: 5000 }, () => ({ nodeType: "leaf", leafNode: leaf }) as mls.TreeNode);
    const error = refused(() => mls.ratchetTreeCodec.decode(mls.ratchetTreeCodec.encode(tree)));
    expect([error.code, error.rule]).toEqual(["too-large", "2.1-5"]);
  });
});
