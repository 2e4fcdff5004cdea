// RFC 9420 §12.4.3.1 welcome: decryption, signature of the GroupInfo, confirmation tag
import { compareBytes } from "../../bytes.ts";
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { VectorError } from "../../vectors/fields.ts";
import { type MlsCase, mlsCase } from "./support.ts";

type Bodies<Format extends string> = Extract<
  ReturnType<MlsCase["mls"]["mlsMessageCodec"]["decode"]>,
  { wireFormat: Format }
>;

function message<Format extends string>({ mls }: MlsCase, bytes: Uint8Array, format: Format): Bodies<Format> {
  const decoded = mls.mlsMessageCodec.decode(bytes);
  if (decoded.wireFormat !== (format as string)) throw new VectorError(`not a ${format}`);
  return decoded as Bodies<Format>;
}

/** The GroupSecrets sealed for our key package. */
function groupSecrets(base: MlsCase, { vector, check }: CaseContext) {
  const { mls, crypto } = base;
  const { keyPackage } = message(base, vector.bytes("key_package"), "mls_key_package");
  const { welcome } = message(base, vector.bytes("welcome"), "mls_welcome");
  const reference = mls.keyPackageRef(crypto, keyPackage);
  const entry = welcome.secrets.find(({ newMember }) => compareBytes(newMember, reference) === 0);
  if (!entry) return check.fail("an entry for our key package", reference, null);
  const keyPair = { privateKey: vector.bytes("init_priv"), publicKey: keyPackage.initKey };
  const { encryptedGroupInfo } = welcome;
  const opened = mls.decryptWithLabel(
    crypto,
    keyPair,
    "Welcome",
    encryptedGroupInfo,
    entry.encryptedGroupSecrets,
  );
  return { welcome, secrets: mls.groupSecretsCodec.decode(opened) };
}

function openGroupInfo(base: MlsCase, { check }: CaseContext, sealed: Uint8Array, member: Uint8Array) {
  const { mls, crypto } = base;
  const { key, nonce } = mls.welcomeKey(crypto, member);
  const opened = crypto.open(key, nonce, new Uint8Array(), sealed);
  if (!opened) return check.fail("the GroupInfo opens", "opened", "refused", ["RFC 9420 §12.4.3.1"]);
  const groupInfo = mls.groupInfoCodec.decode(opened);
  check.bytes("the GroupInfo encoded again", mls.groupInfoCodec.encode(groupInfo), opened);
  return groupInfo;
}

export const welcome: Suite = {
  name: "welcome",
  title: "Opening a Welcome by hand",
  rules: ["RFC 9420 §6.1", "RFC 9420 §12.4.3", "RFC 9420 §12.4.3.1"],
  run(context) {
    const base = mlsCase(context);
    const { mls, crypto } = base;
    const { vector, check } = context;
    const { welcome: message, secrets } = groupSecrets(base, context);
    check.equal("pre-shared keys", secrets.psks.length, 0);
    const member = mls.memberSecret(crypto, secrets.joinerSecret, mls.zeroSecret());
    const info = openGroupInfo(base, context, message.encryptedGroupInfo, member);
    // §12.4.3 GroupInfoTBS is the GroupInfo without its last field.
    const encoded = mls.groupInfoCodec.encode(info);
    const tbs = encoded.subarray(0, encoded.length - mls.opaque.encode(info.signature).length);
    const signed = mls.verifyWithLabel(
      crypto,
      vector.bytes("signer_pub"),
      "GroupInfoTBS",
      tbs,
      info.signature,
    );
    check.equal("the GroupInfo's signature holds", signed, true, "RFC 9420 §12.4.3");
    const epoch = mls.epochSecrets(crypto, member, mls.groupContextCodec.encode(info.groupContext));
    const { confirmedTranscriptHash } = info.groupContext;
    const tag = mls.confirmationTag(crypto, epoch.confirmation.bytes, confirmedTranscriptHash);
    check.bytes("confirmation tag", info.confirmationTag, tag, "RFC 9420 §6.1");
  },
};
