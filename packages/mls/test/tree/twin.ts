// A ratchet tree as nested pairs: slow, and written as RFC 9420 says it, to compare the array with.
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";

export type Twin = LeafTwin | PairTwin;
interface LeafTwin {
  readonly leafIndex: number;
  leaf?: mls.LeafNode | undefined;
}
interface PairTwin {
  readonly left: Twin;
  readonly right: Twin;
  parent?: mls.ParentNode | undefined;
}
export const isPair = (twin: Twin): twin is PairTwin => "left" in twin;

export const leavesOf = (twin: Twin): LeafTwin[] =>
  isPair(twin) ? [...leavesOf(twin.left), ...leavesOf(twin.right)] : [twin];
const blank = (from: number, count: number): Twin =>
  count === 1
    ? { leafIndex: from }
    : { left: blank(from, count / 2), right: blank(from + count / 2, count / 2) };

/** §4 nodes from left to right are the array's. */
export const nodesOf = (twin: Twin): Twin[] =>
  isPair(twin) ? [...nodesOf(twin.left), twin, ...nodesOf(twin.right)] : [twin];
export const contentOf = (twin: Twin) => (isPair(twin) ? twin.parent : twin.leaf);

/** The nodes above a leaf, from its parent up. */
export function above(twin: Twin, leafIndex: number): PairTwin[] {
  if (!isPair(twin)) return [];
  const side = leavesOf(twin.left).some((leaf) => leaf.leafIndex === leafIndex) ? twin.left : twin.right;
  return [...above(side, leafIndex), twin];
}

/** §4.1.1 */
export function resolution(twin: Twin): Twin[] {
  if (!isPair(twin)) return twin.leaf ? [twin] : [];
  if (!twin.parent) return [...resolution(twin.left), ...resolution(twin.right)];
  const { unmergedLeaves } = twin.parent;
  return [twin, ...leavesOf(twin).filter(({ leafIndex }) => unmergedLeaves.includes(leafIndex))];
}

/** §12.1.1 */
export function addLeaf(twin: Twin, leaf: mls.LeafNode): Twin {
  const free = leavesOf(twin).find((l) => !l.leaf);
  if (!free) {
    const count = leavesOf(twin).length;
    return addLeaf({ left: twin, right: blank(count, count) }, leaf);
  }
  free.leaf = leaf;
  for (const pair of above(twin, free.leafIndex)) {
    if (!pair.parent) continue;
    const unmergedLeaves = [...pair.parent.unmergedLeaves, free.leafIndex].sort((a, b) => a - b);
    pair.parent = { ...pair.parent, unmergedLeaves };
  }
  return twin;
}

const blankAbove = (twin: Twin, leafIndex: number): void => {
  for (const pair of above(twin, leafIndex)) pair.parent = undefined;
};

/** §12.1.2 */
export function updateLeaf(twin: Twin, leafIndex: number, leaf: mls.LeafNode): void {
  leavesOf(twin)[leafIndex]!.leaf = leaf;
  blankAbove(twin, leafIndex);
}

/** §12.1.3 and §7.7: truncated while the right half has no leaf. */
export function removeLeaf(twin: Twin, leafIndex: number): Twin {
  leavesOf(twin)[leafIndex]!.leaf = undefined;
  blankAbove(twin, leafIndex);
  let rest = twin;
  while (isPair(rest) && leavesOf(rest.right).every(({ leaf }) => !leaf)) rest = rest.left;
  return rest;
}

const u32 = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const withPresence = (bytes: Uint8Array | undefined) =>
  bytes ? mls.concat(Uint8Array.of(1), bytes) : Uint8Array.of(0);

/** §7.8, and §7.9 with leaves left out */
export function treeHash(twin: Twin, without: readonly number[] = []): Uint8Array {
  if (!isPair(twin)) {
    const leaf = without.includes(twin.leafIndex) ? undefined : twin.leaf;
    const body = withPresence(leaf && mls.leafNodeCodec.encode(leaf));
    return crypto.hash(mls.concat(Uint8Array.of(1), u32(twin.leafIndex), body));
  }
  const { parent } = twin;
  const kept = parent && {
    ...parent,
    unmergedLeaves: parent.unmergedLeaves.filter((leafIndex) => !without.includes(leafIndex)),
  };
  const sides = [twin.left, twin.right].map((side) => mls.concat(Uint8Array.of(32), treeHash(side, without)));
  const body = withPresence(kept && mls.parentNodeCodec.encode(kept));
  return crypto.hash(mls.concat(Uint8Array.of(2), body, ...sides));
}
