// RFC 9420 §8.2, §12.4 From one epoch to the next: transcript, group context, secrets, private keys.
import type { CryptoProvider } from "../crypto/provider.ts";
import { Secret, type ToWipe } from "../crypto/secret.ts";
import { enforce } from "../errors.ts";
import type { FramedContent, WireFormat } from "../framing/content.ts";
import { type GroupContext, groupContextCodec, LAST_EPOCH } from "../messages/group-context.ts";
import { type EpochSecrets, epochSecrets, joinerSecret, memberSecret } from "../schedule/key-schedule.ts";
import { confirmationTag, confirmedTranscriptHash, interimTranscriptHash } from "../schedule/transcript.ts";
import { leafToNode } from "../tree/math.ts";
import type { ReadonlyTree } from "../tree/ratchet-tree.ts";
import type { GroupState, PrivateKeys, ProvisionalEpoch } from "./state.ts";

/** A commit as far as the transcript covers it. */
export interface SignedCommit {
  readonly wireFormat: WireFormat;
  readonly content: FramedContent;
  readonly signature: Uint8Array;
}

/** §12.4.1 the GroupContext that path secrets are sealed under: new epoch and tree, old transcript. */
export function provisionalContext(draft: ProvisionalEpoch): GroupContext {
  const { context, crypto } = draft.state;
  const { tree, extensions } = draft;
  // The group's epoch is not the last one: a commit leads to the next.
  enforce(context.epoch < LAST_EPOCH, "8.1-1", "wrong-epoch");
  return { ...context, epoch: context.epoch + 1n, treeHash: tree.treeHash(crypto), extensions };
}

/** Everything of an epoch that is not tree or keys. */
export interface Epoch {
  readonly context: GroupContext;
  readonly encodedContext: Uint8Array;
  readonly secrets: EpochSecrets;
  readonly confirmationTag: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
}

/** The part of an epoch that follows from its context and `member` secret. */
export function epochFrom(
  crypto: CryptoProvider,
  toWipe: ToWipe,
  context: GroupContext,
  encodedContext: Uint8Array,
  member: Uint8Array,
): Epoch {
  const secrets = epochSecrets(crypto, member, encodedContext);
  for (const { bytes } of Object.values(secrets)) toWipe(bytes, "if refused");
  const confirmed = context.confirmedTranscriptHash;
  const tag = confirmationTag(crypto, secrets.confirmation.bytes, confirmed);
  const interim = interimTranscriptHash(crypto, confirmed, tag);
  return { context, encodedContext, secrets, confirmationTag: tag, interimTranscriptHash: interim };
}

/** The next epoch after `commit`, and the secrets that a Welcome to it is made of. */
export function nextEpoch(
  draft: ProvisionalEpoch,
  commit: SignedCommit,
  commitSecret: Uint8Array,
): { epoch: Epoch; joiner: Uint8Array; member: Uint8Array } {
  const { toWipe, initSecret, pskSecret } = draft;
  const { crypto, interimTranscriptHash: interim } = draft.state;
  const confirmed = confirmedTranscriptHash(crypto, interim, commit);
  const context = { ...provisionalContext(draft), confirmedTranscriptHash: confirmed };
  const encoded = groupContextCodec.encode(context);
  const joiner = toWipe(joinerSecret(crypto, initSecret, commitSecret, encoded));
  const member = toWipe(memberSecret(crypto, joiner, pskSecret));
  return { epoch: epochFrom(crypto, toWipe, context, encoded, member), joiner, member };
}

/** Private keys that still belong to the new tree, shared with the old state, and `fresh` ones. */
export function carryKeys(
  old: PrivateKeys,
  before: ReadonlyTree,
  after: ReadonlyTree,
  fresh: ReadonlyMap<number, Uint8Array>,
): PrivateKeys {
  const keys = new Map<number, Secret<"hpke">>();
  for (const [node, key] of old) {
    // a node of a path or an Update has another key: what is fresh has no old holder
    const same = !after.isBlank(node) && after.encryptionKey(node) === before.encryptionKey(node);
    if (same) keys.set(node, key.retain());
  }
  for (const [node, bytes] of fresh) keys.set(node, new Secret<"hpke">(bytes));
  return keys;
}

/** The state after a commit that was accepted. */
export function nextState(draft: ProvisionalEpoch, epoch: Epoch, fresh: Map<number, Uint8Array>): GroupState {
  const { state, tree, ownLeafKey, reInit } = draft;
  if (ownLeafKey) fresh.set(leafToNode(state.ownLeaf), ownLeafKey);
  return {
    ...state,
    ...epoch,
    tree,
    signatureKey: state.signatureKey.retain(),
    privateKeys: carryKeys(state.privateKeys, state.tree, tree, fresh),
    received: new WeakSet(),
    ...(reInit && { reInit }),
  };
}
