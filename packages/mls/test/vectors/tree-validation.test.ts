// tree-validation: resolutions, tree hashes, parent hashes and leaf signatures of whole trees.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("tree-validation", (v: Json, crypto) => {
  const tree = mls.RatchetTree.from(mls.ratchetTreeCodec.decode(bytes(v.tree)));
  const nodes = [...Array(mls.nodeWidth(tree.leafCount)).keys()];
  const recorded = (list: Json[]) => nodes.map((n) => list[n] ?? []);
  expect(nodes.map((n) => tree.resolution(n))).toEqual(recorded(v.resolutions));
  const hashes = nodes.map((n) => mls.hex(tree.treeHash(crypto, n)));
  expect(hashes.slice(0, v.tree_hashes.length)).toEqual(v.tree_hashes);
  expect(() => mls.verifyParentHashes(crypto, tree)).not.toThrow();
  expect(() => mls.validateTree(crypto, tree, bytes(v.group_id), [])).not.toThrow();
});
