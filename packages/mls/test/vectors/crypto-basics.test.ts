// crypto-basics: each labelled function gives the recorded output; signatures and ciphertexts of ours are accepted too.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("crypto-basics", (v: Json, crypto) => {
  const { ref_hash: ref, expand_with_label: exp, derive_secret: der, derive_tree_secret: tree } = v;
  expect(mls.hex(mls.refHash(crypto, ref.label, bytes(ref.value)))).toBe(ref.out);
  const expanded = mls.expandWithLabel(crypto, bytes(exp.secret), exp.label, bytes(exp.context), exp.length);
  expect(mls.hex(expanded)).toBe(exp.out);
  expect(mls.hex(mls.deriveSecret(crypto, bytes(der.secret), der.label))).toBe(der.out);
  const secret = mls.deriveTreeSecret(crypto, bytes(tree.secret), tree.label, tree.generation, tree.length);
  expect(mls.hex(secret)).toBe(tree.out);

  const { sign_with_label: sig, encrypt_with_label: enc } = v;
  const verify = (signature: Uint8Array) =>
    mls.verifyWithLabel(crypto, bytes(sig.pub), sig.label, bytes(sig.content), signature);
  expect(verify(bytes(sig.signature))).toBe(true);
  expect(verify(mls.signWithLabel(crypto, bytes(sig.priv), sig.label, bytes(sig.content)))).toBe(true);
  const pair = { privateKey: bytes(enc.priv), publicKey: bytes(enc.pub) };
  const open = (sealed: mls.HpkeCiphertext) =>
    mls.hex(mls.decryptWithLabel(crypto, pair, enc.label, bytes(enc.context), sealed));
  expect(open({ kemOutput: bytes(enc.kem_output), ciphertext: bytes(enc.ciphertext) })).toBe(enc.plaintext);
  const sealed = mls.encryptWithLabel(
    crypto,
    pair.publicKey,
    enc.label,
    bytes(enc.context),
    bytes(enc.plaintext),
  );
  expect(open(sealed)).toBe(enc.plaintext);
});
