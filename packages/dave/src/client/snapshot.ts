// A report without secrets, to be pasted into a bug or checked by a simulator (F-07, F-25).

import { expectThat } from "../errors.ts";
import type { MediaCounters } from "../media/session-media.ts";
import { CORES } from "./core.ts";
import type { Driver } from "./driver.ts";
import type { ClientState } from "./events.ts";

/** Live receive keys of one user. */
export interface ReceiverSnapshot {
  /** Decimal. */
  readonly userId: string;
  /** `expiresAt` by the client's clock; absent: no expiry runs (M3). */
  readonly keys: readonly { readonly keyId: string; readonly expiresAt?: number }[];
}

/**
 * The state of a client as plain JSON. Key ids are the first 16 hex digits of a SHA-256 over the base secret under a
 * label of its own: the same secret has the same id at every member, and no id leads back to its secret.
 */
export interface ClientSnapshot {
  /** Our own, decimal. */
  readonly userId: string;
  /** Decimal. */
  readonly channelId: string;
  /** The client's clock, ms. */
  readonly now: number;
  /** M7. */
  readonly state: ClientState;
  /** M7: whether a frame given to `encrypt` would leave. */
  readonly ready: boolean;
  /** O2: -1 before any message. */
  readonly seqAck: number;
  /** From the last op 4 or 24. */
  readonly announcedVersion: number | undefined;
  /** What the sender does now. */
  readonly executedVersion: number | undefined;
  /** The group, and its epoch in decimal. */
  readonly mls: { readonly kind: "none" | "pending" | "established"; readonly epoch: string | undefined };
  /** What the local sender does now; `counter`: frames sealed under the key. */
  readonly sender:
    | { readonly kind: "none" | "plain" }
    | { readonly kind: "key"; readonly keyId: string; readonly counter: number };
  /** What seals and opens frames: the backend, and with `auto` the sizes, in bytes, from which the platform is used. */
  readonly backend: {
    readonly name: "portable" | "platform" | "auto";
    /** `null`: never. */
    readonly keystreamFrom?: number | null;
    /** `null`: never. */
    readonly gcmFrom?: number | null;
  };
  /** M6: whether plaintext is accepted, or until when. */
  readonly plaintext: "closed" | "open" | number;
  /** Users whose frames we could decrypt. */
  readonly receivers: readonly ReceiverSnapshot[];
  /** Pending transitions, oldest first; key ids by user where keys were captured. */
  readonly transitions: readonly {
    readonly id: number;
    readonly version: number;
    readonly keyIds?: Readonly<Record<string, string>>;
  }[];
  /** E31: when the next one is due, ms, and the id of a 31 that nobody has answered. */
  readonly recovery: { readonly dueAt: number | undefined; readonly unanswered: number | undefined };
  /** E27: waiting for a commit. */
  readonly queuedProposals: number;
  /** E27: op 27 messages waiting for their op 11. */
  readonly parkedMessages: number;
  /** Frames by user and outcome, since the user entered a group with us. */
  readonly counters: Readonly<Record<string, Readonly<MediaCounters>>>;
  /** Users named by op 11. */
  readonly recognized: readonly string[];
  /** Users in the group, ourselves included. */
  readonly roster: readonly string[];
}

function senderSnapshot({ state, parts }: Driver): ClientSnapshot["sender"] {
  const { sender } = state;
  if (sender.kind !== "key") return { kind: sender.kind };
  const keyId = parts.media.keyIds(sender.keySet).get(parts.session.userId) ?? "";
  return { kind: "key", keyId, counter: parts.media.framesSealed(sender.keySet) };
}

/** JSON has no infinity. */
const sizeOrNull = (size: number): number | null => (Number.isFinite(size) ? size : null);

function backendSnapshot({ parts }: Driver): ClientSnapshot["backend"] {
  const { name, changeover } = parts.media.backend;
  if (changeover === undefined) return { name };
  const { keystreamFrom, gcmFrom } = changeover;
  return { name, keystreamFrom: sizeOrNull(keystreamFrom), gcmFrom: sizeOrNull(gcmFrom) };
}

function receiverSnapshots({ state, parts }: Driver): ReceiverSnapshot[] {
  const byUser = new Map<string, { keyId: string; expiresAt?: number }[]>();
  for (const { id, live, expiresAt } of state.keySets) {
    if (!live) continue;
    for (const [userId, keyId] of parts.media.keyIds(id)) {
      if (userId === parts.session.userId) continue;
      const key = Number.isFinite(expiresAt) ? { keyId, expiresAt } : { keyId };
      byUser.set(userId, [...(byUser.get(userId) ?? []), key]);
    }
  }
  return [...byUser].map(([userId, keys]) => ({ userId, keys }));
}

function transitionSnapshots({ state, parts }: Driver): ClientSnapshot["transitions"] {
  return state.records.map(({ id, version, keySet }) => {
    if (keySet === undefined) return { id, version };
    return { id, version, keyIds: Object.fromEntries(parts.media.keyIds(keySet)) };
  });
}

function plaintextSnapshot({ state }: Driver, now: number): ClientSnapshot["plaintext"] {
  if (state.plaintextUntil <= now) return "closed";
  return Number.isFinite(state.plaintextUntil) ? state.plaintextUntil : "open";
}

/**
 * A report on a `DaveClient` without secrets: plain JSON to be pasted into a bug.
 *
 * @throws {@link DaveError} `invalid-argument` when it is no `DaveClient`
 * @example
 * ```ts
 * console.log(JSON.stringify(snapshotOf(client), null, 2));
 * ```
 */
export function snapshotOf(client: object): ClientSnapshot {
  const core = CORES.get(client);
  expectThat(core !== undefined, "client", "a DaveClient", client);
  const { driver, connection } = core;
  const now = core.clock.now();
  const { state, parts, clientState } = driver;
  const { session, parking } = parts;
  return {
    userId: session.userId,
    channelId: session.channelId,
    now,
    state: clientState,
    ready: core.ready,
    seqAck: connection.sequence,
    announcedVersion: state.announced,
    executedVersion: state.executed,
    mls: { kind: state.group.kind, epoch: session.epoch?.toString() },
    sender: senderSnapshot(driver),
    backend: backendSnapshot(driver),
    plaintext: plaintextSnapshot(driver, now),
    receivers: receiverSnapshots(driver),
    transitions: transitionSnapshots(driver),
    recovery: { dueAt: state.recovery.due?.at, unanswered: state.recovery.unanswered },
    queuedProposals: session.queuedProposals,
    parkedMessages: parking.size,
    counters: Object.fromEntries(parts.media.counters),
    recognized: [...state.recognized],
    roster: [...driver.roster.keys()],
  };
}
