// RFC 9420 §7.4–7.6 Ratchet tree evolution: path secrets, creating and applying an UpdatePath.
import { equalBytes } from "../bytes.ts";
import { deriveKeyPair, type KeyPair } from "../crypto/hpke.ts";
import { decryptWithLabel, deriveSecret, encryptWithLabel } from "../crypto/labels.ts";
import { type CryptoProvider, NH } from "../crypto/provider.ts";
import type { ToWipe } from "../crypto/secret.ts";
import { enforce, InternalError } from "../errors.ts";
import type { UpdatePath, UpdatePathNode } from "../messages/commit.ts";
import * as math from "./math.ts";
import { setFilteredPath } from "./parent-hash.ts";
import type { RatchetTree, ReadonlyTree } from "./ratchet-tree.ts";

/** A node of a filtered direct path with the copath child its secret is sealed for. */
export interface PathStep {
  readonly node: number;
  readonly copath: number;
}

/** Path secrets from some node of a path up, with the key pairs they give. */
export interface PathSecrets {
  /** For each node the path secret, index as in the path given. */
  readonly secrets: readonly Uint8Array[];
  readonly keyPairs: readonly KeyPair[];
  readonly commitSecret: Uint8Array;
}

/**
 * §7.4 from `path_secret[0]`, which is spent: one secret and key pair for each of `count` nodes, and the commit secret. What
 * outlives the work are the private keys, if it is not refused.
 */
export function derivePathSecrets(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  first: Uint8Array,
  count: number,
): PathSecrets {
  const secrets: Uint8Array[] = [];
  const keyPairs: KeyPair[] = [];
  let pathSecret = toWipe(first);
  for (let i = 0; i < count; i++) {
    const nodeSecret = deriveSecret(crypto, pathSecret, "node");
    const pair = deriveKeyPair(crypto, toWipe(nodeSecret));
    secrets.push(pathSecret);
    keyPairs.push(pair);
    toWipe(pair.privateKey, "if refused");
    pathSecret = toWipe(deriveSecret(crypto, pathSecret, "path"));
  }
  return { secrets, keyPairs, commitSecret: pathSecret };
}

/** §7.6 the nodes a path secret is sealed for: the copath child's resolution without leaves added in this commit. */
export const recipients = (tree: ReadonlyTree, copath: number, added: ReadonlySet<number>): number[] =>
  tree.resolution(copath).filter((node) => !math.isLeaf(node) || !added.has(math.nodeToLeaf(node)));

/** A path created by us: what the tree, the message and the welcome need of it. */
export interface CreatedPath extends PathSecrets {
  readonly steps: readonly PathStep[];
  /** §7.9 to be signed into the leaf. */
  readonly parentHash: Uint8Array;
}

/** §7.5 as sender, steps 1–3: fresh secrets for the filtered direct path, set in `tree`. */
export function createPath(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  tree: RatchetTree,
  sender: number,
): CreatedPath {
  const steps = tree.filteredDirectPath(sender);
  const derived = derivePathSecrets(crypto, toWipe, crypto.randomBytes(NH), steps.length);
  const keys = derived.keyPairs.map((pair) => pair.publicKey);
  return { ...derived, steps, parentHash: setFilteredPath(crypto, tree, sender, steps, keys) };
}

/** §7.6 seals each path secret for its recipients; `context` is the encoded provisional GroupContext. */
export const encryptPath = (
  crypto: CryptoProvider,
  tree: ReadonlyTree,
  path: CreatedPath,
  added: ReadonlySet<number>,
  context: Uint8Array,
): UpdatePathNode[] =>
  path.steps.map(({ copath }, i) => ({
    encryptionKey: path.keyPairs[i]!.publicKey,
    encryptedPathSecret: recipients(tree, copath, added).map((node) =>
      encryptWithLabel(crypto, tree.encryptionKey(node), "UpdatePathNode", context, path.secrets[i]!),
    ),
  }));

/** §7.5 as recipient, first part: merges the path of `sender` into `tree`, which already has the proposals applied. */
export function mergePath(
  crypto: CryptoProvider,
  tree: RatchetTree,
  sender: number,
  path: UpdatePath,
  added: ReadonlySet<number>,
): readonly PathStep[] {
  const steps = tree.filteredDirectPath(sender);
  // The path has one node for each node of the sender's filtered direct path.
  enforce(path.nodes.length === steps.length, "7.6-1", "invalid-commit");
  steps.forEach(({ copath }, i) => {
    const expected = recipients(tree, copath, added).length;
    // Each node has one ciphertext for each node of the copath node's resolution, new leaves left out.
    enforce(path.nodes[i]!.encryptedPathSecret.length === expected, "7.6-2", "invalid-commit");
  });
  const { leafNode } = path;
  const keys = path.nodes.map((node) => node.encryptionKey);
  const expected = setFilteredPath(crypto, tree, sender, steps, keys);
  const matches = leafNode.leafNodeSource === "commit" && equalBytes(leafNode.parentHash, expected);
  // The leaf's parent hash is that of the first node of its filtered direct path.
  enforce(matches, "7.9.2-2", "invalid-commit");
  tree.setLeaf(sender, leafNode);
  return steps;
}

/** A member's private HPKE keys by node index. */
export type PrivateKeyOf = (node: number) => Uint8Array | undefined;

/** §7.5 as recipient, second part: opens our path secret and derives the keys above. Returns private keys by node. */
export function decryptPath(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  input: {
    readonly tree: ReadonlyTree;
    readonly steps: readonly PathStep[];
    readonly path: UpdatePath;
    readonly ownLeaf: number;
    readonly privateKey: PrivateKeyOf;
    readonly added: ReadonlySet<number>;
    readonly context: Uint8Array;
  },
): { keys: Map<number, Uint8Array>; commitSecret: Uint8Array } {
  const { tree, steps, path, ownLeaf, added } = input;
  // Step 1: the node whose copath child has us below it.
  const own = math.leafToNode(ownLeaf);
  const at = steps.findIndex(({ copath }) => math.isBelow(own, copath));
  if (at < 0) throw new InternalError("every other leaf is below some copath child");
  const candidates = recipients(tree, steps[at]!.copath, added);
  // Step 2: a node of its resolution whose private key we have.
  const index = candidates.findIndex((node) => input.privateKey(node) !== undefined);
  // The path has a ciphertext for us.
  enforce(index >= 0, "7.5-1", "invalid-commit");
  const node = candidates[index]!;
  const pair = { privateKey: input.privateKey(node)!, publicKey: tree.encryptionKey(node) };
  // Step 3
  const ciphertext = path.nodes[at]!.encryptedPathSecret[index]!;
  const above = steps.slice(at).map((step) => step.node);
  const pathSecret = decryptWithLabel(crypto, pair, "UpdatePathNode", input.context, ciphertext);
  const implanted = implantPath(crypto, toWipe, tree, above, pathSecret);
  // The path secret has KDF.Nh bytes, and its key pairs are those of the path.
  enforce(implanted !== undefined, "7.5-2", "invalid-commit");
  return implanted;
}

/** §7.5 steps 4–7: key pairs from a path secret of 32 bytes up; `undefined` unless each public key is the tree's. */
export function implantPath(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  tree: ReadonlyTree,
  nodes: readonly number[],
  pathSecret: Uint8Array,
): { keys: Map<number, Uint8Array>; commitSecret: Uint8Array } | undefined {
  if (toWipe(pathSecret).length !== NH) return undefined;
  const { keyPairs, commitSecret } = derivePathSecrets(crypto, toWipe, pathSecret, nodes.length);
  const keys = new Map<number, Uint8Array>();
  nodes.forEach((node, i) => {
    const { publicKey, privateKey } = keyPairs[i]!;
    if (equalBytes(publicKey, tree.encryptionKey(node))) keys.set(node, privateKey);
  });
  return keys.size === nodes.length ? { keys, commitSecret } : undefined;
}
