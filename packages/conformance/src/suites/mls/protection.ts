// RFC 9420 §6.2, §6.3, §9: message-protection, secret-tree
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { asFields, asList, type Fields } from "../../vectors/case.ts";
import { VectorError } from "../../vectors/fields.ts";
import { groupContext, type MlsCase, mlsCase } from "./support.ts";

/** The vectors' messages are all from the member at leaf 1 of a group of two. */
const SENDER = { senderType: "member", leafIndex: 1 } as const;
const LEAVES = 2;
const PADDING = 17;
const KINDS = ["proposal", "commit", "application"] as const;
type Kind = (typeof KINDS)[number];
type Opened = ReturnType<MlsCase["mls"]["openPrivateMessage"]>["content"];

/** One vector with what opens and seals its messages. */
class Protection {
  readonly base: MlsCase;
  readonly run: CaseContext;
  readonly context: Uint8Array;

  constructor(run: CaseContext) {
    this.run = run;
    this.base = mlsCase(run);
    const { vector } = run;
    this.context = groupContext(this.base, {
      groupId: vector.bytes("group_id"),
      epoch: vector.int("epoch"),
      treeHash: vector.bytes("tree_hash"),
      confirmedTranscriptHash: vector.bytes("confirmed_transcript_hash"),
    });
  }

  #keys() {
    const { mls, crypto } = this.base;
    const { vector } = this.run;
    const secretTree = new mls.SecretTree(crypto, LEAVES, vector.bytes("encryption_secret"));
    return { senderDataSecret: vector.bytes("sender_data_secret"), secretTree };
  }

  openPrivate(bytes: Uint8Array): Opened {
    const { mls, crypto } = this.base;
    const message = mls.mlsMessageCodec.decode(bytes);
    if (message.wireFormat !== "mls_private_message") throw new VectorError("not a PrivateMessage");
    const isMember = (leaf: number) => leaf === SENDER.leafIndex;
    const senders = { ownLeaf: 1 - SENDER.leafIndex, isMember };
    return mls.openPrivateMessage(crypto, this.#keys(), message.privateMessage, senders).content;
  }

  openPublic(what: string, bytes: Uint8Array): Opened {
    const { mls, crypto } = this.base;
    const message = mls.mlsMessageCodec.decode(bytes);
    if (message.wireFormat !== "mls_public_message") throw new VectorError("not a PublicMessage");
    const key = this.run.vector.bytes("membership_key");
    const tagged = mls.verifyMembershipTag(crypto, key, message.publicMessage, this.context);
    this.run.check.equal(`${what}: membership tag`, tagged, true, "RFC 9420 §6.2");
    return mls.authenticated(message.publicMessage);
  }

  /** The content is the recorded one, from the sender, with a signature that holds. */
  check(what: string, kind: Kind, opened: Opened): void {
    const { mls, crypto } = this.base;
    const { vector, check } = this.run;
    const { content } = opened;
    const raw =
      content.contentType === "application"
        ? content.applicationData
        : content.contentType === "proposal"
          ? mls.proposalCodec.encode(content.proposal)
          : mls.commitCodec.encode(content.commit);
    check.bytes(`${what}: content`, raw, vector.bytes(kind), "RFC 9420 §6.3.1");
    check.same(`${what}: sender`, content.sender, SENDER, "RFC 9420 §6.3.2");
    const signed = mls.verifyContent(crypto, vector.bytes("signature_pub"), opened, this.context);
    check.equal(`${what}: signature`, signed, true, "RFC 9420 §6.1");
  }

  #body(kind: Kind) {
    const { mls } = this.base;
    const bytes = this.run.vector.bytes(kind);
    if (kind === "application") return { contentType: kind, applicationData: bytes } as const;
    if (kind === "proposal") return { contentType: kind, proposal: mls.proposalCodec.decode(bytes) } as const;
    return { contentType: kind, commit: mls.commitCodec.decode(bytes) } as const;
  }

  /** The same content signed anew. */
  #signed(kind: Kind, wireFormat: "mls_public_message" | "mls_private_message") {
    const { mls, crypto } = this.base;
    const { vector } = this.run;
    const head = { groupId: vector.bytes("group_id"), epoch: BigInt(vector.int("epoch")), sender: SENDER };
    const content = { ...head, authenticatedData: Uint8Array.of(1, 2, 3), ...this.#body(kind) };
    const signature = mls.signContent(
      crypto,
      vector.bytes("signature_priv"),
      wireFormat,
      content,
      this.context,
    );
    const auth = kind === "commit" ? { signature, confirmationTag: new Uint8Array(32) } : { signature };
    return { wireFormat, content, auth };
  }

  sealPrivate(kind: Kind): Uint8Array {
    const { mls, crypto } = this.base;
    const content = this.#signed(kind, "mls_private_message");
    const privateMessage = mls.sealPrivateMessage(crypto, this.#keys(), content, PADDING);
    return mls.mlsMessageCodec.encode({ version: 1, wireFormat: "mls_private_message", privateMessage });
  }

  protectPublic(kind: Kind): Uint8Array {
    const { mls, crypto } = this.base;
    const content = this.#signed(kind, "mls_public_message");
    const key = this.run.vector.bytes("membership_key");
    const membershipTag = mls.membershipTag(crypto, key, content, this.context);
    return mls.encodePublicMessage({ ...content, membershipTag });
  }
}

export const messageProtection: Suite = {
  name: "message-protection",
  title: "Public and private messages, opened and made",
  rules: ["RFC 9420 §6.1", "RFC 9420 §6.2", "RFC 9420 §6.3.1", "RFC 9420 §6.3.2"],
  run(context) {
    const protection = new Protection(context);
    const { vector, check } = context;
    const { crypto } = protection.base;
    check.bytes(
      "signature key",
      crypto.publicKey(vector.bytes("signature_priv")),
      vector.bytes("signature_pub"),
    );
    for (const kind of KINDS) {
      const recorded = protection.openPrivate(vector.bytes(`${kind}_priv`));
      protection.check(`recorded private ${kind}`, kind, recorded);
      protection.check(`own private ${kind}`, kind, protection.openPrivate(protection.sealPrivate(kind)));
      // Application data is never sent in the open.
      if (kind === "application") continue;
      const open = (what: string, bytes: Uint8Array) =>
        protection.check(what, kind, protection.openPublic(what, bytes));
      open(`recorded public ${kind}`, vector.bytes(`${kind}_pub`));
      open(`own public ${kind}`, protection.protectPublic(kind));
    }
  },
};

function checkSenderData({ mls, crypto }: MlsCase, { check }: CaseContext, data: Fields): void {
  const secret = data.bytes("sender_data_secret");
  const { key, nonce } = mls.senderDataKey(crypto, secret, data.bytes("ciphertext"));
  check.bytes("sender data key", key, data.bytes("key"), "RFC 9420 §6.3.2");
  check.bytes("sender data nonce", nonce, data.bytes("nonce"), "RFC 9420 §6.3.2");
}

export const secretTree: Suite = {
  name: "secret-tree",
  title: "Sender data keys and every leaf's two ratchets",
  rules: ["RFC 9420 §6.3.2", "RFC 9420 §9.1"],
  run(context) {
    const base = mlsCase(context);
    const { mls, crypto } = base;
    const { vector, check } = context;
    checkSenderData(base, context, vector.map("sender_data"));
    const leaves = vector.list("leaves");
    const tree = new mls.SecretTree(
      crypto,
      mls.fullLeafCount(leaves.length),
      vector.bytes("encryption_secret"),
    );
    leavesOf(vector).forEach((generations, leaf) => {
      for (const entry of generations)
        for (const type of ["handshake", "application"] as const) {
          const reached = tree.reach(leaf, type, entry.int("generation"));
          const [key, nonce] = [reached.key.slice(), reached.nonce.slice()];
          reached.keep();
          check.bytes(`${entry.path}.${type}_key`, key, entry.bytes(`${type}_key`), "RFC 9420 §9.1");
          check.bytes(`${entry.path}.${type}_nonce`, nonce, entry.bytes(`${type}_nonce`), "RFC 9420 §9.1");
        }
    });
  },
};

const leavesOf = (vector: Fields): readonly (readonly Fields[])[] =>
  vector.list("leaves").map((entries, leaf) => {
    const path = `${vector.path}.leaves[${leaf}]`;
    return asList(entries, path).map((entry, at) => asFields(entry, `${path}[${at}]`));
  });
