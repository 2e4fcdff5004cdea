// @snazzah/davey (a black box behind its published types) and this project's MLS in one group of two.
import {
  createCryptoProvider,
  createKeyPackage,
  externalSenderCodec,
  Group,
  generateSignatureKeyPair,
  keyPackageCodec,
  opaque,
  signExternalProposal,
} from "@puredave/mls";
import type * as Davey from "@snazzah/davey";

export interface DaveyPair {
  readonly version: string;
  /** davey as the sender of these frames. Codec and media numbers are DAVE's. */
  encrypt(media: number, codec: number, frame: Buffer): Buffer;
  /** davey as the receiver of frames sealed under `ourSecret`. */
  decrypt(media: number, frame: Buffer): Buffer;
  /** K1 base secrets, 16 bytes: davey's and ours. */
  readonly theirSecret: Uint8Array<ArrayBuffer>;
  readonly ourSecret: Uint8Array<ArrayBuffer>;
}

const CHANNEL = 4_000_000_000_000_000n;
const THEIRS = 1_000_000_000_000_001n;
const OURS = 1_000_000_000_000_002n;

const snowflake = (id: bigint, littleEndian = false): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, id, littleEndian);
  return bytes;
};

/** davey's native addon; undefined where it has no binary for this platform. */
export async function loadDavey(): Promise<typeof Davey | undefined> {
  try {
    return await import("@snazzah/davey");
  } catch {
    return undefined;
  }
}

/** Forms the group with this build of davey. */
export function daveyPair(davey: typeof Davey): DaveyPair {
  const crypto = createCryptoProvider();
  const gateway = generateSignatureKeyPair(crypto);
  const credential = { credentialType: "basic", identity: snowflake(0n) } as const;
  const session = new davey.DAVESession(1, `${THEIRS}`, `${CHANNEL}`);
  session.setExternalSender(
    Buffer.from(externalSenderCodec.encode({ signatureKey: gateway.publicKey, credential })),
  );
  const bundle = createKeyPackage(crypto, {
    identity: snowflake(OURS),
    signatureKeyPair: generateSignatureKeyPair(crypto),
  });
  const { message } = signExternalProposal(crypto, {
    groupId: snowflake(CHANNEL),
    epoch: 0n,
    senderIndex: 0,
    signaturePrivateKey: gateway.privateKey,
    proposal: { proposalType: "add", keyPackage: keyPackageCodec.decode(bundle.bytes) },
  });
  const proposals = Buffer.from(opaque.encode(message));
  const { commit, welcome } = session.processProposals(0, proposals, [`${THEIRS}`, `${OURS}`]);
  if (commit === undefined || welcome === undefined) throw new Error("davey made no commit");
  session.processCommit(commit);
  const group = Group.join(crypto, { welcome: new Uint8Array(welcome), keyPackage: bundle });
  // K1.
  const secretOf = (id: bigint) =>
    new Uint8Array(group.exportSecret("Discord Secure Frames v0", snowflake(id, true), 16));
  return {
    version: davey.VERSION,
    encrypt: (media, codec, frame) => session.encrypt(media, codec, frame),
    decrypt: (media, frame) => session.decrypt(`${OURS}`, media, frame),
    theirSecret: secretOf(THEIRS),
    ourSecret: secretOf(OURS),
  };
}
