// The MLS eyes of the delivery service: it signs external proposals and inspects what passes, but is no member.
import {
  type CryptoProvider,
  equalBytes,
  externalSenderCodec,
  generateSignatureKeyPair,
  hex,
  type KeyPackage,
  keyPackageCodec,
  keyPackageRef,
  mlsMessageCodec,
  type Proposal,
  Reader,
  type SignatureKeyPair,
  signExternalProposal,
  validateKeyPackage,
  welcomeCodec,
} from "@puredave/mls";

/** A key package that passed G3. */
export interface InspectedKeyPackage {
  /** The bare struct. */
  readonly bytes: Uint8Array;
  readonly keyPackage: KeyPackage;
  readonly refHex: string;
}

/** What the gateway reads in op 28. */
export interface InspectedCommit {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly leafIndex: number;
  readonly refs: readonly string[];
  readonly onlyReferences: boolean;
  readonly path: { readonly signatureKey: Uint8Array; readonly identity: Uint8Array } | undefined;
  /** References of the key packages that the welcome has secrets for. */
  readonly covers: readonly string[];
}

/** P1, P2: a snowflake as 8 bytes, big endian. */
export function snowflake(id: string): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(id));
  return out;
}

/** Signs and inspects for one call; the external sender of P3. */
export class DeliveryMls {
  readonly crypto: CryptoProvider;
  readonly groupId: Uint8Array;
  readonly externalSender: Uint8Array;
  private readonly keyPair: SignatureKeyPair;

  constructor(channelId: string, crypto: CryptoProvider) {
    this.crypto = crypto;
    this.groupId = snowflake(channelId);
    this.keyPair = generateSignatureKeyPair(this.crypto);
    this.externalSender = externalSenderCodec.encode({
      signatureKey: this.keyPair.publicKey,
      credential: { credentialType: "basic", identity: new TextEncoder().encode("voice gateway") },
    });
  }

  /** A proposal of the external sender (sender index 0) as an MLSMessage. */
  propose(epoch: bigint, proposal: Proposal): { message: Uint8Array; ref: Uint8Array; refHex: string } {
    const { message, ref } = signExternalProposal(this.crypto, {
      groupId: this.groupId,
      epoch,
      senderIndex: 0,
      signaturePrivateKey: this.keyPair.privateKey,
      proposal,
    });
    return { message, ref, refHex: hex(ref) };
  }

  /** G3: bare or as MLSMessage; undefined when it does not hold. */
  inspectKeyPackage(bytes: Uint8Array, userId: string): InspectedKeyPackage | undefined {
    try {
      const keyPackage = readKeyPackage(bytes);
      validateKeyPackage(this.crypto, keyPackage);
      const leaf = keyPackage.leafNode;
      // G3: suite, basic credential = authenticated user, lifetime 0…2^64-1, no extensions
      const holds =
        keyPackage.cipherSuite === 2 &&
        leaf.credential.credentialType === "basic" &&
        equalBytes(leaf.credential.identity, snowflake(userId)) &&
        leaf.leafNodeSource === "key_package" &&
        leaf.lifetime.notBefore === 0n &&
        leaf.lifetime.notAfter === 0xffffffffffffffffn &&
        keyPackage.extensions.length === 0 &&
        leaf.extensions.length === 0;
      if (!holds) return undefined;
      const bare = keyPackageCodec.encode(keyPackage);
      return { bytes: bare, keyPackage, refHex: hex(keyPackageRef(this.crypto, keyPackage)) };
    } catch {
      return undefined;
    }
  }

  /** Reads an op 28 body: a commit, then perhaps a bare welcome; undefined when malformed (close 4020). */
  inspectCommit(body: Uint8Array): InspectedCommit | undefined {
    try {
      const reader = new Reader(body);
      const message = mlsMessageCodec.read(reader);
      const commitBytes = body.slice(0, reader.offset);
      const welcomeBytes = reader.remaining > 0 ? body.slice(reader.offset) : undefined;
      if (message.wireFormat !== "mls_public_message") return undefined;
      const { content } = message.publicMessage;
      if (content.contentType !== "commit" || content.sender.senderType !== "member") return undefined;
      const { proposals, path } = content.commit;
      return {
        commit: commitBytes,
        welcome: welcomeBytes,
        groupId: content.groupId,
        epoch: content.epoch,
        leafIndex: content.sender.leafIndex,
        refs: proposals.flatMap((item) => (item.type === "reference" ? [hex(item.reference)] : [])),
        onlyReferences: proposals.every((item) => item.type === "reference"),
        path: path && readPathLeaf(path.leafNode),
        covers: welcomeBytes
          ? welcomeCodec.decode(welcomeBytes).secrets.map((secret) => hex(secret.newMember))
          : [],
      };
    } catch {
      return undefined;
    }
  }

  /** G7: the welcome with no secrets but those of one new member. */
  cutWelcome(welcome: Uint8Array, refHex: string): Uint8Array {
    const decoded = welcomeCodec.decode(welcome);
    return welcomeCodec.encode({
      ...decoded,
      secrets: decoded.secrets.filter((secret) => hex(secret.newMember) === refHex),
    });
  }
}

/** §2: the paper writes MLSMessage, the field sends the bare struct; both are taken. */
function readKeyPackage(bytes: Uint8Array): KeyPackage {
  try {
    const message = mlsMessageCodec.decode(bytes);
    if (message.wireFormat === "mls_key_package") return message.keyPackage;
  } catch {
    // not an MLSMessage: the bare form
  }
  return keyPackageCodec.decode(bytes);
}

function readPathLeaf(leaf: KeyPackage["leafNode"]): InspectedCommit["path"] {
  const identity = leaf.credential.credentialType === "basic" ? leaf.credential.identity : new Uint8Array();
  return { signatureKey: leaf.signatureKey, identity };
}
