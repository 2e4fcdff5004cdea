// E27: the epoch's proposal queue and every commit of ours that may still win.

import { type CachedProposal, equalBytes, type Group, hex } from "@puredave/mls";
import { attempt } from "./attempt.ts";
import type { AppendOutcome, CommitQueuedOutcome } from "./outcomes.ts";
import { judgeProposals, queueFault } from "./proposals.ts";

/** Own commits kept in one epoch; the gateway would have to send more op 27s than this for the oldest to go. */
const MAX_OWN_COMMITS = 256;

export interface OwnCommit {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  /** The state that adopting it leads to (MLS-08). */
  readonly next: Group;
}

/** What one epoch has gathered; emptied when the group moves on. */
export class CommitQueue {
  #proposals: readonly CachedProposal[] = [];
  #own: readonly OwnCommit[] = [];
  /** The one of them that commits the queue as it is now. */
  #offered: OwnCommit | undefined;

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
  append(group: Group, messages: readonly Uint8Array[], recognized: ReadonlySet<string>): AppendOutcome {
    const judged = judgeProposals(group, messages, recognized);
    if (judged.outcome !== "valid") return judged;
    // the same proposal again changes nothing (M11)
    const all = [...this.#proposals, ...judged.proposals];
    this.#set([...new Map(all.map((proposal) => [proposal.refHex, proposal])).values()]);
    return { outcome: "queued" };
  }

  /** An unknown reference rejects the message. */
  revoke(refs: readonly Uint8Array[]): AppendOutcome {
    const revoked = new Set(refs.map(hex));
    for (const ref of revoked)
      if (!this.has(ref)) return { outcome: "rejected", reason: "unknown-proposal-ref" };
    this.#set(this.#proposals.filter(({ refHex }) => !revoked.has(refHex)));
    return { outcome: "queued" };
  }

  #set(proposals: readonly CachedProposal[]): void {
    this.#proposals = proposals;
    this.#offered = undefined;
  }

  /** Commits everything queued; `group` stays as it is. */
  commit(group: Group): CommitQueuedOutcome {
    if (this.#proposals.length === 0) return { outcome: "empty" };
    const fault = queueFault(group, this.#proposals);
    if (fault !== undefined) return { outcome: "queued", reason: fault };
    const made = attempt(() => group.commit(this.#proposals));
    if (!made.ok) return { outcome: "queued", reason: made.code };
    const { commit, welcome, group: next } = made.value;
    this.#offered = { commit, welcome, next };
    const own = [...this.#own, this.#offered];
    for (const old of own.slice(0, -MAX_OWN_COMMITS)) old.next.dispose();
    this.#own = own.slice(-MAX_OWN_COMMITS);
    // Copies: the bytes kept here are compared with what the gateway announces (MLS-08).
    return { outcome: "commit", commit: commit.slice(), welcome: welcome?.slice() };
  }

  /** One commit of the epoch has been announced, or the group is gone: every state but the adopted one goes. */
  clear(adopted: Group | undefined): void {
    for (const { next } of this.#own) if (next !== adopted) next.dispose();
    this.#own = [];
    this.#set([]);
  }
}
