// E27 Parked proposal messages, and the messages that wait behind a commit which refers to one of them.

import { type CryptoProvider, hex, proposalRef } from "@puredave/mls";
import { readable } from "../attempt.ts";
import { MAX_PARKED_MESSAGES, MAX_WAITING_MESSAGES, PARKED_COMMIT_MS } from "../constants.ts";
import type { ServerMessage } from "../gateway/opcodes.ts";

type Waiting = Extract<ServerMessage, { op: 21 | 22 | 27 | 29 | 30 }>;
type Commit = Extract<ServerMessage, { op: 29 }>;

/** Opcodes that wait, in order, behind a waiting commit. */
export const waits = (message: ServerMessage): message is Waiting =>
  message.op === 21 || message.op === 22 || message.op === 27 || message.op === 29 || message.op === 30;

interface Parked {
  readonly ref: string;
  readonly bytes: Uint8Array;
}

/** One op 27 append, kept whole until it can be queued whole. */
interface ParkedMessage {
  readonly proposals: readonly Parked[];
  /** Users that op 11 has to name first; undefined: to be judged (again). */
  readonly missing: readonly string[] | undefined;
  /** Whether its missing users have been reported. */
  readonly reported: boolean;
}

/** What came of offering a parked message again. */
export type Retried =
  /** Queued or rejected: it is parked no more. */
  | { readonly outcome: "done" }
  /** Nothing can be said yet: there is no group. */
  | { readonly outcome: "wait" }
  | { readonly outcome: "missing"; readonly userIds: readonly string[] };

/** Append messages whose users nobody has named yet, or that came before op 25. */
export class Parking {
  readonly #crypto: CryptoProvider;
  #messages: readonly ParkedMessage[] = [];
  /** The commit that refers to a parked proposal, and until when it waits. */
  #commit: { readonly message: Commit; readonly until: number } | undefined;
  #behind: readonly Waiting[] = [];

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  get size(): number {
    return this.#messages.length;
  }

  /** Whether a commit waits, and everything of the group behind it. */
  get waiting(): boolean {
    return this.#commit !== undefined;
  }

  get commit(): Commit | undefined {
    return this.#commit?.message;
  }

  get deadline(): number | undefined {
    return this.#commit?.until;
  }

  /** The references of everything parked, as hex. */
  get refs(): ReadonlySet<string> {
    return new Set(this.#messages.flatMap(({ proposals }) => proposals.map(({ ref }) => ref)));
  }

  /** `missing`: users that have been reported. `full` when 64 are parked already: the newest is the one to go. */
  park(messages: readonly Uint8Array[], missing?: readonly string[]): "parked" | "full" | "malformed" {
    if (this.#messages.length >= MAX_PARKED_MESSAGES) return "full";
    const proposals = readable(() =>
      messages.map((bytes) => ({ ref: hex(proposalRef(this.#crypto, bytes)), bytes })),
    );
    if (proposals === undefined) return "malformed";
    this.#messages = [...this.#messages, { proposals, missing, reported: missing !== undefined }];
    return "parked";
  }

  /** Drops named proposals; a message of which nothing is left is gone, the rest of one is judged again. */
  revoke(refs: ReadonlySet<string>): void {
    this.#messages = this.#messages.flatMap((message) => {
      const proposals = message.proposals.filter(({ ref }) => !refs.has(ref));
      if (proposals.length === message.proposals.length) return [message];
      return proposals.length === 0 ? [] : [{ ...message, proposals, missing: undefined }];
    });
  }

  /**
   * Offers every message again that may have become fit: whose missing users are all recognised.
   *
   * @returns users missing from messages whose missing users had not been reported
   */
  retry(
    recognized: (userId: string) => boolean,
    offer: (messages: readonly Uint8Array[]) => Retried,
  ): readonly string[] {
    const before = this.#messages;
    this.#messages = [];
    const strangers: string[] = [];
    this.#messages = before.flatMap((message) => {
      if (message.missing !== undefined && !message.missing.every(recognized)) return [message];
      const retried = offer(message.proposals.map(({ bytes }) => bytes));
      if (retried.outcome === "done") return [];
      if (retried.outcome === "wait") return [message];
      if (!message.reported) strangers.push(...retried.userIds);
      return [{ ...message, missing: retried.userIds, reported: true }];
    });
    return strangers;
  }

  clear(): void {
    this.#messages = [];
  }

  /** A commit refers to something parked: it waits for the missing op 11, 2 s at most. */
  hold(message: Commit, now: number): void {
    this.#commit = { message, until: now + PARKED_COMMIT_MS };
  }

  /** The wait begins anew (O3). */
  restart(now: number): void {
    if (this.#commit !== undefined) this.hold(this.#commit.message, now);
  }

  /** Puts a message behind the waiting commit; false when too many wait already. */
  queue(message: Waiting): boolean {
    if (this.#behind.length >= MAX_WAITING_MESSAGES) return false;
    this.#behind = [...this.#behind, message];
    return true;
  }

  /** Ends the wait: the commit and what waited behind it, in order. */
  release(): { readonly commit: Commit; readonly behind: readonly Waiting[] } | undefined {
    if (this.#commit === undefined) return undefined;
    const released = { commit: this.#commit.message, behind: this.#behind };
    this.#commit = undefined;
    this.#behind = [];
    return released;
  }
}
