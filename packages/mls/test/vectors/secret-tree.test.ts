// secret-tree: sender data key, and the keys of recorded generations of every leaf's two ratchets.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("secret-tree", (v: Json, crypto) => {
  const { sender_data: data } = v;
  const { key, nonce } = mls.senderDataKey(crypto, bytes(data.sender_data_secret), bytes(data.ciphertext));
  expect([mls.hex(key), mls.hex(nonce)]).toEqual([data.key, data.nonce]);
  const tree = new mls.SecretTree(crypto, mls.fullLeafCount(v.leaves.length), bytes(v.encryption_secret));
  v.leaves.forEach((generations: Json[], leaf: number) => {
    for (const g of generations) {
      for (const type of ["handshake", "application"] as const) {
        const found = tree.reach(leaf, type, g.generation);
        expect([mls.hex(found.key), mls.hex(found.nonce)]).toEqual([g[`${type}_key`], g[`${type}_nonce`]]);
        found.keep();
      }
    }
  });
});
