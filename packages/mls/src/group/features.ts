// What a group understands beyond Add and Remove in PublicMessages. Optional, so that bundles leave out what they do not use.
import type { AuthenticatedContent, Sender } from "../framing/content.ts";
import type { PrivateMessage } from "../framing/message.ts";
import type { UpdatePath } from "../messages/commit.ts";
import type { Extension } from "../messages/extension.ts";
import type { KeyPackage } from "../messages/key-package.ts";
import type { PreSharedKeyId, Proposal, ProposalType, ReInit } from "../messages/proposal.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import type { GroupState } from "./state.ts";

/** A proposal of a commit with its sender. */
export interface ProposalEntry {
  readonly proposal: Proposal;
  readonly sender: Sender;
  /** Absent for proposals by value. */
  readonly ref?: Uint8Array;
}

/** §12.3 the epoch in the making: a private copy of the tree, and what the proposals ask for. */
export interface Draft {
  readonly state: GroupState;
  readonly entries: readonly ProposalEntry[];
  readonly tree: RatchetTree;
  /** Leaf index of the committer. */
  readonly committer: number;
  extensions: readonly Extension[];
  readonly added: { readonly leafIndex: number; readonly keyPackage: KeyPackage }[];
  /** Leaves that an Update or Remove has touched. */
  readonly touched: Set<number>;
  readonly removed: Set<number>;
  readonly psks: PreSharedKeyId[];
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
  apply(draft: Draft, proposal: Extract<Proposal, { proposalType: P }>, entry: ProposalEntry): void;
}

export interface Features {
  readonly proposals: { readonly [P in ProposalType]?: ProposalHandler<P> };
  /** §6.3 opens PrivateMessages. */
  readonly openPrivate?: (state: GroupState, message: PrivateMessage) => AuthenticatedContent;
  /** §8.4 `psk_secret` for a list of ids; throws `unknown-psk`. */
  readonly pskSecret?: (psks: readonly PreSharedKeyId[]) => Uint8Array;
  /** §12.4.3.2 places a new member's leaf and gives its index. */
  readonly externalCommit?: (draft: Omit<Draft, "committer">, path: UpdatePath | undefined) => number;
}
