// RFC 9420 §7.9.2 a parent is vouched for by exactly one node below it, and by nothing else there: trees made by hand.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { refuses } from "../support/refusal.ts";

let made = 0;
const leaf = (parentHash?: Uint8Array): mls.LeafNode => ({
  encryptionKey: Uint8Array.of(1, ++made),
  signatureKey: Uint8Array.of(2, made),
  credential: { credentialType: "basic", identity: Uint8Array.of(made) },
  capabilities: { versions: [1], cipherSuites: [2], extensions: [], proposals: [], credentials: [1] },
  ...(parentHash ? { leafNodeSource: "commit", parentHash } : { leafNodeSource: "update" }),
  extensions: [],
  signature: Uint8Array.of(3),
});

const ROOT = 7;
const [LEFT, RIGHT] = [3, 11];

/** Eight leaves, of which `present` are there; a root with `unmerged`, for which leaf `vouching` vouches. */
function treeOf(present: readonly number[], unmerged: readonly number[], vouching = 0): mls.RatchetTree {
  const tree = mls.RatchetTree.single(leaf());
  for (let i = 1; i < 8; i++) tree.addLeaf(leaf());
  for (let i = 0; i < 8; i++) if (!present.includes(i)) tree.setLeaf(i, undefined);
  const root = { encryptionKey: Uint8Array.of(9), parentHash: new Uint8Array(0), unmergedLeaves: unmerged };
  tree.setParent(ROOT, root);
  const copath = vouching < 4 ? RIGHT : LEFT;
  tree.setLeaf(vouching, leaf(mls.parentHash(crypto, tree, root, copath)));
  return tree;
}
const verify = (...parts: Parameters<typeof treeOf>) => mls.verifyParentHashes(crypto, treeOf(...parts));

describe("accepted", () => {
  it.each([
    ["one leaf on the left", [0, 4], []],
    ["one leaf and unmerged ones beside it", [0, 1, 3, 4], [1, 3]],
    ["and unmerged ones on the other side", [0, 1, 4, 5], [1, 5]],
  ] as const)("%s", (_name, present, unmerged) => {
    expect(() => verify(present, unmerged)).not.toThrow();
  });
  it("one leaf on the right", () => {
    expect(() => verify([0, 4], [], 4)).not.toThrow();
    expect(() => verify([0, 4, 6], [6], 4)).not.toThrow();
  });
});

describe("refused", () => {
  refuses("7.9.2-1", "a second leaf beside the one that vouches", () => verify([0, 1, 4], []));
  refuses("7.9.2-1", "a second leaf after an unmerged one", () => verify([0, 1, 2, 4], [1]));
  refuses("7.9.2-1", "an unmerged leaf that is blank, beside the one that vouches", () =>
    verify([0, 4], [2]),
  );
  refuses("7.9.2-1", "a blank unmerged leaf in place of a second one", () => verify([0, 1, 4], [2]));
  refuses("7.9.2-1", "a leaf that vouches and is called unmerged", () => verify([0, 4], [0]));
  refuses("7.9.2-1", "a leaf that comes from no commit", () => {
    const tree = treeOf([0, 4], []);
    tree.setLeaf(0, leaf());
    return mls.verifyParentHashes(crypto, tree);
  });
});
