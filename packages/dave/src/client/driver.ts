// The shell around the transition function: carries out its effects on session, keys and gateway.

import { equalBytes } from "@puredave/mls";
import type { SpokenMessage } from "../gateway/codec.ts";
import type { Media } from "../media.ts";
import type { Parking } from "../parking.ts";
import type { Roster } from "../session/outcomes.ts";
import { rosterChanges } from "../session/roster.ts";
import type { DaveSession } from "../session.ts";
import type { TransitionEffect, TransitionEvent } from "../transitions/events.ts";
import { transition } from "../transitions/reduce.ts";
import { INITIAL_TRANSITIONS, type KeySet, type TransitionState } from "../transitions/state.ts";
import { epochCode } from "../verification.ts";
import type { ClientState, DaveEvent, PrivacyCode } from "./events.ts";
import { type KnownKeys, verificationOf } from "./known-keys.ts";

export interface DriverParts {
  readonly session: DaveSession;
  readonly media: Media;
  readonly parking: Parking;
  readonly send: (message: SpokenMessage) => void;
  readonly emit: (event: DaveEvent) => void;
  /** P4: keys that the caller has verified. */
  readonly knownKeys: KnownKeys;
}

/** P4: users whose last key is remembered. */
const MAX_SIGNATURE_KEYS = 1024;
const NOBODY: Roster = new Map();

const resets = (effects: readonly TransitionEffect[]): boolean =>
  effects.some(({ type }) => type === "reset-mls");

/** Session, keys and transition state of one client, moved together. */
export class Driver {
  readonly parts: DriverParts;
  state: TransitionState = INITIAL_TRANSITIONS;
  /** Users named by op 11, ourselves left out: we are always recognised. */
  readonly recognized = new Set<string>();
  /** V4: the newest epoch's code; hidden while version 0 is executed. */
  #epochCode: PrivacyCode | undefined;
  #shownCode: PrivacyCode | undefined;
  readonly #signatureKeys = new Map<string, Uint8Array>();
  /** The roster as the caller knows it; a reset alone removes nobody. */
  #toldRoster: Roster = NOBODY;
  #lastKeySet = 0;
  /** E27: what waits behind a commit is applied before a reset. */
  #beforeReset: (now: number) => void = () => {};

  constructor(parts: DriverParts) {
    this.parts = parts;
  }

  /** Whom to tell that a reset is about to come. */
  onReset(listener: (now: number) => void): void {
    this.#beforeReset = listener;
  }

  /** What `event` would do now, without doing it. */
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
    if (effects.length > 0) this.parts.media.pruneCounters(this.recognized);
    this.#showPrivacyCode();
  }

  #carryOut(effect: TransitionEffect, now: number, recovering: boolean): void {
    const { media, send, emit, session } = this.parts;
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
      case "install":
        this.#hold(effect.keySet, now);
        return media.install(effect.keySet);
      case "expire":
        return media.expire(effect.keySet, effect.at);
      case "erase":
        return media.erase(effect.keySet, effect.userId);
      case "retire":
        return media.retire(effect.keySet);
      case "forget":
        return media.forget(effect.keySet);
      case "switch-sender":
        return media.switchSender(effect.to);
      case "accept-plaintext":
        return media.acceptPlaintext(effect.until);
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
    this.#epochCode = recovering && code !== undefined ? { ...code, stale: true } : undefined;
  }

  /** Names the keys of the session's group, whatever happens to the group later. */
  #keySet(established: boolean): KeySet {
    this.#lastKeySet++;
    return { id: this.#lastKeySet, members: [...this.parts.session.roster().keys()], established };
  }

  /** Exports the base secrets of the current epoch when its key set is installed for the first time. */
  #hold(id: number, now: number): void {
    const { media, session } = this.parts;
    if (media.keySet(id) !== undefined) return;
    const secrets = new Map<string, Uint8Array>();
    for (const userId of session.roster().keys()) {
      const secret = session.baseSecret(userId);
      if (secret !== undefined) secrets.set(userId, secret);
    }
    media.hold(id, secrets, now);
    for (const userId of secrets.keys()) if (userId !== session.userId) media.countUser(userId);
  }

  /** A pending group, once the external sender is known. */
  startPendingGroup(now: number): void {
    if (this.parts.session.startPendingGroup())
      this.apply({ type: "pending-group", keySet: this.#keySet(false) }, now);
  }

  /** E29, E30: the session has entered an epoch under a transition id. */
  adopt(id: number, unrecognized: readonly string[], now: number): void {
    const { session, emit } = this.parts;
    const keySet = this.#keySet(true);
    this.apply({ type: "adopted", id, keySet }, now);
    emit({ type: "epoch", epoch: session.epoch ?? 0n, members: keySet.members });
    this.#tellRoster(session.roster(), unrecognized);
    if (session.group === undefined) return;
    this.#epochCode = { code: epochCode(session.group.epochAuthenticator), stale: false };
    this.#showPrivacyCode();
  }

  /** Whether a user was in the roster last told. */
  isMember(userId: string): boolean {
    return this.#toldRoster.has(userId);
  }

  #tellRoster(roster: Roster, unrecognized: readonly string[]): void {
    const changes = rosterChanges(this.#toldRoster, roster);
    this.#toldRoster = roster;
    const added: string[] = [];
    const removed: string[] = [];
    for (const [userId, key] of changes) {
      if (userId === this.parts.session.userId) continue;
      if (key.length === 0) removed.push(userId);
      else added.push(userId);
      if (key.length > 0) this.#checkSignatureKey(userId, key);
    }
    this.parts.emit({ type: "roster", added, removed, unrecognized });
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
    if (changed || verificationOf(this.parts.knownKeys, userId, key) === "new-key")
      this.parts.emit({ type: "verificationKey", userId, publicKey: key.slice() });
  }

  /** V4: none in a pending group or at version 0. */
  get privacyCode(): PrivacyCode | undefined {
    return this.state.executed === 0 ? undefined : this.#epochCode;
  }

  #showPrivacyCode(): void {
    const [next, shown] = [this.privacyCode, this.#shownCode];
    if (next?.code === shown?.code && next?.stale === shown?.stale) return;
    this.#shownCode = next;
    this.parts.emit({ type: "privacyCode", privacyCode: next });
  }

  /** M7: the first that holds. */
  get clientState(): ClientState {
    const { executed, announced, sender } = this.state;
    if (executed === 0) return "plain";
    if (announced === undefined) return "negotiating";
    if (announced > 0 && this.recognized.size === 0) return "alone";
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
    this.recognized.clear();
    this.parts.media.pruneCounters(this.recognized);
    if (this.#toldRoster.size > 0) this.#tellRoster(NOBODY, []);
  }
}
