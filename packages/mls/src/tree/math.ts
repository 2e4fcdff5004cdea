// RFC 9420 Appendix C Array-based trees: index arithmetic. Leaves are even, parents odd; all trees are full.

/** Nodes of a tree with `leafCount` leaves (a power of two). */
export const nodeWidth = (leafCount: number): number => 2 * leafCount - 1;

/** Leaves of the smallest full tree that has room for `count`. */
export function fullLeafCount(count: number): number {
  let leaves = 1;
  while (leaves < count) leaves *= 2;
  return leaves;
}

/** Level of a node: 0 for leaves, one more than its children otherwise. */
export function level(node: number): number {
  let k = 0;
  // Division, not shifts: indices may need all 32 bits.
  for (let x = node; x % 2 === 1; x = (x - 1) / 2) k++;
  return k;
}

export const isLeaf = (node: number): boolean => node % 2 === 0;
export const leafToNode = (leaf: number): number => 2 * leaf;
export const nodeToLeaf = (node: number): number => node / 2;

/** Root of a tree with `leafCount` leaves. */
export const root = (leafCount: number): number => leafCount - 1;

/** Left child; leaves have none. */
export function left(node: number): number | undefined {
  const k = level(node);
  return k === 0 ? undefined : node - 2 ** (k - 1);
}

/** Right child; leaves have none. */
export function right(node: number): number | undefined {
  const k = level(node);
  return k === 0 ? undefined : node + 2 ** (k - 1);
}

/** Parent, in an endless tree. */
const above = (node: number): number => {
  const k = level(node);
  const isRightChild = Math.floor(node / 2 ** (k + 1)) % 2 === 1;
  return isRightChild ? node - 2 ** k : node + 2 ** k;
};

/** Parent; the root has none, and a node outside the tree neither, so that no walk upwards is endless. */
export const parent = (node: number, leafCount: number): number | undefined =>
  node === root(leafCount) || node >= nodeWidth(leafCount) ? undefined : above(node);

/** The other child of the parent; the root has none. */
export function sibling(node: number, leafCount: number): number | undefined {
  const p = parent(node, leafCount);
  if (p === undefined) return undefined;
  return node < p ? right(p) : left(p);
}

/** Ancestors from the parent to the root. */
export function directPath(node: number, leafCount: number): number[] {
  const path: number[] = [];
  for (let x = parent(node, leafCount); x !== undefined; x = parent(x, leafCount)) path.push(x);
  return path;
}

/** First and last leaf index below a node. */
export function leafRange(node: number): readonly [number, number] {
  const reach = 2 ** level(node) - 1;
  return [(node - reach) / 2, (node + reach) / 2];
}

/** Whether `node` is `ancestor` or below it. */
export function isBelow(node: number, ancestor: number): boolean {
  const reach = 2 ** level(ancestor) - 1;
  return node >= ancestor - reach && node <= ancestor + reach;
}

/** Lowest common ancestor of two nodes. */
export function commonAncestor(a: number, b: number): number {
  let x = a;
  while (!isBelow(b, x)) x = above(x);
  return x;
}
