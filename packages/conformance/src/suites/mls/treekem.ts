// RFC 9420 §7.4–7.6 treekem: private states, processing update paths, creating them
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { asBytes, type Fields } from "../../vectors/case.ts";
import { groupContext, type MlsCase, memberLeaf, mlsCase, readTree, type Tree } from "./support.ts";

type KeyMap = Map<number, Uint8Array>;

/** A member's private keys by node: the leaf's, and those that its path secrets give. */
function privateState(base: MlsCase, { check }: CaseContext, tree: Tree, leaf: Fields): KeyMap {
  const { mls, crypto } = base;
  const own = mls.leafToNode(memberLeaf(tree, leaf.int("index"), leaf.path));
  const encryption = leaf.bytes("encryption_priv");
  check.bytes(`${leaf.path}: encryption key`, crypto.publicKey(encryption), tree.encryptionKey(own));
  const signature = crypto.publicKey(leaf.bytes("signature_priv"));
  check.bytes(
    `${leaf.path}: signature key`,
    signature,
    tree.leaf(leaf.int("index"))?.signatureKey ?? new Uint8Array(),
  );
  const keys: KeyMap = new Map([[own, encryption]]);
  for (const secret of leaf.maps("path_secrets")) {
    const node = secret.int("node");
    const [pair] = mls.derivePathSecrets(crypto, kept, secret.bytes("path_secret"), 1).keyPairs;
    check.bytes(
      `${secret.path}: key of node ${node}`,
      pair?.publicKey,
      tree.encryptionKey(node),
      "RFC 9420 §7.4",
    );
    if (pair) keys.set(node, pair.privateKey);
  }
  return keys;
}

interface Members {
  readonly leaves: readonly Fields[];
  readonly keys: ReadonlyMap<number, KeyMap>;
}

/** Secrets are compared after they were made: none is overwritten. */
const kept = <T>(secret: T): T => secret;

type Path = ReturnType<MlsCase["mls"]["updatePathCodec"]["decode"]>;

/** Opens `path` as member `own`; the tree is the one the path was merged into. */
function open(
  base: MlsCase,
  merged: { tree: Tree; steps: ReturnType<MlsCase["mls"]["mergePath"]> },
  path: Path,
  own: number,
  members: Members,
  context: Uint8Array,
) {
  return base.mls.decryptPath(base.crypto, kept, {
    tree: merged.tree,
    steps: merged.steps,
    path,
    ownLeaf: own,
    privateKey: (node: number) => members.keys.get(own)?.get(node),
    added: new Set<number>(),
    context,
  });
}

function contextAfter(base: MlsCase, vector: Fields, treeHash: Uint8Array): Uint8Array {
  return groupContext(base, {
    groupId: vector.bytes("group_id"),
    epoch: vector.int("epoch"),
    treeHash,
    confirmedTranscriptHash: vector.bytes("confirmed_transcript_hash"),
  });
}

/** A path as sender: merged into a copy of the tree, whose hash is then in the context. */
function merge(base: MlsCase, tree: Tree, sender: number, path: Path) {
  const copy = tree.clone();
  const steps = base.mls.mergePath(base.crypto, copy, sender, path, new Set());
  return { tree: copy, steps };
}

function processPath(base: MlsCase, run: CaseContext, tree: Tree, members: Members, update: Fields): void {
  const { mls, crypto } = base;
  const { vector, check } = run;
  const sender = memberLeaf(tree, update.int("sender"), update.path);
  const path = mls.updatePathCodec.decode(update.bytes("update_path"));
  check.absent(`${update.path}: path secret of the sender`, update.list("path_secrets")[sender]);
  const merged = merge(base, tree, sender, path);
  check.bytes(
    `${update.path}: tree hash after`,
    merged.tree.treeHash(crypto),
    update.bytes("tree_hash_after"),
  );
  mls.verifyParentHashes(crypto, merged.tree);
  const place = { groupId: vector.bytes("group_id"), leafIndex: sender };
  mls.validateLeafNode(crypto, path.leafNode, "commit", place);
  const context = contextAfter(base, vector, update.bytes("tree_hash_after"));
  for (const leaf of members.leaves) {
    const own = leaf.int("index");
    if (own === sender) continue;
    const { keys, commitSecret } = open(base, merged, path, own, members, context);
    const what = `${update.path}: leaf ${own}`;
    check.bytes(`${what}: commit secret`, commitSecret, update.bytes("commit_secret"), "RFC 9420 §7.5");
    // The recorded path secret is that of the lowest node that sender and member share.
    const shared = mls.commonAncestor(mls.leafToNode(own), mls.leafToNode(sender));
    const secret = asBytes(update.list("path_secrets")[own], `${update.path}.path_secrets[${own}]`);
    const [pair] = mls.derivePathSecrets(crypto, kept, secret, 1).keyPairs;
    check.bytes(
      `${what}: path secret`,
      keys.get(shared),
      pair?.privateKey ?? new Uint8Array(),
      "RFC 9420 §7.5",
    );
  }
}

/** A path of our own from the same sender: every other member reaches its commit secret. */
function createPath(base: MlsCase, run: CaseContext, tree: Tree, members: Members, leaf: Fields): void {
  const { mls, crypto } = base;
  const { vector, check } = run;
  const sender = leaf.int("index");
  const next = tree.clone();
  const created = mls.createPath(crypto, kept, next, sender);
  const { publicKey: encryptionKey } = mls.generateKeyPair(crypto);
  const { signature: _, ...old } = next.leaf(sender) as NonNullable<ReturnType<Tree["leaf"]>>;
  const head = { ...old, encryptionKey, leafNodeSource: "commit", parentHash: created.parentHash } as const;
  const place = { groupId: vector.bytes("group_id"), leafIndex: sender };
  const leafNode = mls.signLeafNode(crypto, leaf.bytes("signature_priv"), head, place);
  next.setLeaf(sender, leafNode);
  const context = contextAfter(base, vector, next.treeHash(crypto));
  const nodes = mls.encryptPath(crypto, next, created, new Set(), context);
  const path = mls.updatePathCodec.decode(mls.updatePathCodec.encode({ leafNode, nodes }));
  const merged = merge(base, tree, sender, path);
  check.bytes(`own path of ${sender}: tree hash`, merged.tree.treeHash(crypto), next.treeHash(crypto));
  for (const other of members.leaves) {
    const own = other.int("index");
    if (own === sender) continue;
    const { commitSecret } = open(base, merged, path, own, members, context);
    check.bytes(`own path of ${sender}, leaf ${own}: commit secret`, commitSecret, created.commitSecret);
  }
}

export const treekem: Suite = {
  name: "treekem",
  title: "Update paths, received and made",
  rules: ["RFC 9420 §7.4", "RFC 9420 §7.5", "RFC 9420 §7.6"],
  run(context) {
    const { vector } = context;
    const base = mlsCase(context);
    const tree = readTree(base, vector.bytes("ratchet_tree"));
    const leaves = vector.maps("leaves_private");
    const keys = new Map(leaves.map((leaf) => [leaf.int("index"), privateState(base, context, tree, leaf)]));
    const members = { leaves, keys };
    for (const update of vector.maps("update_paths")) processPath(base, context, tree, members, update);
    for (const leaf of leaves) createPath(base, context, tree, members, leaf);
  },
};
