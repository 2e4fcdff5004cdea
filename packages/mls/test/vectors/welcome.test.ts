// welcome: group secrets open with the init key, the GroupInfo with the joiner secret; signature and confirmation tag fit.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("welcome", (v: Json, crypto) => {
  const message = mls.mlsMessageCodec.decode(bytes(v.welcome));
  const packed = mls.mlsMessageCodec.decode(bytes(v.key_package));
  if (message.wireFormat !== "mls_welcome" || packed.wireFormat !== "mls_key_package")
    throw new Error("shape");
  const { welcome } = message;
  const { keyPackage } = packed;
  const ref = mls.hex(mls.keyPackageRef(crypto, keyPackage));
  const entry = welcome.secrets.find((s) => mls.hex(s.newMember) === ref)!;
  const pair = { privateKey: bytes(v.init_priv), publicKey: keyPackage.initKey };
  const opened = mls.decryptWithLabel(
    crypto,
    pair,
    "Welcome",
    welcome.encryptedGroupInfo,
    entry.encryptedGroupSecrets,
  );
  const secrets = mls.groupSecretsCodec.decode(opened);
  const member = mls.memberSecret(crypto, secrets.joinerSecret, mls.zeroSecret());
  const { key, nonce } = mls.welcomeKey(crypto, member);
  const info = mls.groupInfoCodec.decode(
    crypto.open(key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo)!,
  );
  const tbs = mls.groupInfoContentCodec.encode(info);
  expect(mls.verifyWithLabel(crypto, bytes(v.signer_pub), "GroupInfoTBS", tbs, info.signature)).toBe(true);
  const context = info.groupContext;
  const epoch = mls.epochSecrets(crypto, member, mls.groupContextCodec.encode(context));
  const tag = mls.confirmationTag(crypto, epoch.confirmation.bytes, context.confirmedTranscriptHash);
  expect(mls.hex(tag)).toBe(mls.hex(info.confirmationTag));
});
