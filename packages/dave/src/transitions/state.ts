// §3 What the gateway, the clock and the group have done to a session's media so far. Plain data, never changed in place.

import { MEDIA_DEAF_MS } from "../constants.ts";
import { frozenSet } from "../frozen.ts";

/** Names the sender keys of one MLS epoch. Later epochs have larger ids. */
export type KeySetId = number;

/** The sender keys that one epoch gives to its roster; the secrets themselves are kept elsewhere, under `id`. */
export interface KeySet {
  /** Larger than that of every epoch before. */
  readonly id: KeySetId;
  /** Everybody in the epoch, ourselves included. */
  readonly members: readonly string[];
  /** False for the epoch 0 of a pending group, which nobody shares. */
  readonly established: boolean;
}

/** A key set that receivers know. */
export interface InstalledKeySet extends KeySet {
  /** Place of the transition that prepared it last. */
  readonly order: number;
  /** M3: the last instant at which its keys are accepted; `Infinity` before the next transition is executed. */
  readonly expiresAt: number;
  /** False once the keys have expired while something can still install them again (K4). */
  readonly live: boolean;
  /** E21: the members whom no op 13 has named since the epoch was adopted. A user who comes back is not among them. */
  readonly holders: readonly string[];
}

/** §3 *Transition record*: what was prepared under an id and waits for op 22. */
export interface TransitionRecord {
  readonly id: number;
  readonly version: number;
  readonly order: number;
  /** What the sender moves to; absent for version 0, and for a 21 with nothing to capture. */
  readonly keySet: KeySetId | undefined;
  /** When it was prepared last, ms. */
  readonly preparedAt: number;
  /** E22: when its op 23 was sent, or op 9 came after a lost connection, ms. */
  readonly readyAt: number;
  /** E22: when a frame first decrypted under its keys, or op 9 came after that, ms. */
  readonly heardAt: number | undefined;
}

/** The group as media sees it. */
export type GroupView =
  | { readonly kind: "none" }
  | { readonly kind: "pending"; readonly keySet: KeySet }
  | { readonly kind: "established"; readonly keySet: KeySet };

/** What the local sender does with a frame. */
export type Sender =
  /** No key: *not ready*. `wanted`: takes the pending group's key as soon as there is one (E21). */
  | { readonly kind: "none"; readonly wanted: boolean }
  /** M5: version 0 is executed. */
  | { readonly kind: "plain" }
  | { readonly kind: "key"; readonly keySet: KeySetId };

/** E13: a user whom op 13 named. */
export interface Departure {
  readonly userId: string;
  /** Their keys go after this instant; -Infinity: they have gone, but for those that a pending record spares. */
  readonly at: number;
  /** The newest epoch of that time: a later one that holds the user again is none of this departure's business. */
  readonly newest: KeySetId;
}

/** E31: when the next recovery is due and how far apart they are kept. */
export interface RecoveryState {
  readonly lastAt: number | undefined;
  readonly lastFaultAt: number | undefined;
  /** Delay of the fault before, 0 when the last one was answered at once. */
  readonly delay: number;
  readonly due: { readonly at: number; readonly id: number } | undefined;
  /** The id of a 31 that no commit or welcome has answered (O3). */
  readonly unanswered: number | undefined;
}

/** E29, E30: a commit or welcome was not for us. A recovery follows at `at` unless we enter a group before. */
export interface MissingWelcome {
  readonly at: number;
  readonly id: number;
}

/** E31: what must hold before failing media start a recovery. */
export interface Deafness {
  /** How much time failing frames must make up, ms. */
  readonly afterMs: number;
  /** Whether a commit or welcome has been adopted since the last recovery that media started. */
  readonly adopted: boolean;
}

/** The whole state of a session's media (§3): plain data, frozen in practice, compared and stored freely. */
export interface TransitionState {
  /** O3: false from a lost connection to op 9 or a new identify. */
  readonly connected: boolean;
  /** Users named by op 11, without ourselves. A set that cannot be changed. */
  readonly recognized: ReadonlySet<string>;
  /** Members of the newest epoch, with ourselves. A mere reset keeps them, as it keeps media (M4); empty before any. */
  readonly roster: readonly string[];
  /** E29: `removed` by a commit, `recovering` from a recovery on; both until the next way into a group. */
  readonly membership: "in" | "removed" | "recovering";
  /** E31: failing media. */
  readonly deafness: Deafness;
  /** From the last op 4 or 24. */
  readonly announced: number | undefined;
  /** What the sender does now; none before the first transition. */
  readonly executed: number | undefined;
  /** M8: whether a version > 0 has ever been executed by this client, identifies notwithstanding. */
  readonly everEncrypted: boolean;
  /** Whether a reset is followed by a pending group: from op 4 or op 24 epoch 1 to an executed version 0. */
  readonly groupWanted: boolean;
  /** The group as media sees it. */
  readonly group: GroupView;
  /** M2: what the local sender does. */
  readonly sender: Sender;
  /** Installed key sets, oldest order first. */
  readonly keySets: readonly InstalledKeySet[];
  /** Pending transitions, in the order of their preparation (M10). */
  readonly records: readonly TransitionRecord[];
  /** Ids executed, dropped or flagged not long ago: a 22 for one of them is ignored (E22). */
  readonly finished: readonly number[];
  /** E22: executes that came before their announcement. */
  readonly remembered: readonly { readonly id: number; readonly until: number }[];
  /** E13: users gone, until a transition that removes them is executed. */
  readonly departures: readonly Departure[];
  /** M6: the plaintext window of each prepared version 0, by its place in the order. */
  readonly downgrades: readonly { readonly order: number; readonly until: number }[];
  /** M6: end of the window after leaving an executed version 0. */
  readonly plaintextTail: number;
  /** What receivers were last told: plaintext is accepted before this instant. */
  readonly plaintextUntil: number;
  /** Whether the last event said that plaintext is accepted. */
  readonly plaintextOpen: boolean;
  /** The id of the last 21, 29 or 30. */
  readonly lastAnnouncedId: number | undefined;
  /** E31. */
  readonly recovery: RecoveryState;
  /** E29: another's commit passed our pending group by. */
  readonly foreignCommit: MissingWelcome | undefined;
  /** E30: a welcome was for an older key package. */
  readonly staleWelcome: MissingWelcome | undefined;
  /** The place that the next prepared transition takes. */
  readonly nextOrder: number;
}

/** Freezes a value all the way down: every client starts from this one object. */
function frozen<T extends object>(value: T): T {
  for (const field of Object.values(value)) if (typeof field === "object" && field !== null) frozen(field);
  return Object.freeze(value);
}

/** A session before anything was received. */
export const INITIAL_TRANSITIONS: TransitionState = frozen<TransitionState>({
  connected: true,
  recognized: frozenSet([]),
  roster: [],
  membership: "in",
  deafness: { afterMs: MEDIA_DEAF_MS, adopted: false },
  announced: undefined,
  executed: undefined,
  everEncrypted: false,
  groupWanted: false,
  group: { kind: "none" },
  sender: { kind: "none", wanted: false },
  keySets: [],
  records: [],
  finished: [],
  remembered: [],
  departures: [],
  downgrades: [],
  plaintextTail: Number.NEGATIVE_INFINITY,
  plaintextUntil: Number.NEGATIVE_INFINITY,
  plaintextOpen: false,
  lastAnnouncedId: undefined,
  recovery: { lastAt: undefined, lastFaultAt: undefined, delay: 0, due: undefined, unanswered: undefined },
  foreignCommit: undefined,
  staleWelcome: undefined,
  nextOrder: 1,
});
