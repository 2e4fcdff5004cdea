// RFC 9420 §8, §12.4 The state of a group at one epoch: an immutable value.

import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret } from "../crypto/secret.ts";
import type { Sender } from "../framing/content.ts";
import type { GroupContext } from "../messages/group-context.ts";
import type { Proposal } from "../messages/proposal.ts";
import type { EpochSecrets } from "../schedule/key-schedule.ts";
import type { LeafNode } from "../tree/nodes.ts";
import type { ReadonlyTree } from "../tree/ratchet-tree.ts";
import type { Features } from "./features.ts";

/** A proposal that was received and verified in this epoch. */
export interface CachedProposal {
  /** ProposalRef, 32 bytes. */
  readonly ref: Uint8Array;
  readonly refHex: string;
  readonly proposal: Proposal;
  readonly sender: Sender;
}

export type PrivateKeys = ReadonlyMap<number, Secret<"hpke">>;

export interface GroupState {
  readonly crypto: CryptoProvider;
  readonly features: Features;
  readonly context: GroupContext;
  /** `context`, encoded. */
  readonly encodedContext: Uint8Array;
  readonly tree: ReadonlyTree;
  readonly confirmationTag: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
  readonly secrets: EpochSecrets;
  readonly ownLeaf: number;
  readonly signatureKey: Secret<"signature">;
  /** Private HPKE keys by node index: our leaf's, and those of our ancestors that we know. */
  readonly privateKeys: PrivateKeys;
  /** What `receiveProposal` of this state verified. */
  readonly received: WeakSet<CachedProposal>;
}

export function ownLeafNode(state: GroupState): LeafNode {
  return state.tree.leaf(state.ownLeaf)!;
}

/** Our private key at a node, as bytes. */
export const privateKeyAt =
  (keys: PrivateKeys) =>
  (node: number): Uint8Array | undefined =>
    keys.get(node)?.bytes;

/** Wipes what belongs to this state alone; keys shared with other states go with the last of them. */
export function disposeState(state: GroupState): void {
  for (const secret of Object.values(state.secrets)) secret.release();
  for (const key of state.privateKeys.values()) key.release();
  state.signatureKey.release();
}
