// treekem: every member opens every recorded update path; each signer makes one that all others open.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";
import { kept } from "../support/wiped.ts";

type Keys = Map<number, Uint8Array>;

rfcVectors("treekem", (v: Json, crypto) => {
  const tree = mls.RatchetTree.from(mls.ratchetTreeCodec.decode(bytes(v.ratchet_tree)));
  const members = new Map<number, Keys>();
  for (const leaf of v.leaves_private) members.set(leaf.index, privateKeys(crypto, tree, leaf));
  const encodedContext = (treeHash: Uint8Array) =>
    mls.groupContextCodec.encode({
      version: 1,
      cipherSuite: v.cipher_suite,
      groupId: bytes(v.group_id),
      epoch: BigInt(v.epoch),
      treeHash,
      confirmedTranscriptHash: bytes(v.confirmed_transcript_hash),
      extensions: [],
    });

  for (const recorded of v.update_paths) {
    const path = mls.updatePathCodec.decode(bytes(recorded.update_path));
    const opened = openByAll(crypto, tree, recorded.sender, path, members, encodedContext);
    expect(mls.hex(opened.treeHash)).toBe(recorded.tree_hash_after);
    for (const [leaf, commitSecret] of opened.commitSecrets) {
      expect([leaf, mls.hex(commitSecret)]).toEqual([leaf, recorded.commit_secret]);
    }
    const expected = recorded.path_secrets.flatMap((s: string | null, i: number) => (s ? [[i, s]] : []));
    // path_secrets[i] is what leaf i finds: deriving from it gives the recorded commit secret.
    for (const [leaf, secret] of expected) {
      const ancestor = mls.commonAncestor(2 * leaf, 2 * recorded.sender);
      const steps = tree.filteredDirectPath(recorded.sender).map((s) => s.node);
      const derived = mls.derivePathSecrets(
        crypto,
        kept,
        bytes(secret),
        steps.length - steps.indexOf(ancestor),
      );
      expect(mls.hex(derived.commitSecret)).toBe(recorded.commit_secret);
    }
    const signer = v.leaves_private.find((l: Json) => l.index === recorded.sender);
    const own = freshPath(crypto, tree, recorded.sender, signer, bytes(v.group_id), encodedContext);
    const others = openByAll(crypto, tree, recorded.sender, own.path, members, encodedContext);
    for (const commitSecret of others.commitSecrets.values()) {
      expect(mls.hex(commitSecret)).toBe(mls.hex(own.commitSecret));
    }
  }
});

function privateKeys(crypto: mls.CryptoProvider, tree: mls.ReadonlyTree, leaf: Json): Keys {
  const keys: Keys = new Map([[2 * leaf.index, bytes(leaf.encryption_priv)]]);
  for (const { node, path_secret } of leaf.path_secrets) {
    const [pair] = mls.derivePathSecrets(crypto, kept, bytes(path_secret), 1).keyPairs;
    expect(mls.hex(pair!.publicKey)).toBe(mls.hex(tree.encryptionKey(node)));
    keys.set(node, pair!.privateKey);
  }
  return keys;
}

function openByAll(
  crypto: mls.CryptoProvider,
  before: mls.ReadonlyTree,
  sender: number,
  path: mls.UpdatePath,
  members: Map<number, Keys>,
  encodedContext: (treeHash: Uint8Array) => Uint8Array,
) {
  const tree = before.clone();
  const added = new Set<number>();
  const steps = mls.mergePath(crypto, tree, sender, path, added);
  const treeHash = tree.treeHash(crypto);
  const commitSecrets = new Map<number, Uint8Array>();
  for (const [ownLeaf, keys] of members) {
    if (ownLeaf === sender) continue;
    const privateKey = (node: number) => keys.get(node);
    const context = encodedContext(treeHash);
    const opened = mls.decryptPath(crypto, kept, { tree, steps, path, ownLeaf, privateKey, added, context });
    commitSecrets.set(ownLeaf, opened.commitSecret);
  }
  return { treeHash, commitSecrets };
}

function freshPath(
  crypto: mls.CryptoProvider,
  before: mls.ReadonlyTree,
  sender: number,
  signer: Json,
  groupId: Uint8Array,
  encodedContext: (treeHash: Uint8Array) => Uint8Array,
) {
  const tree = before.clone();
  const created = mls.createPath(crypto, kept, tree, sender);
  const leaf = before.leaf(sender)!;
  const content = {
    encryptionKey: mls.generateKeyPair(crypto).publicKey,
    signatureKey: leaf.signatureKey,
    credential: leaf.credential,
    capabilities: leaf.capabilities,
    extensions: leaf.extensions,
    leafNodeSource: "commit",
    parentHash: created.parentHash,
  } as const;
  const place = { groupId, leafIndex: sender };
  const leafNode = mls.signLeafNode(crypto, bytes(signer.signature_priv), content, place);
  tree.setLeaf(sender, leafNode);
  const nodes = mls.encryptPath(crypto, tree, created, new Set(), encodedContext(tree.treeHash(crypto)));
  return { path: { leafNode, nodes }, commitSecret: created.commitSecret };
}
