// The external sender of a group (P3): the only one who proposes Adds and Removes, and the bodies of 25 and 27.

import {
  type CryptoProvider,
  concat,
  externalSenderCodec,
  generateSignatureKeyPair,
  type KeyPackage,
  opaque,
  signExternalProposal,
} from "@puredave/mls";
import type { ServerMessage } from "../../src/index.ts";

/** A signed proposal: `message` is an MLSMessage, `ref` its ProposalRef of 32 bytes. */
export interface SignedProposal {
  readonly message: Uint8Array;
  readonly ref: Uint8Array;
}

const APPEND = Uint8Array.of(0);
const REVOKE = Uint8Array.of(1);

/** Op 27, operation 0: proposals for the receiver's queue. */
export const append = (...proposals: readonly SignedProposal[]): ServerMessage => ({
  op: 27,
  body: concat(APPEND, opaque.encode(concat(...proposals.map(({ message }) => message)))),
});

/** Op 27, operation 1: proposals that count no more. */
export const revoke = (...proposals: readonly SignedProposal[]): ServerMessage => ({
  op: 27,
  body: concat(REVOKE, opaque.encode(concat(...proposals.map(({ ref }) => opaque.encode(ref))))),
});

export class ExternalSender {
  readonly #crypto: CryptoProvider;
  readonly #keys;
  readonly groupId: Uint8Array;
  /** The body of op 25. */
  readonly package: Uint8Array;

  constructor(crypto: CryptoProvider, groupId: Uint8Array) {
    this.#crypto = crypto;
    this.groupId = groupId;
    this.#keys = generateSignatureKeyPair(crypto);
    this.package = externalSenderCodec.encode({
      signatureKey: this.#keys.publicKey,
      credential: { credentialType: "basic", identity: new Uint8Array(8) },
    });
  }

  /** Proposes to add the owner of a key package, in `epoch`. */
  add(keyPackage: KeyPackage, epoch: bigint): SignedProposal {
    return this.#sign({ proposalType: "add", keyPackage }, epoch);
  }

  /** Proposes to remove a leaf, in `epoch`. */
  remove(leafIndex: number, epoch: bigint): SignedProposal {
    return this.#sign({ proposalType: "remove", removed: leafIndex }, epoch);
  }

  #sign(proposal: Parameters<typeof signExternalProposal>[1]["proposal"], epoch: bigint): SignedProposal {
    return signExternalProposal(this.#crypto, {
      groupId: this.groupId,
      epoch,
      senderIndex: 0,
      signaturePrivateKey: this.#keys.privateKey,
      proposal,
    });
  }
}
