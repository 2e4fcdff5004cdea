// What the session makes of MLS messages (E25–E30): expected outcomes are values.

import type { MlsErrorCode } from "@puredave/mls";

/**
 * Why a message was refused, ignored or has to wait; MLS faults keep the code of their `MlsError`.
 */
export type SessionReason =
  | MlsErrorCode
  /** There is no group (yet). Remedy: none; op 4 or op 24 starts one. */
  | "no-group"
  /**
   * Op 27 whose operation byte, vector or messages cannot be read. Remedy: none; the message changed nothing.
   */
  | "malformed-proposals"
  /** A proposal that is no PublicMessage from external sender 0. Remedy: none; only the gateway proposes. */
  | "not-from-external-sender"
  /** A proposal other than Add and Remove. Remedy: none; it is never committed. */
  | "proposal-not-allowed"
  /** A credential that is not basic with an 8-byte user id. Remedy: none; it is never committed. */
  | "credential-not-allowed"
  /**
   * An Add of a user that op 11 has not named. Remedy: none; it is taken up when op 11 names the user. A gateway
   * that never does is to be distrusted.
   */
  | "unrecognized-user"
  /** A revoked reference that is not queued. Remedy: none; the message changed nothing. */
  | "unknown-proposal-ref"
  /** The queue holds a Remove of ourselves. Remedy: none; another member commits it. */
  | "removes-self"
  /**
   * The queue holds two Removes of one leaf. Remedy: none; another op 27 revokes one, or a commit ends the epoch.
   */
  | "double-remove"
  /**
   * More proposals in one epoch than any call needs (4096). Remedy: none; the message changed nothing, and the next
   * epoch counts anew. A gateway that does this is to be distrusted.
   */
  | "too-many-proposals"
  /**
   * More commits of ours in one epoch than any call needs (256, or 32 768 sealed secrets). Remedy: none; another
   * member commits, and the next epoch counts anew.
   */
  | "too-many-commits"
  /** A user would be in the group twice. Remedy: none; it is not committed as it is. */
  | "duplicate-identity"
  /**
   * Another's commit while we only hold a pending group. Remedy: none; a welcome for us follows, or a recovery.
   */
  | "pending-group"
  /** No MLSMessage, no PublicMessage or no commit. Remedy: none; a recovery follows. */
  | "not-a-commit"
  /** A welcome into epoch 0, which nobody shares. Remedy: none; a recovery follows. */
  | "epoch-zero"
  /**
   * A commit or welcome for another group. Remedy: none; check `channelId` (Go Live: `rtc_server_id` − 1) if it
   * happens always.
   */
  | "other-group"
  /** A commit of an epoch that is over. Remedy: none; the message changed nothing. */
  | "past-epoch"
  /**
   * A commit, or correctly signed proposals, of an epoch that we have not reached: a commit was lost. Remedy: none; a
   * recovery follows.
   */
  | "future-epoch"
  /** A commit that carries a proposal by value. Remedy: none; a recovery follows. */
  | "proposals-by-value"
  /** A commit without proposals. Remedy: none; a recovery follows. */
  | "no-proposals"
  /** A commit whose sender is no member. Remedy: none; a recovery follows. */
  | "not-a-member"
  /** The committer's new leaf has another credential or signature key. Remedy: none; a recovery follows. */
  | "leaf-identity-changed"
  /**
   * A welcome although we are in a group and no key package of ours is out. Remedy: none; the message changed
   * nothing.
   */
  | "already-joined"
  /** Bytes that are no Welcome. Remedy: none; a recovery follows. */
  | "not-a-welcome"
  /**
   * A welcome for an older key package of ours or for none of ours. Remedy: none; a recovery follows unless the
   * right one comes within 5 s.
   */
  | "not-for-newest-key-package"
  /**
   * A welcome whose extensions are not exactly one external sender, equal to op 25's. Remedy: none; a recovery
   * follows. Somebody else may be proposing members.
   */
  | "external-sender-mismatch";

/** E25: what became of op 25. */
export type ExternalSenderOutcome = {
  /**
   * `stored`: the first one; `unchanged`: the same bytes again; `replaced`: another while pending, the pending group
   * has to be rebuilt; `ignored`: another once established; `invalid`: no bare ExternalSender.
   */
  readonly outcome: "stored" | "unchanged" | "replaced" | "ignored" | "invalid";
};

/** E21, E25: what became of the wish for a pending group. */
export type PendingGroupOutcome =
  /** We are the sole member of a new group at epoch 0. */
  | { readonly outcome: "started" }
  /** `no-external-sender`: op 25 has not come yet. `already-in-group`: there is a group, pending or established. */
  | { readonly outcome: "ignored"; readonly reason: "no-external-sender" | "already-in-group" };

/** E27: what became of proposals that were appended, without the commit of them. */
export type AppendOutcome =
  /**
   * All are queued, and wait to be committed. `copiedKey`: users whose Add, new in the queue, brings a leaf with the
   * public key of a parent of the tree.
   */
  | { readonly outcome: "queued"; readonly copiedKey: readonly string[] }
  /** None is queued: op 11 has not named these users yet. */
  | { readonly outcome: "unrecognized"; readonly userIds: readonly string[] }
  /** None is queued. */
  | { readonly outcome: "rejected"; readonly reason: SessionReason };

/** E27: what became of a revocation. */
export type RevokeOutcome =
  /** None of the named proposals is queued any more. */
  | { readonly outcome: "revoked" }
  /** A named proposal was not queued, so nothing was revoked. */
  | { readonly outcome: "rejected"; readonly reason: SessionReason };

/** A commit of everything queued, as op 28 carries it. */
export interface CommitWelcome {
  /** A commit was made. */
  readonly outcome: "commit";
  /** An MLSMessage holding a PublicMessage. */
  readonly commit: Uint8Array;
  /** A bare Welcome, when the commit adds anyone. */
  readonly welcome: Uint8Array | undefined;
}

/** E27: what became of the wish to commit what is queued. */
export type CommitQueuedOutcome =
  | CommitWelcome
  /** The queue must not be committed as it is: it waits for another op 27, or for another member's commit. */
  | { readonly outcome: "waiting"; readonly reason: SessionReason }
  /** Nothing is queued. */
  | { readonly outcome: "empty" };

/** E27: what became of op 27, and of the commit that follows it. */
export type ProposalsOutcome =
  /** `commitWelcome` is the body of op 28. */
  | (CommitWelcome & { readonly commitWelcome: Uint8Array })
  /** The proposals are queued or revoked, but the queue must not be committed as it is. */
  | { readonly outcome: "waiting"; readonly reason: SessionReason }
  /** Nothing is queued after a revocation. */
  | { readonly outcome: "empty" }
  /** Nothing has changed. `unrecognized`: users whom op 11 has not named. */
  | {
      readonly outcome: "rejected";
      readonly reason: SessionReason;
      readonly unrecognized: readonly string[];
    }
  /** Nothing has changed, as there is no group. */
  | { readonly outcome: "ignored"; readonly reason: SessionReason };

/** Members by user id: 65-byte signature keys. It cannot be changed, and gives copies of the keys. */
export type Roster = ReadonlyMap<string, Uint8Array>;

/** E29: what became of an announced commit. */
export type CommitOutcome =
  /** The group moved on to `epoch`. `own`: the commit was ours. */
  | { readonly outcome: "adopted"; readonly own: boolean; readonly epoch: bigint; readonly roster: Roster }
  /** The commit removes us. */
  | { readonly outcome: "removed" }
  | { readonly outcome: "ignored"; readonly reason: SessionReason }
  | { readonly outcome: "invalid"; readonly reason: SessionReason };

/** E30: what became of a welcome. */
export type WelcomeOutcome =
  /** We are in the group. */
  | {
      readonly outcome: "joined";
      readonly epoch: bigint;
      readonly roster: Roster;
      /** Members that op 11 has not named: accepted and reported (E30). */
      readonly unrecognized: readonly string[];
    }
  | { readonly outcome: "ignored"; readonly reason: SessionReason }
  | { readonly outcome: "invalid"; readonly reason: SessionReason };
