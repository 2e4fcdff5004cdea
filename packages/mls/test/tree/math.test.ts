// RFC 9420 Appendix C index arithmetic against a tree that is really built, node by node.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";

interface Built {
  readonly index: number;
  readonly level: number;
  readonly left?: Built;
  readonly right?: Built;
  readonly leaves: number[];
}

/** A full tree of `count` leaves, the first one with leaf index `from`; nodes are numbered from left to right. */
function build(from: number, count: number): Built {
  if (count === 1) return { index: 2 * from, level: 0, leaves: [from] };
  const [left, right] = [build(from, count / 2), build(from + count / 2, count / 2)];
  const index =
    (Math.max(...left.leaves.map((l) => 2 * l)) + Math.min(...right.leaves.map((l) => 2 * l))) / 2;
  return { index, level: left.level + 1, left, right, leaves: [...left.leaves, ...right.leaves] };
}

function* walk(
  node: Built,
  above: readonly Built[] = [],
): Generator<{ node: Built; above: readonly Built[] }> {
  yield { node, above };
  for (const child of [node.left, node.right]) if (child) yield* walk(child, [node, ...above]);
}

describe.each([1, 2, 4, 8, 32])("a tree of %i leaves", (leafCount) => {
  const tree = build(0, leafCount);
  const all = [...walk(tree)];

  it("has its width and root", () => {
    expect(mls.nodeWidth(leafCount)).toBe(all.length);
    expect(mls.root(leafCount)).toBe(tree.index);
  });
  it("and every node its kin", () => {
    for (const { node, above } of all) {
      const [parent] = above;
      expect(mls.level(node.index)).toBe(node.level);
      expect(mls.isLeaf(node.index)).toBe(node.level === 0);
      expect(mls.left(node.index)).toBe(node.left?.index);
      expect(mls.right(node.index)).toBe(node.right?.index);
      expect(mls.parent(node.index, leafCount)).toBe(parent?.index);
      const other = parent && [parent.left!, parent.right!].find((child) => child !== node);
      expect(mls.sibling(node.index, leafCount)).toBe(other?.index);
      expect(mls.directPath(node.index, leafCount)).toEqual(above.map(({ index }) => index));
      expect(mls.leafRange(node.index)).toEqual([node.leaves[0], node.leaves.at(-1)]);
    }
  });
  it("and every two nodes their relation", () => {
    for (const a of all)
      for (const b of all) {
        const below = b.node === a.node || b.above.includes(a.node);
        expect(mls.isBelow(b.node.index, a.node.index)).toBe(below);
        const common = [a.node, ...a.above].find((n) => n === b.node || b.above.includes(n))!;
        expect(mls.commonAncestor(a.node.index, b.node.index)).toBe(common.index);
      }
  });
});

describe("sizes", () => {
  it.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 4],
    [5, 8],
    [1023, 1024],
    [1025, 2048],
  ])("%i members need %i leaves", (count, leaves) => {
    expect(mls.fullLeafCount(count)).toBe(leaves);
  });
  it("leaves and nodes are numbered alike beyond 31 bits", () => {
    expect(mls.leafToNode(2 ** 31)).toBe(2 ** 32);
    expect(mls.nodeToLeaf(2 ** 32)).toBe(2 ** 31);
    expect(mls.level(2 ** 32 - 1)).toBe(32);
    expect(mls.left(2 ** 32 - 1)).toBe(2 ** 31 - 1);
    expect(mls.right(2 ** 32 - 1)).toBe(2 ** 32 + 2 ** 31 - 1);
    expect(mls.parent(2 ** 31 - 1, 2 ** 32)).toBe(2 ** 32 - 1);
    expect(mls.commonAncestor(0, 2 ** 32)).toBe(2 ** 32 - 1);
  });
});
