// What a client tells its owner. Every event is plain data without secrets.

import type { DecryptFailure } from "@puredave/frame-crypto";
import { copyOf } from "../bytes.ts";
import { call, type Fault } from "../callbacks.ts";
import type { SessionReason } from "../session/outcomes.ts";
import type { IgnoredReason, TransitionNotice } from "../transitions/events.ts";
import type { LikelyCause } from "./likely-cause.ts";

/** M7: what a call is to its user. */
export type ClientState = "plain" | "negotiating" | "alone" | "encrypted";

/** V4: 30 digits; `stale` while a recovery is under way. */
export interface PrivacyCode {
  /** 30 decimal digits. */
  readonly code: string;
  /** Whether a recovery is under way: the group may be about to change. */
  readonly stale: boolean;
}

type Notice<T extends TransitionNotice["type"]> = Omit<Extract<TransitionNotice, { type: T }>, "type">;

/** Events of {@link DaveClient} by name. */
export interface DaveEvents {
  /** M7, M8: the state, or whether a frame given to `encrypt` now would leave, has changed. Remedy: show the state; go on sending once `ready`. */
  readonly state: { readonly state: ClientState; readonly ready: boolean };
  /** A transition was prepared, executed, dropped or flagged. Remedy: none; for logs. */
  readonly transition: Notice<"transition">;
  /** M5: another protocol version is executed; 0 means plaintext. Remedy: tell the user when the call is no longer encrypted. */
  readonly version: Notice<"version">;
  /** M6: receivers accept plaintext from now on, or no more. Remedy: none; for logs. */
  readonly plaintext: Notice<"plaintext">;
  /** E31: a recovery was scheduled, started, or has become needless. Remedy: none, it runs by itself; report one that repeats for minutes. */
  readonly recovery: Notice<"recovery">;
  /**
   * The MLS group has another epoch: 0 in a pending group, undefined without a group. `members` are those of that
   * group, ourselves included. Remedy: none; for logs.
   */
  readonly epoch: { readonly epoch: bigint | undefined; readonly members: readonly string[] };
  /**
   * Members that came and went, ourselves left out; `unrecognized`: all members that op 11 does not name now (E30).
   * Remedy: show who is in the call; treat members that stay unrecognized as strangers.
   */
  readonly roster: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly unrecognized: readonly string[];
  };
  /**
   * E29: whether we are in the group that we speak to. False after a removal and during a recovery. Remedy: show that
   * nobody may hear us; the way back needs nothing from you.
   */
  readonly group: { readonly inGroup: boolean };
  /**
   * O2: messages of the gateway are missing between two that came; sequence numbers, low 16 bits. Remedy: none, recovery
   * starts where it is needed; if it is told often, give `receive` every message, text and binary.
   */
  readonly messagesMissing: { readonly expected: number; readonly received: number };
  /** V4: the voice privacy code has changed; undefined: there is none. Remedy: show the new one; it is to be compared again. */
  readonly privacyCode: { readonly current: PrivacyCode | undefined };
  /**
   * P4: a user with another key than before, or than the verified one.
   * Remedy: treat the user as unverified; compare pair codes and call `markVerified`.
   */
  readonly verificationKey: { readonly userId: string; readonly publicKey: Uint8Array };
  /**
   * K6: we send more than 170 frames a second on average; receivers will refuse our next generation.
   * Remedy: send less.
   */
  readonly senderRate: { readonly framesPerSecond: number };
  /**
   * F8: every frame of a user has failed for a second, pauses left out; told again only after one has succeeded.
   * `reason`: why most of them failed; `likelyCause`: a guess from the last of them, see docs/errors.md.
   * Remedy: see the cause.
   */
  readonly undecryptable: {
    readonly userId: string;
    readonly reason: DecryptFailure;
    readonly frames: number;
    readonly likelyCause: LikelyCause;
  };
  /** E27: the gateway wants to add users that it has not named. Remedy: none; they are taken up once op 11 names them. */
  readonly deferredUsers: { readonly userIds: readonly string[] };
  /**
   * An Add brings a leaf with the public key of a parent of the ratchet tree: nobody gets there by chance. It is
   * committed, since refusing it would stop every change of keys, but newcomers cannot join until the parent has another
   * key. Remedy: distrust the users; have them removed.
   */
  readonly copiedKey: { readonly userIds: readonly string[] };
  /** E27: proposals are queued, but must not be committed as they are. Remedy: none; see the reason. */
  readonly commitWaiting: { readonly reason: SessionReason };
  /** E29, E30: an invalid commit or welcome. Remedy: none, a recovery follows; see the reason. */
  readonly invalid: {
    readonly op: 29 | 30;
    readonly transitionId: number;
    readonly reason:
      | SessionReason
      /** E27: a commit refers to proposals of users that op 11 did not name within 2 s. Remedy: none; a recovery follows. */
      | "parked-too-long";
  };
  /** A message that changed nothing. Remedy: none; see the reason. */
  readonly ignored: {
    readonly op: number | undefined;
    readonly reason:
      | IgnoredReason
      | SessionReason
      /** O2: not newer than what was applied last. Remedy: none; usual after a resume. */
      | "old-sequence"
      /** O4: from an older connection. Remedy: none. */
      | "old-connection"
      /** E27: 64 messages are parked already. Remedy: none; a recovery follows if one of them was needed. */
      | "too-many-parked"
      /** E25: another external sender in an established group. Remedy: none; the group keeps the one it has. */
      | "external-sender-changed"
      /** E25: no bare ExternalSender. Remedy: none; without one there is no group. */
      | "malformed-external-sender"
      /** O1: no message of the voice gateway. Remedy: give `receive` whole websocket messages, text or binary. */
      | "malformed-message";
    readonly transitionId?: number | undefined;
  };
}

/** Any event with its name. */
export type DaveEvent = { [K in keyof DaveEvents]: { readonly type: K } & DaveEvents[K] }[keyof DaveEvents];

/** Every event's name. */
export const EVENT_NAMES: readonly (keyof DaveEvents)[] = /* @__PURE__ */ Object.freeze([
  ...(["state", "transition", "version", "plaintext", "recovery", "epoch", "roster", "group"] as const),
  ...(["privacyCode", "messagesMissing"] as const),
  ...(["verificationKey", "senderRate", "undecryptable", "deferredUsers", "copiedKey"] as const),
  ...(["commitWaiting", "invalid", "ignored"] as const),
]);

/** What `on` takes for an event of that name. */
export type Listener<K extends keyof DaveEvents> = (event: DaveEvents[K]) => void;

/** A listener as it was added. */
interface Added {
  readonly listener: (event: never) => unknown;
  readonly once: boolean;
}

/** Listeners by event; one that throws disturbs neither the others nor the client. Its owner checks the types. */
export class Listeners {
  /** By event, in the order in which they were added. */
  readonly #added = new Map<string, readonly Added[]>();
  readonly #onFault: Fault;
  #closed = false;

  constructor(onFault: Fault) {
    this.#onFault = onFault;
  }

  /** Adds a listener; returns what takes this addition off again, and no other of the same function. */
  on(type: string, listener: (event: never) => unknown, once: boolean): () => void {
    const added = { listener, once };
    this.#added.set(type, [...this.#of(type), added]);
    return () => this.#keep(type, (one) => one !== added);
  }

  /** Takes a listener off, however often it was added. */
  off(type: string, listener: (event: never) => unknown): void {
    this.#keep(type, (one) => one.listener !== listener);
  }

  #of(type: string): readonly Added[] {
    return this.#added.get(type) ?? [];
  }

  #keep(type: string, stays: (added: Added) => boolean): void {
    this.#added.set(type, this.#of(type).filter(stays));
  }

  /** Each listener gets a copy; one that has been taken off meanwhile is not called. */
  emit({ type, ...event }: { readonly type: string }): void {
    for (const added of this.#of(type)) {
      if (this.#closed || !this.#of(type).includes(added)) continue;
      if (added.once) this.#keep(type, (one) => one !== added);
      call(() => added.listener(copyOf(event) as never), this.#onFault);
    }
  }

  /** Nobody is called any more. */
  close(): void {
    this.#closed = true;
  }
}
