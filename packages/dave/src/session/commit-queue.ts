// E27: the epoch's proposal queue and every commit of ours that may still win.

import { type CachedProposal, type CryptoProvider, equalBytes, type Group, hex } from "@puredave/mls";
import { attempt } from "../attempt.ts";
import { MAX_EPOCH_COMMITS, MAX_EPOCH_SEALS } from "../constants.ts";
import type { AppendOutcome, CommitQueuedOutcome, RevokeOutcome } from "./outcomes.ts";
import { copiesKey, judgeProposals, queueFault, VerifiedProposals } from "./proposals.ts";
import { membersOf } from "./roster.ts";

export interface OwnCommit {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  /** The state that adopting it leads to (MLS-08). */
  readonly next: Group;
  /** The proposals that it commits, in order. */
  readonly refs: string;
}

/** The most that a commit seals: something for each proposal, and for each member where one is removed. */
function sealsOf(group: Group, proposals: readonly CachedProposal[]): number {
  const removes = proposals.some(({ proposal }) => proposal.proposalType === "remove");
  return proposals.length + (removes ? membersOf(group).length : 0);
}

/** What one epoch has gathered; emptied when the group moves on. */
export class CommitQueue {
  readonly #crypto: CryptoProvider;
  #proposals: readonly CachedProposal[] = [];
  #own: readonly OwnCommit[] = [];
  /** The one of them that commits the queue as it is now. */
  #offered: OwnCommit | undefined;
  #verified: VerifiedProposals;
  #seals = 0;

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
    this.#verified = new VerifiedProposals(crypto);
  }

  get proposals(): readonly CachedProposal[] {
    return this.#proposals;
  }

  /** Our newest commit, unless a later op 27 has superseded it (O3). */
  get offered(): OwnCommit | undefined {
    return this.#offered;
  }

  /** Whether one of our commits may still be announced (E29). */
  get hasCommitted(): boolean {
    return this.#own.length > 0;
  }

  /** The commit of ours that these bytes are. */
  ownCommit(bytes: Uint8Array): OwnCommit | undefined {
    return this.#own.find(({ commit }) => equalBytes(commit, bytes));
  }

  has(refHex: string): boolean {
    return this.#proposals.some((proposal) => proposal.refHex === refHex);
  }

  /** All messages are queued, or none. */
  append(
    group: Group,
    messages: readonly Uint8Array[],
    recognized: (userId: string) => boolean,
  ): AppendOutcome {
    const judged = judgeProposals(group, messages, recognized, this.#verified);
    if (judged.outcome !== "valid") return judged;
    // the same proposal again changes nothing (M11)
    const all = [...this.#proposals, ...judged.proposals];
    const copying = judged.proposals.filter(({ refHex }) => !this.has(refHex)).map(copiesKey(group));
    this.#set([...new Map(all.map((proposal) => [proposal.refHex, proposal])).values()]);
    return { outcome: "queued", copiedKey: copying.filter((userId) => userId !== undefined) };
  }

  /** An unknown reference rejects the message. */
  revoke(refs: readonly Uint8Array[]): RevokeOutcome {
    const revoked = new Set(refs.map(hex));
    for (const ref of revoked)
      if (!this.has(ref)) return { outcome: "rejected", reason: "unknown-proposal-ref" };
    this.#set(this.#proposals.filter(({ refHex }) => !revoked.has(refHex)));
    return { outcome: "revoked" };
  }

  #set(proposals: readonly CachedProposal[]): void {
    this.#proposals = proposals;
    this.#offered = undefined;
  }

  /** Commits everything queued; `group` stays as it is. What was committed before in this epoch is not committed anew. */
  commit(group: Group): CommitQueuedOutcome {
    if (this.#proposals.length === 0) return { outcome: "empty" };
    const refs = this.#proposals.map(({ refHex }) => refHex).join();
    const before = this.#own.find((own) => own.refs === refs);
    if (before !== undefined) return this.#offer(before);
    const fault = queueFault(group, this.#proposals) ?? this.#spend(sealsOf(group, this.#proposals));
    if (fault !== undefined) return { outcome: "waiting", reason: fault };
    const made = attempt(() => group.commit(this.#proposals));
    if (made.outcome === "refused") return { outcome: "waiting", reason: made.reason };
    const { commit, welcome, group: next } = made.value;
    const own = { commit, welcome, next, refs };
    this.#own = [...this.#own, own];
    return this.#offer(own);
  }

  #offer(own: OwnCommit): CommitQueuedOutcome {
    this.#offered = own;
    // Copies: the bytes kept here are compared with what the gateway announces (MLS-08).
    return { outcome: "commit", commit: own.commit.slice(), welcome: own.welcome?.slice() };
  }

  /** The work of one epoch is bounded, however many op 27s come. */
  #spend(seals: number): "too-many-commits" | undefined {
    this.#seals += seals;
    const tooMany = this.#own.length >= MAX_EPOCH_COMMITS || this.#seals > MAX_EPOCH_SEALS;
    return tooMany ? "too-many-commits" : undefined;
  }

  /** One commit of the epoch has been announced, or the group is gone: every state but the adopted one goes. */
  clear(adopted: Group | undefined): void {
    for (const { next } of this.#own) if (next !== adopted) next.close();
    this.#own = [];
    this.#verified = new VerifiedProposals(this.#crypto);
    this.#seals = 0;
    this.#set([]);
  }
}
