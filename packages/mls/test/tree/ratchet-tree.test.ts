// RFC 9420 §4.1, §7.7–7.9, §12.1 the tree in an array against a slow twin made of pairs, over random histories.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { caught } from "../support/refusal.ts";
import * as twins from "./twin.ts";

let made = 0;
const fakeLeaf = (): mls.LeafNode => ({
  encryptionKey: Uint8Array.of(1, ++made >> 8, made),
  signatureKey: Uint8Array.of(2, made >> 8, made),
  credential: { credentialType: "basic", identity: Uint8Array.of(made) },
  capabilities: { versions: [1], cipherSuites: [2], extensions: [], proposals: [], credentials: [1] },
  leafNodeSource: "update",
  extensions: [],
  signature: Uint8Array.of(3),
});
const fakeParent = (): mls.ParentNode => ({
  encryptionKey: Uint8Array.of(4, ++made >> 8, made),
  parentHash: Uint8Array.of(made),
  unmergedLeaves: [],
});

class Pair {
  tree: mls.RatchetTree;
  twin: twins.Twin;

  constructor() {
    const leaf = fakeLeaf();
    this.tree = mls.RatchetTree.single(leaf);
    this.twin = { leafIndex: 0, leaf };
  }

  present(): number[] {
    return twins.leavesOf(this.twin).flatMap(({ leafIndex, leaf }) => (leaf ? [leafIndex] : []));
  }
  add(): void {
    const leaf = fakeLeaf();
    const expected = twins.leavesOf(this.twin).find((l) => !l.leaf)?.leafIndex ?? this.tree.leafCount;
    expect(this.tree.addLeaf(leaf)).toBe(expected);
    this.twin = twins.addLeaf(this.twin, leaf);
  }
  remove(leafIndex: number): void {
    this.tree.removeLeaf(leafIndex);
    this.twin = twins.removeLeaf(this.twin, leafIndex);
  }
  update(leafIndex: number): void {
    const leaf = fakeLeaf();
    this.tree.updateLeaf(leafIndex, leaf);
    twins.updateLeaf(this.twin, leafIndex, leaf);
  }
  /** §7.5 parents on the filtered direct path, the others blank. */
  path(leafIndex: number): void {
    const nodes = twins.nodesOf(this.twin);
    this.tree.blankPath(leafIndex);
    let child: twins.Twin = twins.leavesOf(this.twin)[leafIndex]!;
    for (const pair of twins.above(this.twin, leafIndex)) {
      const copath = child === pair.left ? pair.right : pair.left;
      pair.parent = twins.resolution(copath).length > 0 ? fakeParent() : undefined;
      if (pair.parent) this.tree.setParent(nodes.indexOf(pair), pair.parent);
      child = pair;
    }
  }

  check(): void {
    const nodes = twins.nodesOf(this.twin);
    expect(this.tree.leafCount).toBe(twins.leavesOf(this.twin).length);
    expect(this.tree.root).toBe(nodes.indexOf(this.twin));
    const parents = nodes.flatMap((n, i) => (twins.isPair(n) && n.parent ? [[i, n.parent]] : []));
    expect([...this.tree.parents()]).toEqual(parents);
    const leaves = twins.leavesOf(this.twin).flatMap((l) => (l.leaf ? [[l.leafIndex, l.leaf]] : []));
    expect([...this.tree.leaves()]).toEqual(leaves);
    nodes.forEach((node, index) => {
      const found = twins.resolution(node);
      expect(this.tree.resolution(index)).toEqual(found.map((n) => nodes.indexOf(n)));
      expect(this.tree.isEmpty(index)).toBe(found.length === 0);
      expect(this.tree.isBlank(index)).toBe(!twins.contentOf(node));
      expect(this.tree.treeHash(crypto, index)).toEqual(twins.treeHash(node));
    });
    expect(this.tree.treeHash(crypto)).toEqual(twins.treeHash(this.twin));
    const wire = this.tree.toWire();
    expect(wire.map((n) => n && (n.nodeType === "leaf" ? n.leafNode : n.parentNode))).toEqual(
      nodes.slice(0, wire.length).map(twins.contentOf),
    );
    expect(nodes.slice(wire.length).every((node) => !twins.contentOf(node))).toBe(true);
    expect(mls.RatchetTree.from(wire).treeHash(crypto)).toEqual(twins.treeHash(this.twin));
  }
}

/** What is done, and to which of the members. */
const stepsOf = (count: number) =>
  fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 999 })), { minLength: count, maxLength: count });

const history = (steps: readonly (readonly [kind: number, which: number])[]): Pair => {
  const pair = new Pair();
  for (const [kind, which] of steps) {
    const present = pair.present();
    const leaf = present[which % present.length]!;
    if (kind < 5 || present.length === 1) pair.add();
    else if (kind < 7) pair.remove(leaf);
    else if (kind < 8) pair.update(leaf);
    else pair.path(leaf);
    pair.check();
  }
  return pair;
};

const overHistories = (count: number, numRuns: number, check: (pair: Pair) => void): void =>
  fc.assert(
    fc.property(stepsOf(count), (steps) => {
      check(history(steps));
    }),
    { numRuns },
  );

describe("random histories", () => {
  it("every node, resolution and hash is the twin's after each step", () => {
    overHistories(30, 4, (pair) => {
      expect(pair.present().length).toBeGreaterThan(0);
    });
  });

  const comparePaths = (pair: Pair): void => {
    const { tree, twin } = pair;
    const present = pair.present();
    const nodes = twins.nodesOf(twin);
    for (const leafIndex of present) {
      let child: twins.Twin = twins.leavesOf(twin)[leafIndex]!;
      const expected: { node: number; copath: number }[] = [];
      for (const pair of twins.above(twin, leafIndex)) {
        const copath = child === pair.left ? pair.right : pair.left;
        if (twins.resolution(copath).length > 0)
          expected.push({ node: nodes.indexOf(pair), copath: nodes.indexOf(copath) });
        child = pair;
      }
      expect(tree.filteredDirectPath(leafIndex)).toEqual(expected);
      expect(tree.directPath(leafIndex)).toEqual(twins.above(twin, leafIndex).map((p) => nodes.indexOf(p)));
    }
  };
  it("direct paths and filtered direct paths are the twin's", () => overHistories(25, 2, comparePaths));

  const compareOriginalHashes = (pair: Pair): void => {
    pair.path(pair.present()[0]!);
    pair.add();
    pair.add();
    const nodes = twins.nodesOf(pair.twin);
    const present = pair.present();
    for (const without of [[], present.slice(-1), present.slice(-2), present.slice(1, 3), [999]])
      nodes.forEach((node, index) => {
        expect(pair.tree.originalTreeHash(crypto, index, without)).toEqual(twins.treeHash(node, without));
      });
    pair.check();
  };
  it("§7.9 the hash as if some leaves had not been added is the twin's", () =>
    overHistories(12, 1, compareOriginalHashes));
});

describe("hashes are kept, and computed anew only where something changed", () => {
  const hashes = (tree: mls.RatchetTree) => {
    let count = 0;
    const hash = (bytes: Uint8Array) => {
      count++;
      return crypto.hash(bytes);
    };
    const counting = { ...crypto, hash };
    tree.treeHash(counting);
    return count;
  };
  const grown = () => {
    const tree = mls.RatchetTree.single(fakeLeaf());
    for (let i = 0; i < 7; i++) tree.addLeaf(fakeLeaf());
    return tree;
  };
  it("a tree of 8 costs 15 once, a changed leaf 4, a clone nothing", () => {
    const tree = grown();
    expect([hashes(tree), hashes(tree), hashes(tree.clone())]).toEqual([15, 0, 0]);
    tree.setLeaf(5, fakeLeaf());
    expect([hashes(tree), hashes(tree)]).toEqual([4, 0]);
  });
  it("a clone that changes leaves the other as it was", () => {
    const tree = grown();
    const before = tree.treeHash(crypto);
    const copy = tree.clone();
    copy.updateLeaf(0, fakeLeaf());
    copy.removeLeaf(3);
    expect(copy.treeHash(crypto)).not.toEqual(before);
    expect([hashes(tree), tree.treeHash(crypto)]).toEqual([0, before]);
  });
  it("a tree that shrank and grew again has no hash of what was there before", () => {
    const pair = new Pair();
    for (let i = 0; i < 4; i++) pair.add();
    pair.check();
    pair.remove(4);
    pair.check();
    expect(pair.tree.leafCount).toBe(4);
    pair.add();
    pair.check();
  });
});

describe("§12.1.1 unmerged leaves", () => {
  it("stay in ascending order, whichever leaf is added", () => {
    const tree = mls.RatchetTree.single(fakeLeaf());
    for (let i = 0; i < 7; i++) tree.addLeaf(fakeLeaf());
    tree.removeLeaf(2);
    tree.setParent(7, { ...fakeParent(), unmergedLeaves: [1, 5, 11] });
    expect(tree.addLeaf(fakeLeaf())).toBe(2);
    expect(tree.parentNode(7)!.unmergedLeaves).toEqual([1, 2, 5, 11]);
    expect(tree.parentNode(3)).toBeUndefined();
  });
});

describe("the wire", () => {
  it("keeps no blanks at the end, and a single leaf is a tree", () => {
    const leaf = fakeLeaf();
    expect(mls.RatchetTree.single(leaf).toWire()).toEqual([{ nodeType: "leaf", leafNode: leaf }]);
    const tree = mls.RatchetTree.single(leaf);
    for (let i = 0; i < 2; i++) tree.addLeaf(fakeLeaf());
    expect([tree.leafCount, tree.toWire().length]).toEqual([4, 5]);
  });
  it("nodes in the wrong place are refused, either way", () => {
    const leaf = { nodeType: "leaf", leafNode: fakeLeaf() } as const;
    const parent = { nodeType: "parent", parentNode: fakeParent() } as const;
    for (const wire of [[parent], [leaf, leaf, leaf], [leaf, parent, parent]])
      expect(caught(() => mls.RatchetTree.from(wire))).toMatchObject({ rule: "12.4.3.3-2" });
    expect(mls.RatchetTree.from([leaf, parent, leaf]).leafCount).toBe(2);
  });
});

describe("what cannot happen", () => {
  it("asking a blank node for its key is a defect of ours, not of the input", () => {
    const tree = mls.RatchetTree.single(fakeLeaf());
    tree.addLeaf(fakeLeaf());
    expect(caught(() => tree.encryptionKey(1))).toBeInstanceOf(mls.InternalError);
    expect(tree.encryptionKey(0)).toEqual(tree.leaf(0)!.encryptionKey);
  });
});
