// The voice gateway's signature key, and what it signs: the gateway is the external sender of the group (P3). Builds op 25, 27, 30.

import {
  type CryptoProvider,
  concat,
  externalSenderCodec,
  generateSignatureKeyPair,
  hex,
  type KeyPackage,
  keyPackageCodec,
  keyPackageRef,
  opaque,
  type SignatureKeyPair,
  signExternalProposal,
  welcomeCodec,
} from "@puredave/mls";
import { createCryptoProvider } from "../crypto.ts";
import type { ServerMessage } from "../gateway/opcodes.ts";
import { type Snowflake, snowflakeBytes } from "../snowflake.ts";

/** A proposal that the gateway has signed. */
export interface SignedProposal {
  /** The MLSMessage. */
  readonly message: Uint8Array;
  /** The ProposalRef: 32 bytes. */
  readonly ref: Uint8Array;
}

const APPEND = Uint8Array.of(0);
const REVOKE = Uint8Array.of(1);

/**
 * Returns the op 27 that appends proposals to the receiver's queue (operation 0).
 *
 * @example
 * ```ts
 * appendProposals(new ProposalSigner({ channelId }).remove(1, 3n)).op; // 27
 * ```
 */
export const appendProposals = (...proposals: readonly Pick<SignedProposal, "message">[]): ServerMessage => ({
  op: 27,
  body: concat(APPEND, opaque.encode(concat(...proposals.map(({ message }) => message)))),
});

/**
 * Returns the op 27 that revokes proposals (operation 1).
 *
 * @example
 * ```ts
 * revokeProposals(new ProposalSigner({ channelId }).remove(1, 3n)).op; // 27
 * ```
 */
export const revokeProposals = (...proposals: readonly Pick<SignedProposal, "ref">[]): ServerMessage => ({
  op: 27,
  body: concat(REVOKE, opaque.encode(concat(...proposals.map(({ ref }) => opaque.encode(ref))))),
});

/** G7: cuts a Welcome down to the secrets of the newcomer whose KeyPackageRef this is, in hexadecimal. */
export function cutWelcome(welcome: Uint8Array, ref: string): Uint8Array {
  const whole = welcomeCodec.decode(welcome);
  const secrets = whole.secrets.filter(({ newMember }) => hex(newMember) === ref);
  return welcomeCodec.encode({ ...whole, secrets });
}

const decoded = (keyPackage: KeyPackage | Uint8Array): KeyPackage =>
  keyPackage instanceof Uint8Array ? keyPackageCodec.decode(keyPackage) : keyPackage;

/** Options of `ProposalSigner`. */
export interface ProposalSignerOptions {
  /** The channel's snowflake; its 8 bytes are the id of the MLS group. */
  readonly channelId: Snowflake;
  /** Default: `createCryptoProvider()`. */
  readonly crypto?: CryptoProvider;
}

/**
 * The voice gateway's key of one call, and what it signs with it. Key packages are those of op 26, encoded or decoded.
 *
 * @example
 * ```ts
 * const signer = new ProposalSigner({ channelId });
 * const hello = { op: 25, externalSender: signer.externalSender }; // to every client
 * const proposal = signer.remove(1, 3n); // the member at leaf 1, in epoch 3
 * ```
 */
export class ProposalSigner {
  readonly #crypto: CryptoProvider;
  /** The gateway's signature key pair. */
  readonly keys: SignatureKeyPair;
  /** The id of the MLS group: 8 bytes. */
  readonly groupId: Uint8Array;
  /** The body of op 25: an ExternalSender struct (RFC 9420 §12.1.8.1). */
  readonly externalSender: Uint8Array;

  /** @throws {@link DaveError} `invalid-snowflake` */
  constructor({ channelId, crypto = createCryptoProvider() }: ProposalSignerOptions) {
    this.#crypto = crypto;
    this.groupId = snowflakeBytes(channelId);
    this.keys = generateSignatureKeyPair(crypto);
    this.externalSender = this.externalSenderWith(this.keys.publicKey);
  }

  /** The body of an op 25 with another signature key, of 65 bytes: what an impostor would send. */
  externalSenderWith(signatureKey: Uint8Array): Uint8Array {
    return externalSenderCodec.encode({
      signatureKey,
      credential: { credentialType: "basic", identity: new Uint8Array(8) },
    });
  }

  /** Proposes, in `epoch`, to add the owner of a key package. */
  add(keyPackage: KeyPackage | Uint8Array, epoch: bigint): SignedProposal {
    return this.#sign({ proposalType: "add", keyPackage: decoded(keyPackage) }, epoch);
  }

  /** Proposes, in `epoch`, to remove the member at a leaf. */
  remove(leafIndex: number, epoch: bigint): SignedProposal {
    return this.#sign({ proposalType: "remove", removed: leafIndex }, epoch);
  }

  /** G7: returns the op 30 for one newcomer: the Welcome cut down to the owner of this key package. */
  welcome(
    transitionId: number,
    welcome: Uint8Array,
    keyPackage: KeyPackage | Uint8Array,
  ): Extract<ServerMessage, { op: 30 }> {
    const ref = hex(keyPackageRef(this.#crypto, decoded(keyPackage)));
    return { op: 30, transitionId, welcome: cutWelcome(welcome, ref) };
  }

  #sign(proposal: Parameters<typeof signExternalProposal>[1]["proposal"], epoch: bigint): SignedProposal {
    return signExternalProposal(this.#crypto, {
      groupId: this.groupId,
      epoch,
      senderIndex: 0,
      signaturePrivateKey: this.keys.privateKey,
      proposal,
    });
  }
}
