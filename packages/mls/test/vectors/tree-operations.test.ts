// tree-operations: a tree, a proposal, the tree after it; tree hashes before and after.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("tree-operations", (v: Json, crypto) => {
  const before = mls.RatchetTree.from(mls.ratchetTreeCodec.decode(bytes(v.tree_before)));
  expect(mls.hex(before.treeHash(crypto))).toBe(v.tree_hash_before);
  const tree = before.clone();
  const proposal = mls.proposalCodec.decode(bytes(v.proposal));
  if (proposal.proposalType === "add") tree.addLeaf(proposal.keyPackage.leafNode);
  else if (proposal.proposalType === "update") tree.updateLeaf(v.proposal_sender, proposal.leafNode);
  else if (proposal.proposalType === "remove") tree.removeLeaf(proposal.removed);
  expect(mls.hex(mls.ratchetTreeCodec.encode(tree.toWire()))).toBe(v.tree_after);
  expect(mls.hex(tree.treeHash(crypto))).toBe(v.tree_hash_after);
  // The tree it was made from has not changed.
  expect(mls.hex(mls.ratchetTreeCodec.encode(before.toWire()))).toBe(v.tree_before);
  expect(mls.hex(before.treeHash(crypto))).toBe(v.tree_hash_before);
});
