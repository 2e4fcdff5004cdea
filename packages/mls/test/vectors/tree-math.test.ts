// tree-math: root, left, right, parent and sibling of every node.
import { expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("tree-math", (v: Json) => {
  const nodes = [...Array(v.n_nodes).keys()];
  const orNull = (x: number | undefined) => x ?? null;
  expect(mls.nodeWidth(v.n_leaves)).toBe(v.n_nodes);
  expect(mls.root(v.n_leaves)).toBe(v.root);
  expect(nodes.map((n) => orNull(mls.left(n)))).toEqual(v.left);
  expect(nodes.map((n) => orNull(mls.right(n)))).toEqual(v.right);
  expect(nodes.map((n) => orNull(mls.parent(n, v.n_leaves)))).toEqual(v.parent);
  expect(nodes.map((n) => orNull(mls.sibling(n, v.n_leaves)))).toEqual(v.sibling);
});

it("a node outside the tree has no parent: no walk upwards is endless", () => {
  for (const leaves of [1, 2, 8])
    for (const node of [2 * leaves - 1, 2 * leaves, 1_000_000, 2 ** 32]) {
      expect(mls.parent(node, leaves)).toBeUndefined();
      expect(mls.sibling(node, leaves)).toBeUndefined();
      expect(mls.directPath(node, leaves)).toEqual([]);
    }
});
