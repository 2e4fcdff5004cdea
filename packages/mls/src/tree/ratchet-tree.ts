// RFC 9420 §4.1, §7.7–7.8 The ratchet tree as an array: blank, resolution, add, update, remove, tree hash.
import { enumeration, opaque, optional, struct, u8, u32, variant } from "../codec/codec.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { enforce, InternalError } from "../errors.ts";
import * as math from "./math.ts";
import {
  type LeafNode,
  leafNodeCodec,
  NODE_TYPES,
  type ParentNode,
  parentNodeCodec,
  type TreeNode,
} from "./nodes.ts";

type Slot = LeafNode | ParentNode | undefined;

// §7.8 TreeHashInput
interface LeafNodeHashInput {
  readonly nodeType: "leaf";
  readonly leafIndex: number;
  readonly leafNode?: LeafNode;
}
interface ParentNodeHashInput {
  readonly nodeType: "parent";
  readonly parentNode?: ParentNode;
  readonly leftHash: Uint8Array;
  readonly rightHash: Uint8Array;
}
const treeHashInput = /* @__PURE__ */ variant<LeafNodeHashInput | ParentNodeHashInput>(
  "nodeType",
  /* @__PURE__ */ enumeration(u8, NODE_TYPES),
  {
    leaf: /* @__PURE__ */ struct({ leafIndex: u32, leafNode: /* @__PURE__ */ optional(leafNodeCodec) }),
    parent: /* @__PURE__ */ struct({
      parentNode: /* @__PURE__ */ optional(parentNodeCodec),
      leftHash: opaque,
      rightHash: opaque,
    }),
  },
);

/** What may be done with a tree that belongs to a group state: everything but change it. */
export type ReadonlyTree = Omit<
  RatchetTree,
  "addLeaf" | "claimLeaf" | "updateLeaf" | "removeLeaf" | "setLeaf" | "setParent" | "blankPath"
>;

/**
 * Nodes and, beside them, the tree hashes already known. `clone` shares all nodes, which are never changed; what an
 * operation touches loses its hash and those of its ancestors, nothing else.
 */
export class RatchetTree {
  #nodes: Slot[];
  #hashes: (Uint8Array | undefined)[];

  private constructor(nodes: Slot[], hashes: (Uint8Array | undefined)[]) {
    this.#nodes = nodes;
    this.#hashes = hashes;
  }

  /** §11 a tree of one leaf. */
  static single(leafNode: LeafNode): RatchetTree {
    return new RatchetTree([leafNode], [undefined]);
  }

  /** §12.4.3.3 from the `ratchet_tree` extension; extended with blanks to a full tree. */
  static from(wire: readonly (TreeNode | undefined)[]): RatchetTree {
    // The last node must not be blank (an empty tree has none at all).
    enforce(wire.at(-1) !== undefined, "12.4.3.3-1", "invalid-tree");
    const leaves = math.fullLeafCount(Math.floor(wire.length / 2) + 1);
    const nodes = wire.map((node, index): Slot => {
      if (node === undefined) return undefined;
      // Leaves stand at even positions, parents at odd ones.
      enforce((node.nodeType === "leaf") === math.isLeaf(index), "12.4.3.3-2", "invalid-tree");
      return node.nodeType === "leaf" ? node.leafNode : node.parentNode;
    });
    while (nodes.length < math.nodeWidth(leaves)) nodes.push(undefined);
    return new RatchetTree(nodes, []);
  }

  /** §12.4.3.3 as the extension carries it: no blanks after the last node. */
  toWire(): (TreeNode | undefined)[] {
    let end = this.#nodes.length;
    while (this.isBlank(end - 1)) end--;
    return this.#nodes.slice(0, end).map((node, index): TreeNode | undefined => {
      if (node === undefined) return undefined;
      return math.isLeaf(index)
        ? { nodeType: "leaf", leafNode: node as LeafNode }
        : { nodeType: "parent", parentNode: node as ParentNode };
    });
  }

  clone(): RatchetTree {
    return new RatchetTree(this.#nodes.slice(), this.#hashes.slice());
  }

  /** Leaves of the full tree, blank ones too: a power of two. */
  get leafCount(): number {
    return (this.#nodes.length + 1) / 2;
  }
  get root(): number {
    return math.root(this.leafCount);
  }

  /** The leaf at an index, `undefined` if blank or outside the tree. */
  leaf(leafIndex: number): LeafNode | undefined {
    return this.#nodes[math.leafToNode(leafIndex)] as LeafNode | undefined;
  }

  /** The parent at a node index, `undefined` if blank. */
  parentNode(node: number): ParentNode | undefined {
    return this.#nodes[node] as ParentNode | undefined;
  }

  isBlank(node: number): boolean {
    return this.#nodes[node] === undefined;
  }

  /** Public key of a node that is not blank. */
  encryptionKey(node: number): Uint8Array {
    const slot = this.#nodes[node];
    if (!slot) throw new InternalError("a blank node has no key");
    return slot.encryptionKey;
  }

  /** Leaves that are not blank, in order. */
  *leaves(): Generator<readonly [leafIndex: number, leaf: LeafNode]> {
    for (let index = 0; index < this.leafCount; index++) {
      const leaf = this.leaf(index);
      if (leaf) yield [index, leaf];
    }
  }

  /** Parents that are not blank, in order of node index. */
  *parents(): Generator<readonly [node: number, parent: ParentNode]> {
    for (let node = 1; node < this.#nodes.length; node += 2) {
      const parent = this.parentNode(node);
      if (parent) yield [node, parent];
    }
  }

  directPath(leafIndex: number): number[] {
    return math.directPath(math.leafToNode(leafIndex), this.leafCount);
  }

  /** §4.1.1 the nodes that together stand for the subtree under `node`. */
  resolution(node: number): number[] {
    const out: number[] = [];
    this.#resolve(node, out);
    return out;
  }

  #resolve(node: number, out: number[]): void {
    if (!this.isBlank(node)) {
      out.push(node);
      if (math.isLeaf(node)) return;
      for (const leafIndex of this.parentNode(node)!.unmergedLeaves) out.push(math.leafToNode(leafIndex));
    } else if (!math.isLeaf(node)) {
      this.#resolve(math.left(node)!, out);
      this.#resolve(math.right(node)!, out);
    }
  }

  /** Whether the resolution of `node` is empty, without building it. */
  isEmpty(node: number): boolean {
    if (!this.isBlank(node)) return false;
    return math.isLeaf(node) || (this.isEmpty(math.left(node)!) && this.isEmpty(math.right(node)!));
  }

  /** §4.1.2 the direct path without nodes whose copath child has an empty resolution; with that child. */
  filteredDirectPath(leafIndex: number): { node: number; copath: number }[] {
    const out: { node: number; copath: number }[] = [];
    let child = math.leafToNode(leafIndex);
    for (const node of this.directPath(leafIndex)) {
      const copath = math.sibling(child, this.leafCount)!;
      if (!this.isEmpty(copath)) out.push({ node, copath });
      child = node;
    }
    return out;
  }

  /** §12.1.1 the leftmost blank leaf, or the first of an extended tree; unmerged in its ancestors. */
  addLeaf(leafNode: LeafNode): number {
    const leafIndex = this.claimLeaf();
    this.setLeaf(leafIndex, leafNode);
    for (const node of this.directPath(leafIndex)) {
      const parent = this.parentNode(node);
      if (!parent) continue;
      const unmergedLeaves = [...parent.unmergedLeaves, leafIndex].sort((a, b) => a - b);
      this.setParent(node, { ...parent, unmergedLeaves });
    }
    return leafIndex;
  }

  /** The leftmost blank leaf; the tree is extended if there is none. */
  claimLeaf(): number {
    let leafIndex = 0;
    while (this.leaf(leafIndex)) leafIndex++;
    const width = math.nodeWidth(math.fullLeafCount(leafIndex + 1));
    while (this.#nodes.length < width) this.#nodes.push(undefined);
    return leafIndex;
  }

  /** §12.1.2 a new leaf, and its ancestors blank. */
  updateLeaf(leafIndex: number, leafNode: LeafNode): void {
    this.setLeaf(leafIndex, leafNode);
    this.blankPath(leafIndex);
  }

  /** §12.1.3 leaf and ancestors blank; the tree halved while its right half is empty. */
  removeLeaf(leafIndex: number): void {
    this.setLeaf(leafIndex, undefined);
    this.blankPath(leafIndex);
    while (this.leafCount > 1 && this.isEmpty(math.right(this.root)!)) this.#truncate();
  }

  #truncate(): void {
    this.#nodes.length = math.nodeWidth(this.leafCount / 2);
    this.#hashes.length = Math.min(this.#hashes.length, this.#nodes.length);
  }

  setLeaf(leafIndex: number, leafNode: LeafNode | undefined): void {
    this.#set(math.leafToNode(leafIndex), leafNode);
  }

  setParent(node: number, parent: ParentNode | undefined): void {
    this.#set(node, parent);
  }

  /** Blanks the direct path of a leaf. */
  blankPath(leafIndex: number): void {
    for (const node of this.directPath(leafIndex)) this.#set(node, undefined);
  }

  #set(node: number, slot: Slot): void {
    this.#nodes[node] = slot;
    for (let x: number | undefined = node; x !== undefined; x = math.parent(x, this.leafCount)) {
      this.#hashes[x] = undefined;
    }
  }

  /** §7.8 the tree hash of the subtree under `node`; the root's if none is named. */
  treeHash(crypto: CryptoProvider, node: number = this.root): Uint8Array {
    return (this.#hashes[node] ??= this.#computeHash(crypto, node, []));
  }

  /** §7.9 `original_sibling_tree_hash`: as if the leaves `without` had not been added. */
  originalTreeHash(crypto: CryptoProvider, node: number, without: readonly number[]): Uint8Array {
    const [first, last] = math.leafRange(node);
    const inside = without.filter((leafIndex) => leafIndex >= first && leafIndex <= last);
    return inside.length === 0 ? this.treeHash(crypto, node) : this.#computeHash(crypto, node, inside);
  }

  #computeHash(crypto: CryptoProvider, node: number, without: readonly number[]): Uint8Array {
    return crypto.hash(treeHashInput.encode(this.#hashInput(crypto, node, without)));
  }

  #hashInput(crypto: CryptoProvider, node: number, without: readonly number[]) {
    if (math.isLeaf(node)) {
      const leafIndex = math.nodeToLeaf(node);
      const leafNode = without.length ? undefined : this.leaf(leafIndex);
      return { nodeType: "leaf", leafIndex, ...(leafNode && { leafNode }) } as const;
    }
    const found = this.parentNode(node);
    const gone = new Set(without);
    const parentNode = found && {
      ...found,
      unmergedLeaves: found.unmergedLeaves.filter((leafIndex) => !gone.has(leafIndex)),
    };
    const leftHash = this.originalTreeHash(crypto, math.left(node)!, without);
    const rightHash = this.originalTreeHash(crypto, math.right(node)!, without);
    return { nodeType: "parent", leftHash, rightHash, ...(parentNode && { parentNode }) } as const;
  }
}
