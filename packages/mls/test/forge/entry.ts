// A new member's own commit, as an honest one would make it: into a group whose public state it was given.
import * as mls from "../../src/internals.ts";
import { kept } from "../support/wiped.ts";
import { forgeKeyPackage } from "./key-package.ts";

export interface Entry {
  readonly commit: Uint8Array;
  readonly leafIndex: number;
  /** Of the epoch that the commit leads to. */
  readonly epochAuthenticator: Uint8Array;
}

const same = <T>(value: T) => value;

/** `change` sees what is about to be signed. */
export function forgeEntry(
  { state }: { readonly state: mls.GroupState },
  name: string,
  change: (content: mls.FramedContent) => mls.FramedContent = same,
): Entry {
  const { crypto, context, encodedContext } = state;
  const { publicKey } = mls.deriveKeyPair(crypto, state.secrets.external.bytes);
  const init = mls.sendExport(crypto, publicKey, "MLS 1.0 external init secret");
  const { keyPackage, signatureKeyPair } = forgeKeyPackage(crypto, name);
  const { credential, capabilities, extensions, signatureKey } = keyPackage.leafNode;
  const tree = state.tree.clone();
  const leafIndex = tree.claimLeaf();
  const path = mls.createPath(crypto, kept, tree, leafIndex);
  const leafNode = mls.signLeafNode(
    crypto,
    signatureKeyPair.privateKey,
    {
      ...{ credential, capabilities, extensions, signatureKey },
      encryptionKey: mls.generateKeyPair(crypto).publicKey,
      leafNodeSource: "commit",
      parentHash: path.parentHash,
    },
    { groupId: context.groupId, leafIndex },
  );
  tree.setLeaf(leafIndex, leafNode);
  const provisional = { ...context, epoch: context.epoch + 1n, treeHash: tree.treeHash(crypto) };
  const sealed = mls.encryptPath(crypto, tree, path, new Set(), mls.groupContextCodec.encode(provisional));
  const content = change({
    groupId: context.groupId,
    epoch: context.epoch,
    sender: { senderType: "new_member_commit" },
    authenticatedData: new Uint8Array(0),
    contentType: "commit",
    commit: {
      proposals: [
        { type: "proposal", proposal: { proposalType: "external_init", kemOutput: init.kemOutput } },
      ],
      path: { leafNode, nodes: sealed },
    },
  });
  const wireFormat = "mls_public_message";
  const key = signatureKeyPair.privateKey;
  const signature = mls.signContent(crypto, key, wireFormat, content, encodedContext);
  const signed = { wireFormat, content, signature } as const;
  const confirmed = mls.confirmedTranscriptHash(crypto, state.interimTranscriptHash, signed);
  const next = mls.groupContextCodec.encode({ ...provisional, confirmedTranscriptHash: confirmed });
  const joiner = mls.joinerSecret(crypto, init.secret, path.commitSecret, next);
  const secrets = mls.epochSecrets(crypto, mls.memberSecret(crypto, joiner, mls.zeroSecret()), next);
  const confirmationTag = mls.confirmationTag(crypto, secrets.confirmation.bytes, confirmed);
  return {
    commit: mls.encodePublicMessage({ content, auth: { signature, confirmationTag } }),
    leafIndex,
    epochAuthenticator: secrets.authentication.bytes,
  };
}
