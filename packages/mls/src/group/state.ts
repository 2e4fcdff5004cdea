// RFC 9420 §8, §12.4 The state of a group at one epoch, an immutable value; and the draft of the next one.

import type { CryptoProvider } from "../crypto/provider.ts";
import type { Secret, ToWipe } from "../crypto/secret.ts";
import type { Sender } from "../framing/content.ts";
import type { PrivateMessage } from "../framing/message.ts";
import type { OpenedPrivate } from "../framing/private-message.ts";
import type { Commit } from "../messages/commit.ts";
import type { Extension } from "../messages/extension.ts";
import type { GroupContext } from "../messages/group-context.ts";
import type { KeyPackage } from "../messages/key-package.ts";
import type { PreSharedKeyId, Proposal, ProposalType, ReInit } from "../messages/proposal.ts";
import type { EpochSecrets } from "../schedule/key-schedule.ts";
import type { LeafPolicy } from "../tree/leaf-node.ts";
import { leafToNode } from "../tree/math.ts";
import type { LeafNode } from "../tree/nodes.ts";
import type { RatchetTree, ReadonlyTree } from "../tree/ratchet-tree.ts";

/** A proposal that was received and verified in this epoch. */
export interface CachedProposal {
  /** ProposalRef, 32 bytes. */
  readonly ref: Uint8Array;
  /** The same in lowercase hexadecimal, 64 digits. */
  readonly refHex: string;
  /** What is proposed. */
  readonly proposal: Proposal;
  /** Who proposed it. */
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
  /** Key packages found valid in this group, by reference: shared by all its epochs, none is verified twice. */
  readonly verified: Set<string>;
  /** §12.1.5 set once a ReInit was committed: the group is at its end. */
  readonly reInit?: ReInit;
}

export function ownLeafNode(state: GroupState): LeafNode {
  return state.tree.leaf(state.ownLeaf)!;
}

/** Our private key at a node, as bytes; of our leaf the one that an Update in the draft brings. */
export const privateKeyAt =
  ({ state, ownLeafKey }: ProvisionalEpoch) =>
  (node: number): Uint8Array | undefined =>
    (node === leafToNode(state.ownLeaf) ? ownLeafKey : undefined) ?? state.privateKeys.get(node)?.bytes;

/** Wipes what belongs to this state alone; keys shared with other states go with the last of them. */
export function closeState(state: GroupState): void {
  for (const secret of Object.values(state.secrets)) secret.release();
  for (const key of state.privateKeys.values()) key.release();
  state.signatureKey.release();
  state.features.close?.(state);
}

/** A proposal of a commit with its sender. */
export interface ProposalEntry {
  readonly proposal: Proposal;
  readonly sender: Sender;
  /** Absent for proposals by value. */
  readonly ref?: Uint8Array;
}

/** §12.3 the epoch in the making: a private copy of the tree, and what the proposals ask for. */
export interface ProvisionalEpoch {
  readonly state: GroupState;
  /** Of the whole commit, made or processed. */
  readonly toWipe: ToWipe;
  readonly entries: readonly ProposalEntry[];
  readonly tree: RatchetTree;
  readonly sender: Sender;
  /** Leaf index of the committer; -1 until a new member has one. */
  committer: number;
  extensions: readonly Extension[];
  readonly added: { readonly leafIndex: number; readonly keyPackage: KeyPackage }[];
  /** Leaves that an Update or Remove has touched. */
  readonly touched: Set<number>;
  readonly removed: Set<number>;
  /** By their encoding; in the order of the commit. */
  readonly psks: Map<string, PreSharedKeyId>;
  pskSecret: Uint8Array;
  initSecret: Uint8Array;
  pathRequired: boolean;
  /** Private key of a leaf of ours that an Update replaces. */
  ownLeafKey?: Uint8Array;
  reInit?: ReInit;
}

/** Validates one proposal by itself (`validate`, at receipt) and applies it (`apply`, in the order of §12.3). */
export interface ProposalHandler<P extends ProposalType = ProposalType> {
  validate(state: GroupState, proposal: Extract<Proposal, { proposalType: P }>, sender: Sender): void;
  apply(
    draft: ProvisionalEpoch,
    proposal: Extract<Proposal, { proposalType: P }>,
    entry: ProposalEntry,
  ): void;
}

/** What a group understands beyond the core. Optional parts, so that bundles leave out what they do not use. */
export interface Features {
  /** Handlers of the proposal types that the group takes, by name. */
  readonly proposals: { readonly [P in ProposalType]?: ProposalHandler<P> };
  /** §6.3 opens PrivateMessages. */
  readonly openPrivate?: (state: GroupState, message: PrivateMessage) => OpenedPrivate;
  /** §8.4 `psk_secret` for a list of ids, in bytes of its own, which are overwritten once used. @throws MlsError `unknown-psk` */
  readonly pskSecret?: (crypto: CryptoProvider, psks: readonly PreSharedKeyId[]) => Uint8Array;
  /** §12.4.3.1 what PSKs in a Welcome ask of the group. */
  readonly validateWelcome?: (psks: readonly PreSharedKeyId[], context: GroupContext) => void;
  /** §12.4.3.2 checks a new member's commit, whose proposals are applied, and finds its leaf. */
  readonly externalCommit?: (draft: ProvisionalEpoch, commit: Commit) => number;
  /** What the application has to say about leaves. */
  readonly policy?: LeafPolicy;
  /** Called when a state is closed. */
  readonly close?: (state: GroupState) => void;
}
