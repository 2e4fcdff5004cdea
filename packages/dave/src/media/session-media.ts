// What the effects of the transition function do to keys and frames: one encryptor for ourselves, one decryptor a user.

import {
  type BackendChoice,
  type BackendOptions,
  type Changeover,
  type Codec,
  type DecryptFailure,
  Decryptor,
  type DecryptResult,
  Encryptor,
  type EncryptResult,
  type MediaType,
  ReceiverKey,
  SenderKey,
} from "@puredave/frame-crypto";
import { type CryptoProvider, concat, hex } from "@puredave/mls";
import { BACKENDS, checkCrypto } from "../crypto.ts";
import { checkObject, checkOptionNames, expectOneOf, expectThat, isFunction, translated } from "../errors.ts";
import { frozenMap } from "../frozen.ts";
import { checkSsrc } from "../rtp.ts";
import { namedSnowflake, type Snowflake } from "../snowflake.ts";
import type { TransitionEffect } from "../transitions/events.ts";
import type { KeySetId } from "../transitions/state.ts";
import { HashRatchet } from "./sender-keys.ts";

interface HeldKey<K extends { close(): void }> {
  readonly key: K;
  readonly ratchet: HashRatchet;
  /** Names the base secret without giving it away. */
  readonly keyId: string;
}

/** The live objects of one key set. They outlive installation: counters and replay state go on (K4). */
interface HeldKeySet {
  /** When its keys were prepared, ms. */
  readonly heldAt: number;
  readonly sender: HeldKey<SenderKey>;
  readonly receivers: Map<string, HeldKey<ReceiverKey>>;
}

/** A frame of ours for {@link SessionMedia}. */
export interface SentFrame {
  /** Decides the codec of an SSRC that has none assigned. */
  readonly mediaType: MediaType;
  /** 32 bits. */
  readonly ssrc: number;
  /** The codec frame, not yet packetized; never written to. */
  readonly frame: Uint8Array;
}

/** A frame of another member for {@link SessionMedia}. */
export interface ReceivedFrame {
  /** Who sent it, in canonical decimal form. */
  readonly userId: string;
  /** Only audio can be the silence frame (F10). */
  readonly mediaType: MediaType;
  /** After transport decryption, RTP header extension and padding removed (R1). */
  readonly frame: Uint8Array;
  /** Milliseconds, as `carryOut` gets them. */
  readonly now: number;
}

/** Frames of one user, counted by what became of them. */
export interface MediaCounters {
  /** Authentic frames. */
  readonly decrypted: number;
  /** M6: frames accepted as plaintext. */
  readonly plain: number;
  /** F10: silence frames. */
  readonly silence: number;
  /** Frames that failed, by reason; a reason that never occurred is absent. */
  readonly failed: { readonly [K in DecryptFailure]?: number };
}

type Counting<T> = { -readonly [K in keyof T]: T[K] };
type Counters = Counting<Omit<MediaCounters, "failed">> & {
  readonly failed: Counting<MediaCounters["failed"]>;
};

const newCounters = (): Counters => ({ decrypted: 0, plain: 0, silence: 0, failed: {} });

function wipe({ key, ratchet }: HeldKey<{ close(): void }>): void {
  key.close();
  ratchet.close();
}

/** Bytes of a key id; twice as many hex digits. */
const KEY_ID_LENGTH = 8;

function keyIdOf(crypto: CryptoProvider, base: Uint8Array): string {
  const label = Uint8Array.from("puredave key id", (char) => char.charCodeAt(0));
  const input = concat(label, base);
  const id = hex(crypto.hash(input).subarray(0, KEY_ID_LENGTH));
  input.fill(0);
  return id;
}

const checkKeySetId = (id: unknown): void =>
  expectThat(Number.isSafeInteger(id), "id", "the id of a key set", id);
const checkNow = (now: unknown): void => expectThat(isInstant(now), "now", "milliseconds", now);

type EffectFields = Readonly<Partial<Record<"keySet" | "at" | "userId" | "to" | "until", unknown>>>;
const isKeySet = ({ keySet }: EffectFields): boolean => Number.isSafeInteger(keySet);
const isInstant = (value: unknown): boolean => typeof value === "number" && !Number.isNaN(value);

type MediaEffectType =
  | "install"
  | "expire"
  | "erase"
  | "retire"
  | "forget"
  | "switch-sender"
  | "accept-plaintext";

/** The effects of the transition function that concern keys and frames, each with the check of its fields. */
const MEDIA_EFFECTS: Readonly<Record<MediaEffectType, (effect: EffectFields) => boolean>> = {
  install: isKeySet,
  expire: (effect: EffectFields) => isKeySet(effect) && isInstant(effect.at),
  erase: (effect: EffectFields) => isKeySet(effect) && typeof effect.userId === "string",
  retire: isKeySet,
  forget: isKeySet,
  "switch-sender": ({ to }: EffectFields) => to === "plain" || to === "none" || Number.isSafeInteger(to),
  "accept-plaintext": ({ until }: EffectFields) => isInstant(until),
};

/** An effect that {@link SessionMedia} carries out; the others concern the MLS session, the gateway and listeners. */
export type MediaEffect = Extract<TransitionEffect, { readonly type: MediaEffectType }>;

/** Whether an effect is one that {@link SessionMedia} carries out. */
export function isMediaEffect(effect: TransitionEffect): effect is MediaEffect {
  checkObject(effect, "effect");
  return Object.hasOwn(MEDIA_EFFECTS, effect.type);
}

/** Options of {@link SessionMedia}. */
export interface SessionMediaOptions {
  /** Our own id. */
  readonly userId: Snowflake;
  /** The primitives of the hash ratchets. */
  readonly crypto: CryptoProvider;
  /**
   * Returns the base secret of everybody in the current epoch, ourselves included: user id in decimal → 16 bytes, as
   * `DaveSession.baseSecret` exports them. Called once for each key set, when it is installed for the first time. The
   * secrets are taken over and overwritten.
   */
  readonly baseSecrets: (keySet: KeySetId) => ReadonlyMap<string, Uint8Array>;
  /** What protects frames. Default: `auto`, the platform's primitives where they are faster. */
  readonly backend?: BackendChoice | undefined;
  /** With `auto`: from which frame sizes on the platform's primitives are used. Default: what was measured here. */
  readonly changeover?: Changeover | undefined;
}

const OPTION_NAMES: { readonly [K in keyof SessionMediaOptions]-?: true } = {
  userId: true,
  crypto: true,
  baseSecrets: true,
  backend: true,
  changeover: true,
};

/**
 * The frame keys of one media session, moved by the effects of `transition` (M1 to M6, K4).
 *
 * Give it every effect of every step, in order; it installs keys, lets them expire, erases them, and switches what our
 * own frames leave with. `DaveClient` does the same with this class and nothing beside it.
 *
 * @example
 * ```ts
 * const session = new DaveSession({ userId, channelId });
 * const media = new SessionMedia({
 *   userId,
 *   crypto: session.crypto,
 *   baseSecrets: () => session.baseSecrets(),
 * });
 * let state = INITIAL_TRANSITIONS;
 * function step(event: TransitionEvent, now: number): void {
 *   const next = transition(state, event, now);
 *   state = next.state;
 *   for (const effect of next.effects) {
 *     if (isMediaEffect(effect)) media.carryOut(effect, now);
 *     else if (effect.type === "reset-mls") session.reset({ keepKeyPackage: effect.keepKeyPackage });
 *     else if (effect.type === "send-key-package")
 *       send(encodeClientMessage({ op: 26, keyPackage: session.createKeyPackage() }));
 *   }
 * }
 * step({ type: "select-version", version: 0 }, 0); // op 4 without DAVE
 * media.encrypt({ mediaType: "audio", ssrc, frame: opus }).outcome; // "plain"
 * ```
 */
export class SessionMedia {
  readonly #crypto: CryptoProvider;
  readonly #selfId: string;
  readonly #baseSecrets: SessionMediaOptions["baseSecrets"];
  readonly #backend: BackendOptions;
  readonly #shownBackend: SessionMedia["backend"];
  readonly #encryptor: Encryptor;
  readonly #keySets = new Map<KeySetId, HeldKeySet>();
  readonly #decryptors = new Map<string, Decryptor>();
  /** For users without keys: silence, and plaintext where it is accepted. */
  readonly #stranger: Decryptor;
  readonly #counters = new Map<string, Counters>();
  #shownCounters: ReadonlyMap<string, MediaCounters> | undefined;
  #plaintextUntil = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`, `unsupported-runtime` */
  constructor(options: SessionMediaOptions) {
    checkOptionNames(options, OPTION_NAMES);
    const { userId, crypto, baseSecrets, backend, changeover } = options;
    this.#selfId = namedSnowflake(userId, "userId");
    checkCrypto(crypto);
    expectThat(isFunction(baseSecrets), "baseSecrets", "a function", baseSecrets);
    this.#crypto = crypto;
    this.#baseSecrets = baseSecrets;
    if (backend !== undefined) expectOneOf(BACKENDS, backend, "backend");
    this.#backend = {
      ...(backend === undefined ? {} : { backend }),
      ...(changeover === undefined ? {} : { changeover }),
    };
    [this.#encryptor, this.#stranger] = translated(() => [
      new Encryptor(this.#backend),
      new Decryptor(this.#backend),
    ]);
    const { name, changeover: sizes } = this.#encryptor.backend;
    this.#shownBackend = Object.freeze({ name, ...(sizes && { changeover: Object.freeze({ ...sizes }) }) });
  }

  /**
   * Does what an effect demands, at `now` in milliseconds. Effects must come in the order of the steps.
   *
   * @throws {@link DaveError} `invalid-argument`
   */
  carryOut(effect: MediaEffect, now: number): void {
    const fits = isMediaEffect(effect) && MEDIA_EFFECTS[effect.type](effect as never);
    expectThat(fits, "effect", "an effect for which isMediaEffect holds", effect);
    checkNow(now);
    if (this.#closed) return;
    switch (effect.type) {
      case "install":
        return this.#install(effect.keySet, now);
      case "expire":
        return this.#expire(effect.keySet, effect.at);
      case "erase":
        return this.#erase(effect.keySet, effect.userId);
      case "retire":
        return this.#retire(effect.keySet);
      case "forget":
        return this.#forget(effect.keySet);
      case "switch-sender":
        return this.#switchSender(effect.to);
      case "accept-plaintext":
        return this.#acceptPlaintext(effect.until);
    }
  }

  /** What protects frames: the backend's name, and with `auto` from which frame sizes the platform's primitives do. */
  get backend(): { readonly name: BackendChoice; readonly changeover?: Changeover } {
    return this.#shownBackend;
  }

  /**
   * The names of a key set's keys: user id → the first 16 hex digits of a hash of the base secret, from which no way
   * leads back. The same key has the same name at every member. Empty once the keys are erased.
   */
  keyIds(id: KeySetId): ReadonlyMap<string, string> {
    checkKeySetId(id);
    const held = this.#keySets.get(id);
    const receivers = [...(held?.receivers ?? [])].map(([userId, { keyId }]) => [userId, keyId] as const);
    return new Map(held === undefined ? [] : [...receivers, [this.#selfId, held.sender.keyId]]);
  }

  /** How many frames of ours a key set has protected. */
  framesSealed(id: KeySetId): number {
    checkKeySetId(id);
    return this.#keySets.get(id)?.sender.key.counter ?? 0;
  }

  /** Takes over the base secrets of a key set. */
  #hold(id: KeySetId, now: number): HeldKeySet | undefined {
    const receivers = new Map<string, HeldKey<ReceiverKey>>();
    let sender: HeldKey<SenderKey> | undefined;
    for (const [userId, base] of this.#baseSecrets(id)) {
      const ratchet = new HashRatchet(this.#crypto, base);
      const keyId = keyIdOf(this.#crypto, base);
      base.fill(0);
      if (userId === this.#selfId) sender = { key: new SenderKey(ratchet), ratchet, keyId };
      // K7: our window starts at 0, so that reordered first frames of an epoch are not lost
      else {
        const key = new ReceiverKey(ratchet, { preparedAt: now, floor: "start" });
        receivers.set(userId, { key, ratchet, keyId });
        this.#countUser(userId);
      }
    }
    if (sender === undefined) return undefined;
    const held = { sender, receivers, heldAt: now };
    this.#keySets.set(id, held);
    return held;
  }

  /** M1: every receiver accepts these keys too, as the newest. */
  #install(id: KeySetId, now: number): void {
    const held = this.#keySets.get(id) ?? this.#hold(id, now);
    for (const [userId, { key }] of held?.receivers ?? []) {
      const decryptor = this.#decryptorOf(userId);
      decryptor.install(key);
      decryptor.revive(key);
    }
  }

  #decryptorOf(userId: string): Decryptor {
    const known = this.#decryptors.get(userId);
    if (known !== undefined) return known;
    const decryptor = new Decryptor({ ...this.#backend, confirmReplays: true });
    decryptor.setPlaintext(this.#plaintextUntil);
    this.#decryptors.set(userId, decryptor);
    return decryptor;
  }

  /** M3: the last instant at which these keys are accepted. */
  #expire(id: KeySetId, at: number): void {
    for (const [userId, { key }] of this.#keySets.get(id)?.receivers ?? [])
      this.#decryptors.get(userId)?.expire(key, at);
  }

  /** The keys are accepted no more; counters and replay state stay. */
  #retire(id: KeySetId): void {
    for (const [userId, { key }] of this.#keySets.get(id)?.receivers ?? []) this.#takeOut(userId, key);
  }

  /** E13: one user's keys go. */
  #erase(id: KeySetId, userId: string): void {
    const receivers = this.#keySets.get(id)?.receivers;
    const held = receivers?.get(userId);
    if (held === undefined) return;
    this.#takeOut(userId, held.key);
    receivers?.delete(userId);
    wipe(held);
  }

  /** Nothing can install these keys again. */
  #forget(id: KeySetId): void {
    const held = this.#keySets.get(id);
    if (held === undefined) return;
    this.#retire(id);
    this.#keySets.delete(id);
    if (this.#encryptor.key === held.sender.key) this.#encryptor.setKey(undefined);
    wipe(held.sender);
    for (const receiver of held.receivers.values()) wipe(receiver);
  }

  #takeOut(userId: string, key: ReceiverKey): void {
    const decryptor = this.#decryptors.get(userId);
    decryptor?.remove(key);
    if (decryptor?.keys.length !== 0) return;
    decryptor.close();
    this.#decryptors.delete(userId);
  }

  /** M2: what our own frames leave with. */
  #switchSender(to: KeySetId | "plain" | "none"): void {
    this.#encryptor.setPassthrough(to === "plain");
    this.#encryptor.setKey(typeof to === "number" ? this.#keySets.get(to)?.sender.key : undefined);
  }

  /** M6: plaintext is accepted before `until`. */
  #acceptPlaintext(until: number): void {
    this.#plaintextUntil = until;
    for (const decryptor of [this.#stranger, ...this.#decryptors.values()]) decryptor.setPlaintext(until);
  }

  /** Says which codec's clear ranges a 32-bit SSRC needs. @throws {@link DaveError} `invalid-argument` */
  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    translated(() => this.#encryptor.assignSsrcToCodec(ssrc, codec));
  }

  /** F4: how many bytes `encrypt` may make of a frame at most. @throws {@link DaveError} `invalid-argument` */
  maxProtectedLength(input: SentFrame): number {
    checkObject(input, "input");
    checkSsrc(input.ssrc);
    return translated(() => this.#encryptor.maxProtectedLength(input));
  }

  /** Protects a frame of ours with what the last executed transition left (M2). @throws {@link DaveError} `invalid-argument` */
  encrypt(input: SentFrame): EncryptResult {
    return translated(() => this.#encryptor.encrypt(input));
  }

  /** Whether keys of this user are accepted now. */
  accepts(userId: unknown): userId is string {
    return this.#decryptors.has(userId as string);
  }

  /** Opens a frame of one user with every key that is accepted (F8), and counts it. @throws {@link DaveError} `invalid-argument` */
  decrypt(input: ReceivedFrame): DecryptResult {
    const result = this.tryDecrypt(input);
    this.#count(input.userId, result);
    return result;
  }

  /** Does the same without counting, for frames whose sender is being looked for. @throws {@link DaveError} `invalid-argument` */
  tryDecrypt(input: ReceivedFrame): DecryptResult {
    checkObject(input, "input");
    if (!this.accepts(input.userId)) namedSnowflake(input.userId, "userId");
    return translated(() => (this.#decryptors.get(input.userId) ?? this.#stranger).decrypt(input));
  }

  /** The newest key set that holds the key which opened this user's last frame; `undefined` when it did not open. */
  openedBy(userId: string): KeySetId | undefined {
    if (!this.accepts(userId)) namedSnowflake(userId, "userId");
    const key = this.#decryptors.get(userId)?.openedBy;
    if (key === undefined) return undefined;
    let newest: KeySetId | undefined;
    for (const [id, { receivers }] of this.#keySets)
      if (receivers.get(userId)?.key === key && id > (newest ?? -1)) newest = id;
    return newest;
  }

  #count(userId: string, result: DecryptResult): void {
    const counters = this.#counters.get(userId);
    if (counters === undefined) return;
    this.#shownCounters = undefined;
    if (result.outcome !== "failed") counters[result.outcome]++;
    else counters.failed[result.reason] = (counters.failed[result.reason] ?? 0) + 1;
  }

  #countUser(userId: string): void {
    if (this.#counters.has(userId)) return;
    this.#counters.set(userId, newCounters());
    this.#shownCounters = undefined;
  }

  /** Counters stay as long as a user is named or their keys are accepted. */
  pruneCounters(named: ReadonlySet<string>): void {
    expectThat(isFunction(named?.has), "named", "a set of user ids", named);
    for (const userId of this.#counters.keys())
      if (!named.has(userId) && !this.#decryptors.has(userId)) {
        this.#counters.delete(userId);
        this.#shownCounters = undefined;
      }
  }

  /** Frames by user and outcome: the same map, which cannot be changed, until another frame is counted. */
  get counters(): ReadonlyMap<string, MediaCounters> {
    this.#shownCounters ??= frozenMap(
      [...this.#counters].map(([userId, counters]) => [
        userId,
        Object.freeze({ ...counters, failed: Object.freeze({ ...counters.failed }) }),
      ]),
    );
    return this.#shownCounters;
  }

  /** K6: frames a second on average, since the keys were prepared. */
  senderRate(id: KeySetId, now: number): number {
    checkKeySetId(id);
    checkNow(now);
    const held = this.#keySets.get(id);
    return held === undefined ? 0 : (this.framesSealed(id) * 1000) / Math.max(1, now - held.heldAt);
  }

  /** Gives up the key generations whose time is over at `now` (K5). Call it when {@link nextDeadline} is reached. */
  tick(now: number): void {
    checkNow(now);
    for (const decryptor of this.#decryptors.values()) decryptor.tick(now);
  }

  /** The next instant after `now` at which a generation is given up. */
  nextDeadline(now: number): number | undefined {
    checkNow(now);
    let next = Number.POSITIVE_INFINITY;
    for (const decryptor of this.#decryptors.values()) {
      // a generation is valid up to and including its instant (K5)
      const deadline = (decryptor.nextDeadline() ?? Number.POSITIVE_INFINITY) + 1;
      if (deadline > now) next = Math.min(next, deadline);
    }
    return Number.isFinite(next) ? next : undefined;
  }

  /** Erases every key. Frames then fail for want of one, and no effect is carried out any more. Safe to call twice. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#keySets.keys()]) this.#forget(id);
    this.#encryptor.setPassthrough(false);
    this.#counters.clear();
    this.#shownCounters = undefined;
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
