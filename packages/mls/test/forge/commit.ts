// Commits with something broken inside and everything around it right: signature, membership tag, confirmation tag.
import * as mls from "../../src/internals.ts";

type LeafContent = Parameters<typeof mls.signLeafNode>[2];

/** Where a commit may be changed while it is made; each hook sees what an honest member would have made. */
export interface CommitHooks {
  /** What the commit lists; default nothing. */
  readonly proposals?: readonly mls.ProposalOrRef[];
  /** Applies the proposals, without any check; returns added leaves. */
  readonly apply?: (tree: mls.RatchetTree) => readonly number[] | undefined;
  readonly extensions?: readonly mls.Extension[];
  /** Default true. */
  readonly withPath?: boolean;
  readonly leaf?: (leaf: LeafContent) => LeafContent;
  readonly signedLeaf?: (leaf: mls.LeafNode) => mls.LeafNode;
  /** Changes key pairs of the path before they enter the tree. */
  readonly nodeKeys?: (keys: mls.KeyPair[]) => mls.KeyPair[];
  /** Changes the path after sealing, before signing. */
  readonly path?: (path: mls.UpdatePath) => mls.UpdatePath;
  readonly content?: (content: mls.FramedContent) => mls.FramedContent;
  readonly signature?: (signature: Uint8Array) => Uint8Array;
  readonly confirmationTag?: (tag: Uint8Array) => Uint8Array;
  readonly membershipTag?: (tag: Uint8Array) => Uint8Array;
  readonly initSecret?: Uint8Array;
  /** The path secret that is sealed, where it differs from the one the keys come from. */
  readonly sealedSecret?: (secret: Uint8Array, index: number) => Uint8Array;
}

const same = <T>(value: T) => value;

export function forgeCommit(group: { readonly state: mls.GroupState }, hooks: CommitHooks): Uint8Array {
  const { state } = group;
  const { crypto, context, encodedContext } = state;
  const tree = state.tree.clone();
  const added = new Set(hooks.apply?.(tree) ?? []);
  const extensions = hooks.extensions ?? context.extensions;
  const provisional = () => ({
    ...context,
    // after the last epoch there is none: the number begins anew
    epoch: BigInt.asUintN(64, context.epoch + 1n),
    treeHash: tree.treeHash(crypto),
    extensions,
  });
  const made =
    hooks.withPath === false
      ? { commitSecret: mls.zeroSecret() }
      : forgePath(state, tree, added, hooks, () => mls.groupContextCodec.encode(provisional()));
  const path = "path" in made ? { path: made.path } : {};
  const content = (hooks.content ?? same)({
    groupId: context.groupId,
    epoch: context.epoch,
    sender: { senderType: "member", leafIndex: state.ownLeaf },
    authenticatedData: new Uint8Array(0),
    contentType: "commit",
    commit: { proposals: hooks.proposals ?? [], ...path },
  });
  const wireFormat = "mls_public_message";
  const key = state.signatureKey.bytes;
  const signature = (hooks.signature ?? same)(
    mls.signContent(crypto, key, wireFormat, content, encodedContext),
  );
  const confirmed = mls.confirmedTranscriptHash(crypto, state.interimTranscriptHash, {
    wireFormat,
    content,
    signature,
  });
  const next = mls.groupContextCodec.encode({ ...provisional(), confirmedTranscriptHash: confirmed });
  const init = hooks.initSecret ?? state.secrets.init.bytes;
  const joiner = mls.joinerSecret(crypto, init, made.commitSecret, next);
  const secrets = mls.epochSecrets(crypto, mls.memberSecret(crypto, joiner, mls.zeroSecret()), next);
  const tag = mls.confirmationTag(crypto, secrets.confirmation.bytes, confirmed);
  return sealPublic(state, content, signature, (hooks.confirmationTag ?? same)(tag), hooks.membershipTag);
}

function sealPublic(
  state: mls.GroupState,
  content: mls.FramedContent,
  signature: Uint8Array,
  confirmationTag: Uint8Array | undefined,
  changeTag: (tag: Uint8Array) => Uint8Array = same,
): Uint8Array {
  const auth = { signature, ...(content.contentType === "commit" && confirmationTag && { confirmationTag }) };
  const message = { content, auth };
  const key = state.secrets.membership.bytes;
  const tag = mls.membershipTag(state.crypto, key, mls.authenticated(message), state.encodedContext);
  return mls.encodePublicMessage({ ...message, membershipTag: changeTag(tag) });
}

function forgePath(
  state: mls.GroupState,
  tree: mls.RatchetTree,
  added: ReadonlySet<number>,
  hooks: CommitHooks,
  provisional: () => Uint8Array,
): { path: mls.UpdatePath; commitSecret: Uint8Array } {
  const { crypto, context, ownLeaf } = state;
  const leafPair = mls.generateKeyPair(crypto);
  const steps = tree.filteredDirectPath(ownLeaf);
  const derived = mls.derivePathSecrets(crypto, same, crypto.randomBytes(32), steps.length);
  const keyPairs = (hooks.nodeKeys ?? same)([...derived.keyPairs]);
  const keys = keyPairs.map((pair) => pair.publicKey);
  const parentHash = mls.setFilteredPath(crypto, tree, ownLeaf, steps, keys);
  const { encryptionKey: _, signature: __, ...rest } = state.tree.leaf(ownLeaf)!;
  const content: LeafContent = {
    ...rest,
    encryptionKey: leafPair.publicKey,
    leafNodeSource: "commit",
    parentHash,
  };
  const place = { groupId: context.groupId, leafIndex: ownLeaf };
  const changed = (hooks.leaf ?? same)(content);
  const leafNode = (hooks.signedLeaf ?? same)(
    mls.signLeafNode(crypto, state.signatureKey.bytes, changed, place),
  );
  tree.setLeaf(ownLeaf, leafNode);
  const secrets = derived.secrets.map((secret, i) => (hooks.sealedSecret ?? same)(secret, i));
  const created = { ...derived, secrets, keyPairs, steps, parentHash };
  const nodes = mls.encryptPath(crypto, tree, created, added, provisional());
  return { path: (hooks.path ?? same)({ leafNode, nodes }), commitSecret: derived.commitSecret };
}

/** A proposal of a member, changed on the way. */
export function forgeProposal(
  group: { readonly state: mls.GroupState },
  proposal: mls.Proposal,
  hooks: Pick<CommitHooks, "content" | "signature" | "membershipTag"> = {},
): Uint8Array {
  const { state } = group;
  const content = (hooks.content ?? same)({
    groupId: state.context.groupId,
    epoch: state.context.epoch,
    sender: { senderType: "member", leafIndex: state.ownLeaf },
    authenticatedData: new Uint8Array(0),
    contentType: "proposal",
    proposal,
  });
  const signature = mls.signContent(
    state.crypto,
    state.signatureKey.bytes,
    "mls_public_message",
    content,
    state.encodedContext,
  );
  return sealPublic(state, content, (hooks.signature ?? same)(signature), undefined, hooks.membershipTag);
}

/** A message of a sender that is no member, signed with `privateKey`; no membership tag. */
export function forgeOutside(
  group: { readonly state: mls.GroupState },
  privateKey: Uint8Array,
  sender: mls.Sender,
  body: object,
  confirmationTag?: Uint8Array,
): Uint8Array {
  const { crypto, context, encodedContext } = group.state;
  const content = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticatedData: new Uint8Array(0),
    ...body,
  } as mls.FramedContent;
  const signature = mls.signContent(crypto, privateKey, "mls_public_message", content, encodedContext);
  const auth = { signature, ...(confirmationTag && { confirmationTag }) };
  return mls.encodePublicMessage({ content, auth });
}
