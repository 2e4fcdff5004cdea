// A voice gateway as small as one can be, so that the examples need no account: it proposes who joins and who leaves,
// picks the first commit, and has everybody change keys together. Discord's does the rest, and `npm start` simulates it.
import { decodeClientMessage, encodeServerMessage, snowflakeBytes } from "@puredave/dave/protocol";
import * as mls from "@puredave/mls";

const crypto = mls.createCryptoProvider();

export class LocalGateway {
  #keys = mls.generateSignatureKeyPair(crypto);
  /** By user id: how to reach them, and what they sent. */
  #members = new Map();
  /** Who sits at which leaf of the group; holes where somebody left. */
  #leaves = [];
  #epoch = 0n;
  /** Proposals are out and no commit has won yet: who they add and remove. */
  #proposed;
  /** Everybody is getting ready for these keys. */
  #transition;
  #lastId = 0;

  constructor(channelId) {
    this.channelId = channelId;
  }

  /** Somebody identifies; `say` takes text and bytes to them. */
  join(userId, say) {
    this.#members.set(userId, { say, seq: 0, keyPackage: undefined });
    this.#tell(userId, { op: 11, userIds: [...this.#members.keys()] });
    for (const other of this.#members.keys())
      if (other !== userId) this.#tell(other, { op: 11, userIds: [userId] });
    this.#tell(userId, { op: 4, protocolVersion: 1 });
    const credential = { credentialType: "basic", identity: new Uint8Array(1) };
    const externalSender = mls.externalSenderCodec.encode({ signatureKey: this.#keys.publicKey, credential });
    this.#tell(userId, { op: 25, externalSender });
  }

  leave(userId) {
    this.#members.delete(userId);
    for (const other of this.#members.keys()) this.#tell(other, { op: 13, userId });
    this.#transition?.waitFor.delete(userId);
    this.#propose();
  }

  /** What a member says. */
  hear(userId, data) {
    const { message } = decodeClientMessage(data);
    if (message.op === 26) {
      this.#members.get(userId).keyPackage = message.keyPackage;
      this.#propose();
    } else if (message.op === 28 && this.#proposed !== undefined) this.#announce(message);
    else if (message.op === 23 && message.transitionId === this.#transition?.id) {
      this.#transition.waitFor.delete(userId);
      this.#execute();
    }
  }

  #tell(userId, message) {
    const member = this.#members.get(userId);
    member?.say(encodeServerMessage({ ...message, seq: (member.seq = (member.seq + 1) & 0xffff) }));
  }

  /** Adds whoever is there with a key package, removes whoever is not: one batch at a time. */
  #propose() {
    if (this.#proposed !== undefined || this.#transition !== undefined) return;
    const able = [...this.#members].filter(([, { keyPackage }]) => keyPackage !== undefined);
    // the first with a key package becomes the group; the others are added to it
    if (this.#epoch === 0n) this.#leaves = able.slice(0, 1).map(([id]) => id);
    const outside = able.filter(([id]) => !this.#leaves.includes(id));
    const gone = this.#leaves.filter((id) => id !== undefined && !this.#members.has(id));
    if (outside.length + gone.length === 0) return;
    const proposals = [
      ...gone.map((id) => ({ proposalType: "remove", removed: this.#leaves.indexOf(id) })),
      ...outside.map(([, member]) => ({
        proposalType: "add",
        keyPackage: mls.keyPackageCodec.decode(member.keyPackage),
      })),
    ];
    const messages = proposals.flatMap((proposal) => [...this.#sign(proposal)]);
    this.#proposed = { added: outside.map(([id]) => id), gone };
    const body = Uint8Array.of(0, ...mls.opaque.encode(Uint8Array.from(messages)));
    for (const id of this.#leaves) if (id !== undefined) this.#tell(id, { op: 27, body });
  }

  #sign(proposal) {
    const { message } = mls.signExternalProposal(crypto, {
      groupId: snowflakeBytes(this.channelId),
      epoch: this.#epoch,
      senderIndex: 0,
      signaturePrivateKey: this.#keys.privateKey,
      proposal,
    });
    return message;
  }

  /** The first commit wins; the group's first one is executed at once, under id 0. */
  #announce({ commit, welcome }) {
    const { added, gone } = this.#proposed;
    this.#proposed = undefined;
    const transitionId = this.#epoch === 0n ? 0 : ++this.#lastId;
    this.#epoch++;
    const stay = this.#leaves.filter((id) => id !== undefined && !gone.includes(id));
    this.#leaves = this.#leaves.map((id) => (gone.includes(id) ? undefined : id));
    for (const id of added) {
      const hole = this.#leaves.indexOf(undefined);
      this.#leaves[hole < 0 ? this.#leaves.length : hole] = id;
    }
    if (transitionId > 0) this.#transition = { id: transitionId, waitFor: new Set([...stay, ...added]) };
    for (const id of stay) this.#tell(id, { op: 29, transitionId, commit });
    for (const id of added) this.#tell(id, { op: 30, transitionId, welcome });
    this.#propose();
  }

  #execute() {
    const { id, waitFor } = this.#transition;
    if (waitFor.size > 0) return;
    this.#transition = undefined;
    for (const userId of this.#members.keys()) this.#tell(userId, { op: 22, transitionId: id });
    this.#propose();
  }
}
