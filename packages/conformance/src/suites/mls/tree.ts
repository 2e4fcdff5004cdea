// RFC 9420 §4, §7.7–7.9, Appendix C: tree-math, tree-operations, tree-validation
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { NotSupported } from "../../runner/verdict.ts";
import { asBytes, asInt, asList } from "../../vectors/case.ts";
import {
  type MlsCase,
  memberLeaf,
  mlsCase,
  nullableInt,
  orNull,
  readTree,
  SHA256_SUITES,
  type Tree,
} from "./support.ts";

export const treeMath: Suite = {
  name: "tree-math",
  title: "Array-based trees",
  rules: ["RFC 9420 Appendix C"],
  run(context) {
    const { vector, check } = context;
    const math = mlsCase(context).mls;
    const leaves = vector.int("n_leaves");
    const nodes = vector.int("n_nodes");
    check.equal("number of nodes", math.nodeWidth(leaves), nodes);
    check.equal("root", math.root(leaves), vector.int("root"));
    for (let node = 0; node < nodes; node++) {
      check.equal(`left(${node})`, orNull(math.left(node)), nullableInt(vector, "left", node));
      check.equal(`right(${node})`, orNull(math.right(node)), nullableInt(vector, "right", node));
      check.equal(`parent(${node})`, orNull(math.parent(node, leaves)), nullableInt(vector, "parent", node));
      check.equal(
        `sibling(${node})`,
        orNull(math.sibling(node, leaves)),
        nullableInt(vector, "sibling", node),
      );
    }
  },
};

function applyProposal({ mls }: MlsCase, { vector }: CaseContext, tree: Tree): void {
  const proposal = mls.proposalCodec.decode(vector.bytes("proposal"));
  const sender = memberLeaf(tree, vector.int("proposal_sender"), `${vector.path}.proposal_sender`);
  if (proposal.proposalType === "add") tree.addLeaf(proposal.keyPackage.leafNode);
  else if (proposal.proposalType === "update") tree.updateLeaf(sender, proposal.leafNode);
  else if (proposal.proposalType === "remove")
    tree.removeLeaf(memberLeaf(tree, proposal.removed, `${vector.path}.proposal`));
  else throw new NotSupported(`a ${proposal.proposalType} changes no tree`);
}

export const treeOperations: Suite = {
  name: "tree-operations",
  title: "Add, Update and Remove on a tree",
  rules: ["RFC 9420 §7.7", "RFC 9420 §7.8", "RFC 9420 §12.1"],
  run(context) {
    const { vector, check } = context;
    const base = mlsCase(context, SHA256_SUITES);
    const { mls, crypto } = base;
    const tree = readTree(base, vector.bytes("tree_before"));
    check.bytes("tree hash before", tree.treeHash(crypto), vector.bytes("tree_hash_before"), "RFC 9420 §7.8");
    applyProposal(base, context, tree);
    check.bytes("tree after", mls.ratchetTreeCodec.encode(tree.toWire()), vector.bytes("tree_after"));
    check.bytes("tree hash after", tree.treeHash(crypto), vector.bytes("tree_hash_after"), "RFC 9420 §7.8");
  },
};

/** Runs a check of the library that throws; what it throws is the finding. */
function accepts(what: string, rules: readonly string[], context: CaseContext, act: () => void): void {
  context.check.note(rules);
  try {
    act();
  } catch (error) {
    context.check.fail(what, "accepted", error instanceof Error ? error.message : String(error), rules);
  }
}

/** A tree whose node has another key is no longer chained: the check must notice. */
function noticesForgery(base: MlsCase, context: CaseContext, tree: Tree): void {
  const [first] = [...tree.parents()];
  if (!first) return;
  const [node, parent] = first;
  const forged = tree.clone();
  const encryptionKey = parent.encryptionKey.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
  forged.setParent(node, { ...parent, encryptionKey });
  let refused = false;
  try {
    base.mls.verifyParentHashes(base.crypto, forged);
  } catch {
    refused = true;
  }
  context.check.equal(
    `a changed key at node ${node} breaks the parent hashes`,
    refused,
    true,
    "RFC 9420 §7.9",
  );
}

export const treeValidation: Suite = {
  name: "tree-validation",
  title: "Resolutions, tree hashes, parent hashes, leaf signatures",
  rules: ["RFC 9420 §4.1.1", "RFC 9420 §7.3", "RFC 9420 §7.8", "RFC 9420 §7.9", "RFC 9420 §12.4.3.1"],
  run(context) {
    const { vector, check } = context;
    const base = mlsCase(context);
    const { mls, crypto } = base;
    const tree = readTree(base, vector.bytes("tree"));
    check.bytes("the tree encoded again", mls.ratchetTreeCodec.encode(tree.toWire()), vector.bytes("tree"));
    vector.list("resolutions").forEach((resolution, node) => {
      const expected = asList(resolution, `resolutions[${node}]`).map((n) =>
        asInt(n, `resolutions[${node}]`),
      );
      check.same(`resolution of node ${node}`, tree.resolution(node), expected, "RFC 9420 §4.1.1");
    });
    vector.list("tree_hashes").forEach((hash, node) => {
      const expected = asBytes(hash, `tree_hashes[${node}]`);
      check.bytes(`tree hash of node ${node}`, tree.treeHash(crypto, node), expected, "RFC 9420 §7.8");
    });
    const groupId = vector.bytes("group_id");
    accepts("parent hashes", ["RFC 9420 §7.9"], context, () => mls.verifyParentHashes(crypto, tree));
    for (const [leafIndex, leaf] of tree.leaves())
      accepts(`leaf ${leafIndex}`, ["RFC 9420 §7.3"], context, () =>
        mls.validateLeafNode(crypto, leaf, undefined, { groupId, leafIndex }),
      );
    accepts("the tree as a whole", ["RFC 9420 §12.4.3.1"], context, () =>
      mls.validateTree(crypto, tree, groupId, []),
    );
    noticesForgery(base, context, tree);
  },
};
