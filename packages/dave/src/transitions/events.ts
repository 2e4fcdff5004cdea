// §3 What can happen to a session's media, and what is to be done about it. Plain data both.

import type { KeySet, KeySetId, TransitionState } from "./state.ts";

/** Inputs of the transition function: gateway opcodes as the session judged them, the group, the clock, the caller. */
export type TransitionEvent =
  /** A new identify, not a resume (E4). */
  | { readonly type: "identify" }
  | { readonly type: "select-version"; readonly version: number }
  /** O3: the websocket is gone. */
  | { readonly type: "connection-lost" }
  /** O3: op 9. */
  | { readonly type: "resumed" }
  /** Op 11, without ourselves: we are always recognised. */
  | { readonly type: "connect"; readonly userIds: readonly string[] }
  /** Op 13 of another. */
  | { readonly type: "disconnect"; readonly userId: string }
  | { readonly type: "prepare"; readonly version: number; readonly id: number }
  | { readonly type: "execute"; readonly id: number }
  | { readonly type: "prepare-epoch"; readonly version: number; readonly epoch: bigint }
  /** A pending group was built: after a reset, or once op 25 was there. */
  | { readonly type: "pending-group"; readonly keySet: KeySet }
  /** A valid commit (29) or welcome (30), own ones too. */
  | { readonly type: "adopted"; readonly id: number; readonly keySet: KeySet }
  /** A commit that removes us (E29). */
  | { readonly type: "removed"; readonly id: number; readonly keyPackageWaits: boolean }
  /** An invalid commit or welcome. */
  | { readonly type: "invalid"; readonly id: number }
  /** Pending group only: another's commit, while one of ours had been sent (E29). */
  | { readonly type: "foreign-commit"; readonly id: number }
  /** A welcome for an older key package or for none of ours (E30). */
  | { readonly type: "stale-welcome"; readonly id: number }
  /** A 29 or 30 that changes no group. Its id counts as the last announced one (E31). */
  | { readonly type: "announced"; readonly id: number }
  /** E27: correctly signed proposals of a later epoch. `ownCommit`: whether a commit of ours may still win. */
  | { readonly type: "future-proposals"; readonly ownCommit: boolean }
  /** E22, E31: a frame has decrypted under these keys. */
  | { readonly type: "decrypted"; readonly keySet: KeySetId }
  /** E31: failing frames have made up the time of {@link TransitionState.deafness}. */
  | { readonly type: "media-deaf" }
  /** The caller asks for a recovery (E31). */
  | { readonly type: "recover" }
  | { readonly type: "tick" };

/**
 * Why a message or call changed nothing.
 */
export type IgnoredReason =
  /**
   * E4: a protocol version above ours in op 4, 21 or 24. Remedy: identify with `max_dave_protocol_version` of
   * `MAX_PROTOCOL_VERSION`; update if the gateway insists.
   */
  | "unsupported-version"
  /** Op 24 for version 0, which has no groups. Remedy: none. */
  | "version-zero-epoch"
  /** E22: op 22 for a transition executed or dropped not long ago. Remedy: none. */
  | "already-finished"
  /** E22: op 22 for a transition nobody has announced; it is remembered for 10 s. Remedy: none. */
  | "not-announced"
  /** `recover()` while version 0 is announced, or before there is a group to recover. Remedy: none. */
  | "nothing-to-recover"
  /** E11: more users than any channel holds. Remedy: none; those above the limit stay unrecognised. */
  | "too-many-users";

/** Outputs of the transition function, to be carried out in order. */
export type TransitionEffect =
  | { readonly type: "send-ready"; readonly id: number }
  | { readonly type: "send-invalid"; readonly id: number }
  | { readonly type: "send-key-package" }
  /** §3: group, queue and own commits go; the key package too unless it waits for its welcome (E29). */
  | { readonly type: "reset-mls"; readonly keepKeyPackage: boolean }
  | { readonly type: "build-pending-group" }
  /** M1: receivers accept these keys in addition; the newest, whatever was installed before. */
  | { readonly type: "install"; readonly keySet: KeySetId }
  /** M3: these keys are accepted up to and including `at`. */
  | { readonly type: "expire"; readonly keySet: KeySetId; readonly at: number }
  /** The keys of one user go at once (E13). */
  | { readonly type: "erase"; readonly keySet: KeySetId; readonly userId: string }
  /** The keys are accepted no more, but may be installed again: their replay state stays (K4). */
  | { readonly type: "retire"; readonly keySet: KeySetId }
  /** Nothing can install these keys again: every secret of them goes. */
  | { readonly type: "forget"; readonly keySet: KeySetId }
  /** M2: what the local sender does from now on. */
  | { readonly type: "switch-sender"; readonly to: KeySetId | "plain" | "none" }
  /** M6: receivers accept plaintext before `until`. */
  | { readonly type: "accept-plaintext"; readonly until: number }
  | { readonly type: "notify"; readonly notice: TransitionNotice };

/** What a caller may want to hear about. */
export type TransitionNotice =
  | {
      readonly type: "transition";
      readonly phase: "prepared" | "executed" | "dropped" | "flagged";
      readonly transitionId: number;
      readonly protocolVersion: number;
      /**
       * Why it was executed, where no op 22 and no id 0 said so. `missing-execute`: others use its keys, or 10 s have
       * passed (E22). `sole-member`: nobody else holds the sender's old key any more (E21); the id is 0 then.
       */
      readonly cause?: "missing-execute" | "sole-member";
    }
  /** M5. `executed` is undefined after a new identify. */
  | {
      readonly type: "version";
      readonly executed: number | undefined;
      readonly previous: number | undefined;
    }
  /** M6 */
  | { readonly type: "plaintext"; readonly accepted: boolean }
  | {
      readonly type: "recovery";
      readonly phase: "scheduled" | "started" | "abandoned";
      readonly transitionId: number;
      readonly delayMs: number;
    }
  | {
      readonly type: "ignored";
      readonly op: number | undefined;
      readonly reason: IgnoredReason;
      readonly transitionId?: number | undefined;
    };

/** The next state and what is to be done, in order. */
export interface Step {
  /** The next state. */
  readonly state: TransitionState;
  /** What is to be done, in order. */
  readonly effects: readonly TransitionEffect[];
}
