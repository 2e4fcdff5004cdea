// E29, E30: pure checks of commits and welcomes. They return the next group or why not; DaveSession stores the result.

import { type CryptoProvider, Group, hex, type KeyPackageBundle } from "@puredave/mls";
import { attempt } from "../attempt.ts";
import type { CommitQueue } from "./commit-queue.ts";
import type { CommitOutcome, SessionReason, WelcomeOutcome } from "./outcomes.ts";
import { commitFault, commitPlace, joinedFault, readCommit, rosterFault } from "./validity.ts";

/** Where an announced commit leads. */
export type JudgedCommit =
  | Exclude<CommitOutcome, { outcome: "adopted" }>
  | { readonly outcome: "next"; readonly group: Group; readonly own: boolean };

const invalid = (reason: SessionReason): JudgedCommit => ({ outcome: "invalid", reason });

/** E29: an announced commit, an MLSMessage; `group` and `queue` stay as they are. */
export function judgeCommit(group: Group, bytes: Uint8Array, queue: CommitQueue): JudgedCommit {
  const own = queue.ownCommit(bytes);
  if (group.epoch === 0n)
    return own === undefined
      ? { outcome: "ignored", reason: "pending-group" }
      : { outcome: "next", group: own.next, own: true };
  const read = readCommit(bytes);
  if (read === undefined) return invalid("not-a-commit");
  const elsewhere = commitPlace(group, read);
  if (elsewhere !== undefined) return elsewhere;
  if (own !== undefined) return { outcome: "next", group: own.next, own: true };
  const fault = commitFault(group, read);
  if (fault !== undefined) return invalid(fault);
  const processed = attempt(() => group.processCommit(bytes, queue.proposals));
  if (processed.outcome === "refused") return invalid(processed.reason);
  if (processed.value.outcome === "removed") return { outcome: "removed" };
  const next = processed.value.group;
  const unfit = rosterFault(next);
  if (unfit === undefined) return { outcome: "next", group: next, own: false };
  next.close();
  return invalid(unfit);
}

/** E27: whether a commit of the group's epoch refers to one of these proposals (by the hex of their references). */
export function commitRefersTo(group: Group, bytes: Uint8Array, refs: ReadonlySet<string>): boolean {
  const read = readCommit(bytes);
  if (read === undefined || commitPlace(group, read) !== undefined) return false;
  return read.commit.proposals.some((item) => item.type === "reference" && refs.has(hex(item.reference)));
}

/** Where a welcome leads. */
export type JudgedWelcome =
  | Extract<WelcomeOutcome, { outcome: "invalid" }>
  | { readonly outcome: "next"; readonly group: Group };

/** E30: the group that a bare Welcome leads into, or why it must not be entered. */
export function judgeWelcome(
  crypto: CryptoProvider,
  input: {
    readonly welcome: Uint8Array;
    readonly keyPackage: KeyPackageBundle;
    readonly groupId: Uint8Array;
    readonly externalSender: Uint8Array | undefined;
  },
): JudgedWelcome {
  const { welcome, keyPackage, groupId, externalSender } = input;
  const joined = attempt(() => Group.join(crypto, { welcome, keyPackage }));
  if (joined.outcome === "refused") return { outcome: "invalid", reason: joined.reason };
  const fault = joinedFault(joined.value, groupId, externalSender);
  if (fault === undefined) return { outcome: "next", group: joined.value };
  joined.value.close();
  return { outcome: "invalid", reason: fault };
}
