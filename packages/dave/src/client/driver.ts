// The shell around the transition function: carries out its effects on session, keys and gateway.

import { equalBytes } from "@puredave/mls";
import { frozenBytesMap } from "../frozen.ts";
import type { SpokenMessage } from "../gateway/codec.ts";
import { isMediaEffect, type SessionMedia } from "../media/session-media.ts";
import type { Roster } from "../session/outcomes.ts";
import { isRecognized } from "../session/roster.ts";
import type { DaveSession } from "../session/session.ts";
import type { TransitionEffect, TransitionEvent } from "../transitions/events.ts";
import { concernsDecrypted, transition } from "../transitions/reduce.ts";
import { INITIAL_TRANSITIONS, type KeySet, type TransitionState } from "../transitions/state.ts";
import { epochCode } from "../verification.ts";
import type { ClientState, DaveEvent, PrivacyCode } from "./events.ts";
import type { TrustedKeys } from "./known-keys.ts";
import type { Parking } from "./parking.ts";
import { type GroupView, ToldGroup } from "./told-group.ts";

export interface DriverParts {
  readonly session: DaveSession;
  readonly media: SessionMedia;
  readonly parking: Parking;
  readonly send: (message: SpokenMessage) => void;
  readonly emit: (event: DaveEvent) => void;
  /** P4: keys that the caller has verified. */
  readonly knownKeys: TrustedKeys;
}

/** P4: users whose last key is remembered. */
const MAX_SIGNATURE_KEYS = 1024;
const NOBODY: Roster = frozenBytesMap([]);

const resets = (effects: readonly TransitionEffect[]): boolean =>
  effects.some(({ type }) => type === "reset-mls");

/** Session, keys and transition state of one client, moved together. */
export class Driver {
  readonly parts: DriverParts;
  state: TransitionState = INITIAL_TRANSITIONS;
  /** V4: the newest epoch's code; hidden while version 0 is executed. */
  #epochCode: PrivacyCode | undefined;
  #shownCode: PrivacyCode | undefined;
  readonly #signatureKeys = new Map<string, Uint8Array>();
  /** Signature keys of the newest epoch's members, for as long as `state.roster` names them. */
  #newestRoster: Roster = NOBODY;
  readonly #told: ToldGroup;
  /** Members that op 11 does not name, and what they were found from. */
  #strangers: Pick<TransitionState, "roster" | "recognized"> & { readonly userIds: readonly string[] } = {
    ...INITIAL_TRANSITIONS,
    userIds: [],
  };
  /** What the group was told from last. */
  #compared: readonly unknown[] = [];
  #lastKeySet = 0;
  /** E27: what waits behind a commit is applied before a reset. */
  #beforeReset: (now: number) => void = () => {};

  constructor(parts: DriverParts) {
    this.parts = parts;
    this.#told = new ToldGroup(parts.session.userId);
  }

  /** Sets the callback that runs just before an MLS reset. */
  onReset(listener: (now: number) => void): void {
    this.#beforeReset = listener;
  }

  /** Whether `event` would reset the MLS state now; nothing is done. */
  wouldReset(event: TransitionEvent, now: number): boolean {
    return resets(transition(this.state, event, now).effects);
  }

  /** One step of the transition function and all that follows from it. */
  apply(event: TransitionEvent, now: number): void {
    if (this.parts.parking.waiting && this.wouldReset(event, now)) this.#beforeReset(now);
    const { state, effects } = transition(this.state, event, now);
    this.state = state;
    const recovering = effects.some(({ type }) => type === "send-invalid");
    for (const effect of effects) this.#carryOut(effect, now, recovering);
    if (effects.length > 0) this.parts.media.pruneCounters(this.state.recognized);
    this.#showPrivacyCode();
  }

  /** E22, E31: a frame of this user decrypted; the transition function is asked only when it would change anything. */
  decrypted(userId: string, run: (change: (now: number) => void) => void): void {
    const { records, deafness } = this.state;
    if (records.length === 0 && !deafness.adopted) return;
    const keySet = this.parts.media.openedBy(userId);
    if (keySet === undefined || !concernsDecrypted(this.state, keySet)) return;
    run((now) => this.apply({ type: "decrypted", keySet }, now));
  }

  #carryOut(effect: TransitionEffect, now: number, recovering: boolean): void {
    const { media, send, emit, session } = this.parts;
    if (isMediaEffect(effect)) return media.carryOut(effect, now);
    switch (effect.type) {
      case "send-ready":
        return send({ op: 23, transitionId: effect.id });
      case "send-invalid":
        return send({ op: 31, transitionId: effect.id });
      case "send-key-package":
        return send({ op: 26, keyPackage: session.createKeyPackage() });
      case "reset-mls":
        return this.#resetMls(effect.keepKeyPackage, recovering);
      case "build-pending-group":
        return this.startPendingGroup(now);
      case "notify":
        return emit(effect.notice);
    }
  }

  #resetMls(keepKeyPackage: boolean, recovering: boolean): void {
    const { parking, session } = this.parts;
    parking.clear();
    session.reset({ keepKeyPackage });
    // V4: during recovery the last one, marked stale
    const code = this.#epochCode;
    this.#epochCode = recovering && code !== undefined ? Object.freeze({ ...code, stale: true }) : undefined;
  }

  /** Names the keys of the session's group, whatever happens to the group later. */
  #keySet(established: boolean): KeySet {
    this.#lastKeySet++;
    return { id: this.#lastKeySet, members: [...this.parts.session.roster.keys()], established };
  }

  /** A pending group, once the external sender is known. */
  startPendingGroup(now: number): void {
    if (this.parts.session.startPendingGroup().outcome === "started")
      this.apply({ type: "pending-group", keySet: this.#keySet(false) }, now);
  }

  /** E29, E30: the session has entered an epoch under a transition id. */
  adopt(id: number, now: number): void {
    const { session } = this.parts;
    const keySet = this.#keySet(true);
    this.#newestRoster = session.roster;
    this.apply({ type: "adopted", id, keySet }, now);
    this.#tellGroup(true);
    for (const [userId, key] of this.#newestRoster)
      if (userId !== session.userId) this.#checkSignatureKey(userId, key);
    if (session.group === undefined) return;
    this.#epochCode = Object.freeze({ code: epochCode(session.group.epochAuthenticator), stale: false });
    this.#showPrivacyCode();
  }

  /** E31: whether failures of this user's frames count: a member of the newest epoch, or named by op 11. */
  isInCall(userId: string): boolean {
    return this.state.recognized.has(userId) || this.state.roster.includes(userId);
  }

  /** The newest epoch's members with their keys. M4: a mere reset keeps them. */
  get roster(): Roster {
    const { session } = this.parts;
    return session.established || this.state.roster.length === 0 ? session.roster : this.#newestRoster;
  }

  /** E30: members that op 11 does not name; the same list until one of them changes. */
  get unrecognized(): readonly string[] {
    const { recognized, roster } = this.state;
    if (this.#strangers.roster !== roster || this.#strangers.recognized !== recognized) {
      const own = this.parts.session.userId;
      const userIds = Object.freeze(roster.filter((userId) => !isRecognized(userId, recognized, own)));
      this.#strangers = { roster, recognized, userIds };
    }
    return this.#strangers.userIds;
  }

  /** E29: false after a removal and during a recovery. */
  get inGroup(): boolean {
    return this.state.membership === "in";
  }

  /** Tells what has changed for somebody who knows the group by its events. */
  tellChanges(): void {
    this.#showPrivacyCode();
    this.#tellGroup(false);
  }

  /** A roster costs time in a large group: it is made only when something that events tell may have changed. */
  #tellGroup(adopted: boolean): void {
    const { session, emit } = this.parts;
    const { recognized, membership } = this.state;
    const now = [session.group, this.state.roster, recognized, membership] as const;
    if (!adopted && now.every((part, i) => part === this.#compared[i])) return;
    this.#compared = now;
    const { roster, unrecognized, inGroup } = this;
    const members = [...session.roster.keys()];
    const view: GroupView = { epoch: session.epoch, members, roster, unrecognized, inGroup };
    for (const event of this.#told.update(view, adopted)) emit(event);
  }

  /** P4: another key than the one this user had before, or than the one that was verified. */
  #checkSignatureKey(userId: string, key: Uint8Array): void {
    const known = this.#signatureKeys.get(userId);
    this.#signatureKeys.delete(userId);
    this.#signatureKeys.set(userId, key);
    const [oldest] = this.#signatureKeys.keys();
    if (this.#signatureKeys.size > MAX_SIGNATURE_KEYS && oldest !== undefined)
      this.#signatureKeys.delete(oldest);
    const changed = known !== undefined && !equalBytes(known, key);
    if (changed || this.parts.knownKeys.verificationOf(userId, key) === "new-key")
      this.parts.emit({ type: "verificationKey", userId, publicKey: key.slice() });
  }

  /** V4: none at version 0, nor in a pending group; during a recovery the last one stays, marked stale. */
  get privacyCode(): PrivacyCode | undefined {
    const { executed, group, membership } = this.state;
    const shown = group.kind === "established" || membership === "recovering";
    return executed !== 0 && shown ? this.#epochCode : undefined;
  }

  #showPrivacyCode(): void {
    const [next, shown] = [this.privacyCode, this.#shownCode];
    if (next?.code === shown?.code && next?.stale === shown?.stale) return;
    this.#shownCode = next;
    this.parts.emit({ type: "privacyCode", current: next });
  }

  /** M7: the first that holds. */
  get clientState(): ClientState {
    const { executed, announced, sender } = this.state;
    if (executed === 0) return "plain";
    if (announced === undefined) return "negotiating";
    if (announced > 0 && this.state.recognized.size === 0) return "alone";
    return sender.kind === "key" ? "encrypted" : "negotiating";
  }

  /** M7: a frame given to `encrypt` now would leave. */
  get ready(): boolean {
    return this.state.sender.kind !== "none";
  }

  /** E4: a new identify clears everything but the signature key. */
  identify(now: number): void {
    this.parts.parking.release();
    this.apply({ type: "identify" }, now);
    this.parts.session.clearExternalSender();
    this.#newestRoster = NOBODY;
  }
}
