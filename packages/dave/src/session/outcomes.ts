// What the session makes of MLS messages (E25–E30): expected outcomes are values.

import type { MlsErrorCode } from "@puredave/mls";

/** Why a message was refused, ignored or has to wait; MLS faults keep the code of their `MlsError`. */
export type SessionReason =
  | MlsErrorCode
  /** There is no group (yet). */
  | "no-group"
  /** Op 27 whose operation byte, vector or messages cannot be read. */
  | "malformed-proposals"
  /** A proposal that is no PublicMessage from external sender 0. */
  | "not-from-external-sender"
  /** A proposal other than Add and Remove. */
  | "proposal-not-allowed"
  /** A credential that is not basic with an 8-byte user id. */
  | "credential-not-allowed"
  /** An Add of a user that op 11 has not named. */
  | "unrecognized-user"
  /** A revoked reference that is not queued. */
  | "unknown-proposal-ref"
  /** The queue holds a Remove of ourselves. */
  | "removes-self"
  /** The queue holds two Removes of one leaf. */
  | "double-remove"
  /** A user would be in the group twice. */
  | "duplicate-identity"
  /** Another's commit while we only hold a pending group. */
  | "pending-group"
  /** No MLSMessage, no PublicMessage or no commit. */
  | "not-a-commit"
  /** A welcome into epoch 0, which nobody shares. */
  | "epoch-zero"
  /** A commit for another group. */
  | "other-group"
  /** A commit of an epoch that is over. */
  | "past-epoch"
  /** A commit of an epoch that we have not reached. */
  | "future-epoch"
  /** A commit without proposals, or with one by value. */
  | "proposals-by-value"
  | "no-proposals"
  /** A commit whose sender is no member. */
  | "not-a-member"
  /** The committer's new leaf has another credential or signature key. */
  | "leaf-identity-changed"
  /** A welcome although we are in a group and no key package of ours is out. */
  | "already-joined"
  /** Bytes that are no Welcome. */
  | "not-a-welcome"
  /** A welcome for an older key package of ours or for none of ours. */
  | "not-for-newest-key-package"
  /** A welcome whose extensions are not exactly one external sender, equal to op 25's. */
  | "external-sender-mismatch";

/** E25: what became of op 25. */
export type ExternalSenderOutcome = {
  /**
   * `stored`: the first one; `unchanged`: the same bytes again; `replaced`: another while pending, the pending group
   * has to be rebuilt; `ignored`: another once established; `invalid`: no bare ExternalSender.
   */
  readonly outcome: "stored" | "unchanged" | "replaced" | "ignored" | "invalid";
};

export type AppendOutcome =
  | { readonly outcome: "queued" }
  | { readonly outcome: "unrecognized"; readonly userIds: readonly string[] }
  | { readonly outcome: "rejected"; readonly reason: SessionReason };

/** A commit of everything queued, as op 28 carries it. */
export interface CommitWelcome {
  readonly outcome: "commit";
  /** An MLSMessage holding a PublicMessage. */
  readonly commit: Uint8Array;
  /** A bare Welcome, when the commit adds anyone. */
  readonly welcome: Uint8Array | undefined;
}

/**
 * E27: the commit of what is queued; `queued`: it must not be committed as it is, and why; `empty`: nothing is queued.
 */
export type CommitQueuedOutcome =
  | CommitWelcome
  | { readonly outcome: "queued"; readonly reason: SessionReason }
  | { readonly outcome: "empty" };

/**
 * E27: what became of op 27. With `commit`, `commitWelcome` is the body of op 28; `unrecognized`: users nobody has named.
 */
export type ProposalsOutcome =
  /** `commitWelcome` is the body of op 28. */
  | (CommitWelcome & { readonly commitWelcome: Uint8Array })
  | { readonly outcome: "queued"; readonly reason: SessionReason | undefined }
  | {
      readonly outcome: "rejected";
      readonly reason: SessionReason;
      readonly unrecognized: readonly string[];
    }
  | { readonly outcome: "ignored"; readonly reason: SessionReason };

/** Members by user id: 65-byte signature keys; in changes, an empty key says *removed*. */
export type Roster = ReadonlyMap<string, Uint8Array>;

/** E29: what became of an announced commit. `adopted`: the group moved, `changes` says who came and went. */
export type CommitOutcome =
  | { readonly outcome: "adopted"; readonly own: boolean; readonly epoch: bigint; readonly changes: Roster }
  | { readonly outcome: "removed" }
  | { readonly outcome: "ignored"; readonly reason: SessionReason }
  | { readonly outcome: "invalid"; readonly reason: SessionReason };

/** E30: what became of a welcome. `joined`: the group is there. */
export type WelcomeOutcome =
  | {
      readonly outcome: "joined";
      readonly epoch: bigint;
      readonly roster: Roster;
      /** Members that op 11 has not named: accepted and reported (E30). */
      readonly unrecognized: readonly string[];
    }
  | { readonly outcome: "ignored"; readonly reason: SessionReason }
  | { readonly outcome: "invalid"; readonly reason: SessionReason };
