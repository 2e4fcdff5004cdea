// Welcomes into a group that never was: any tree, any context, sealed and signed as an honest committer would.
import * as mls from "../../src/internals.ts";

type Info = Omit<mls.GroupInfo, "signature">;

export interface WelcomeParts {
  readonly tree: readonly (mls.TreeNode | undefined)[];
  readonly signer: number;
  readonly signerKey: Uint8Array;
  readonly groupId: Uint8Array;
  readonly extensions: readonly mls.Extension[];
  readonly bundle: mls.KeyPackageBundle;
  readonly epoch?: bigint;
  readonly pathSecret?: Uint8Array;
  readonly psks?: mls.GroupSecrets["psks"];
  /** What the members' key schedule starts from, where PSKs take part. */
  readonly pskSecret?: Uint8Array;
  readonly context?: (context: mls.GroupContext) => mls.GroupContext;
  readonly info?: (info: Info) => Info;
  readonly signedInfo?: (info: mls.GroupInfo) => mls.GroupInfo;
  readonly welcome?: (welcome: mls.Welcome) => mls.Welcome;
  readonly joinerSecret?: (joiner: Uint8Array) => Uint8Array;
}

const same = <T>(value: T) => value;

export function forgeWelcome(crypto: mls.CryptoProvider, parts: WelcomeParts): Uint8Array {
  const extensionData = mls.ratchetTreeCodec.encode([...parts.tree]);
  const context = (parts.context ?? same)({
    version: 1,
    cipherSuite: 2,
    groupId: parts.groupId,
    epoch: parts.epoch ?? 5n,
    treeHash: hashOf(crypto, parts.tree),
    confirmedTranscriptHash: crypto.randomBytes(32),
    extensions: parts.extensions,
  });
  const joiner = crypto.randomBytes(32);
  const member = () => mls.memberSecret(crypto, joiner, parts.pskSecret ?? mls.zeroSecret());
  const secrets = mls.epochSecrets(crypto, member(), mls.groupContextCodec.encode(context));
  const info = (parts.info ?? same)({
    groupContext: context,
    extensions: [{ extensionType: 2, extensionData }],
    confirmationTag: mls.confirmationTag(crypto, secrets.confirmation.bytes, context.confirmedTranscriptHash),
    signer: parts.signer,
  });
  const tbs = mls.groupInfoContentCodec.encode(info);
  const signature = mls.signWithLabel(crypto, parts.signerKey, "GroupInfoTBS", tbs);
  const signed = (parts.signedInfo ?? same)({ ...info, signature });
  const { key, nonce } = mls.welcomeKey(crypto, member());
  const encryptedGroupInfo = crypto.seal(key, nonce, new Uint8Array(0), mls.groupInfoCodec.encode(signed));
  const { pathSecret, psks = [], bundle } = parts;
  const groupSecrets = mls.groupSecretsCodec.encode({
    joinerSecret: (parts.joinerSecret ?? same)(joiner),
    psks,
    ...(pathSecret && { pathSecret }),
  });
  const encryptedGroupSecrets = mls.encryptWithLabel(
    crypto,
    bundle.keyPackage.initKey,
    "Welcome",
    encryptedGroupInfo,
    groupSecrets,
  );
  const secretsList = [{ newMember: bundle.ref, encryptedGroupSecrets }];
  return mls.welcomeCodec.encode(
    (parts.welcome ?? same)({ cipherSuite: 2, secrets: secretsList, encryptedGroupInfo }),
  );
}

/** The tree hash of whatever tree; 32 zero bytes where no tree comes of it. */
function hashOf(crypto: mls.CryptoProvider, tree: WelcomeParts["tree"]): Uint8Array {
  try {
    return mls.RatchetTree.from(tree).treeHash(crypto);
  } catch {
    return new Uint8Array(32);
  }
}
