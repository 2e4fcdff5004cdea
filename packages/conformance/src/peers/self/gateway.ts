// Peer protocol 1, `gateway.*` and `proposals.*`: an external sender and the bodies of op 27

import { snowflakeBytes } from "@puredave/dave/protocol";
import {
  createCryptoProvider,
  externalSenderCodec,
  generateSignatureKeyPair,
  keyPackageCodec,
  opaque,
  type Proposal,
  signatureKeyPairFrom,
  signExternalProposal,
  vector,
  Writer,
} from "@puredave/mls";
import { concatBytes } from "../../bytes.ts";
import { type Handlers, Named } from "../peer.ts";

const APPEND = 0;
const REVOKE = 1;
const refs = vector(opaque);

/** Op 27 append: `uint8 0`, then `MLSMessage proposal_messages<V>`, the messages one after the other. */
export function appendBody(messages: readonly Uint8Array[]): Uint8Array {
  return body(APPEND, (writer) => opaque.write(writer, concatBytes(messages)));
}

/** Op 27 revoke: `uint8 1`, then `ProposalRef proposal_refs<V>`, each an `opaque<V>`. */
export function revokeBody(references: readonly Uint8Array[]): Uint8Array {
  return body(REVOKE, (writer) => refs.write(writer, [...references]));
}

function body(operation: number, write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return Uint8Array.of(operation, ...writer.finish());
}

interface ExternalSenderState {
  readonly groupId: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** The delivery service's part: makes the proposals that a voice gateway would. */
export class Gateways {
  readonly #crypto = createCryptoProvider();
  readonly #senders = new Named<ExternalSenderState>("gateway");

  #propose(name: string, epoch: number, proposal: Proposal) {
    const { groupId, privateKey } = this.#senders.get(name);
    const { message, ref } = signExternalProposal(this.#crypto, {
      groupId,
      epoch: BigInt(epoch),
      senderIndex: 0,
      signaturePrivateKey: privateKey,
      proposal,
    });
    return { message, ref, proposals: appendBody([message]) };
  }

  readonly handlers: Handlers = {
    "gateway.create": ({ name, group_id, signature_private_key }) => {
      const pair = signature_private_key
        ? signatureKeyPairFrom(this.#crypto, signature_private_key)
        : generateSignatureKeyPair(this.#crypto);
      this.#senders.set(name, { groupId: snowflakeBytes(group_id), privateKey: pair.privateKey });
      const credential = { credentialType: "basic", identity: snowflakeBytes("0") } as const;
      return { external_sender: externalSenderCodec.encode({ signatureKey: pair.publicKey, credential }) };
    },
    "gateway.propose_add": ({ name, epoch, key_package }) =>
      this.#propose(name, epoch, { proposalType: "add", keyPackage: keyPackageCodec.decode(key_package) }),
    "gateway.propose_remove": ({ name, epoch, index }) =>
      this.#propose(name, epoch, { proposalType: "remove", removed: index }),
    "proposals.append": ({ messages }) => ({ proposals: appendBody(messages) }),
    "proposals.revoke": ({ refs: references }) => ({ proposals: revokeBody(references) }),
  };
}
