// RFC 9420 §5 crypto-basics: labelled hashes, signatures, encryption and derivation
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { type MlsCase, mlsCase } from "./support.ts";

type Part = (base: MlsCase, context: CaseContext) => void;

const refHash: Part = ({ mls, crypto }, { vector, check }) => {
  const part = vector.map("ref_hash");
  const out = mls.refHash(crypto, part.text("label"), part.bytes("value"));
  check.bytes("RefHash", out, part.bytes("out"), "RFC 9420 §5.2");
};

const derive: Part = ({ mls, crypto }, { vector, check }) => {
  const expand = vector.map("expand_with_label");
  const [secret, label] = [expand.bytes("secret"), expand.text("label")];
  const expanded = mls.expandWithLabel(crypto, secret, label, expand.bytes("context"), expand.int("length"));
  check.bytes("ExpandWithLabel", expanded, expand.bytes("out"), "RFC 9420 §8");
  const plain = vector.map("derive_secret");
  const derived = mls.deriveSecret(crypto, plain.bytes("secret"), plain.text("label"));
  check.bytes("DeriveSecret", derived, plain.bytes("out"), "RFC 9420 §8");
  const tree = vector.map("derive_tree_secret");
  const [generation, length] = [tree.int("generation"), tree.int("length")];
  const node = mls.deriveTreeSecret(crypto, tree.bytes("secret"), tree.text("label"), generation, length);
  check.bytes("DeriveTreeSecret", node, tree.bytes("out"), "RFC 9420 §9");
};

const sign: Part = ({ mls, crypto }, { vector, check }) => {
  const part = vector.map("sign_with_label");
  const [pub, label, content] = [part.bytes("pub"), part.text("label"), part.bytes("content")];
  const verify = (over: Uint8Array, signature: Uint8Array) =>
    mls.verifyWithLabel(crypto, pub, label, over, signature);
  check.equal("VerifyWithLabel of the recorded signature", verify(content, part.bytes("signature")), true);
  const own = mls.signWithLabel(crypto, part.bytes("priv"), label, content);
  check.equal("VerifyWithLabel of an own signature", verify(content, own), true, "RFC 9420 §5.1.2");
  const other = Uint8Array.of(...content, 0);
  check.equal("VerifyWithLabel over other content", verify(other, own), false, "RFC 9420 §5.1.2");
};

const encrypt: Part = ({ mls, crypto }, { vector, check }) => {
  const part = vector.map("encrypt_with_label");
  const keyPair = { privateKey: part.bytes("priv"), publicKey: part.bytes("pub") };
  const [label, context, plaintext] = [part.text("label"), part.bytes("context"), part.bytes("plaintext")];
  const recorded = { kemOutput: part.bytes("kem_output"), ciphertext: part.bytes("ciphertext") };
  const opened = mls.decryptWithLabel(crypto, keyPair, label, context, recorded);
  check.bytes("DecryptWithLabel of the recorded ciphertext", opened, plaintext, "RFC 9420 §5.1.3");
  const sealed = mls.encryptWithLabel(crypto, keyPair.publicKey, label, context, plaintext);
  const again = mls.decryptWithLabel(crypto, keyPair, label, context, sealed);
  check.bytes("DecryptWithLabel of an own ciphertext", again, plaintext, "RFC 9420 §5.1.3");
};

export const cryptoBasics: Suite = {
  name: "crypto-basics",
  title: "Labelled hashes, signatures, encryption, derivation",
  rules: ["RFC 9420 §5.1.2", "RFC 9420 §5.1.3", "RFC 9420 §5.2", "RFC 9420 §8", "RFC 9420 §9"],
  run(context) {
    const base = mlsCase(context);
    for (const part of [refHash, derive, sign, encrypt]) part(base, context);
  },
};
