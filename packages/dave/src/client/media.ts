// The keys behind the transition function's key sets (K4), one decryptor a user, one encryptor for ourselves.

import {
  type BackendOptions,
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
import { HashRatchet } from "../sender-keys.ts";
import type { KeySetId } from "../transitions/state.ts";

interface HeldKey<K extends { dispose(): void }> {
  readonly key: K;
  readonly ratchet: HashRatchet;
  /** Names the base secret without giving it away. */
  readonly keyId: string;
}

/** The live objects of one key set. They outlive installation: counters and replay state go on (K4). */
export interface HeldKeySet {
  /** When its keys were prepared, ms. */
  readonly heldAt: number;
  readonly sender: HeldKey<SenderKey>;
  readonly receivers: Map<string, HeldKey<ReceiverKey>>;
}

interface IncomingMedia {
  readonly userId: string;
  readonly mediaType: MediaType;
  readonly frame: Uint8Array;
  readonly now: number;
}

/** Frames of one user, counted by what became of them. */
export interface MediaCounters {
  /** Authentic frames. */
  ok: number;
  /** M6: frames accepted as plaintext. */
  plain: number;
  /** F10: silence frames. */
  silence: number;
  /** Frames that failed, by reason; a reason that never occurred is absent. */
  readonly failed: { [K in DecryptFailure]?: number };
}

const newCounters = (): MediaCounters => ({ ok: 0, plain: 0, silence: 0, failed: {} });

function wipe({ key, ratchet }: HeldKey<{ dispose(): void }>): void {
  key.dispose();
  ratchet.dispose();
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

/** Carries out what the transition function decides about keys, and runs the frames. */
export class Media {
  readonly #crypto: CryptoProvider;
  readonly #selfId: string;
  readonly #backend: BackendOptions;
  readonly #encryptor: Encryptor;
  readonly #keySets = new Map<KeySetId, HeldKeySet>();
  readonly #decryptors = new Map<string, Decryptor>();
  /** For users without keys: silence, and plaintext where it is accepted. */
  readonly #stranger: Decryptor;
  readonly #counters = new Map<string, MediaCounters>();
  #plaintextUntil = Number.NEGATIVE_INFINITY;

  constructor(crypto: CryptoProvider, selfId: string, backend: BackendOptions) {
    this.#crypto = crypto;
    this.#selfId = selfId;
    this.#backend = backend;
    this.#encryptor = new Encryptor(this.#backend);
    this.#stranger = new Decryptor(this.#backend);
  }

  /** What frames are sealed by. */
  get backend(): Encryptor["backend"] {
    return this.#encryptor.backend;
  }

  /** What is held of a key set that is installed now, or kept to be installed again. */
  keySet(id: KeySetId): HeldKeySet | undefined {
    return this.#keySets.get(id);
  }

  /** Takes over the base secrets (16 bytes each, wiped here) of an epoch's roster. */
  hold(id: KeySetId, baseSecrets: ReadonlyMap<string, Uint8Array>, now: number): void {
    const receivers = new Map<string, HeldKey<ReceiverKey>>();
    let sender: HeldKey<SenderKey> | undefined;
    for (const [userId, base] of baseSecrets) {
      const ratchet = new HashRatchet(this.#crypto, base);
      const keyId = keyIdOf(this.#crypto, base);
      base.fill(0);
      if (userId === this.#selfId) sender = { key: new SenderKey(ratchet), ratchet, keyId };
      // K7: our window starts at 0, so that reordered first frames of an epoch are not lost
      else {
        const key = new ReceiverKey(ratchet, { preparedAt: now, floor: "start" });
        receivers.set(userId, { key, ratchet, keyId });
      }
    }
    if (sender !== undefined) this.#keySets.set(id, { sender, receivers, heldAt: now });
  }

  /** M1: every receiver accepts these keys too, as the newest. */
  install(id: KeySetId): void {
    for (const [userId, { key }] of this.#keySets.get(id)?.receivers ?? []) {
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
  expire(id: KeySetId, at: number): void {
    for (const [userId, { key }] of this.#keySets.get(id)?.receivers ?? [])
      this.#decryptors.get(userId)?.expire(key, at);
  }

  /** The keys are accepted no more; counters and replay state stay. */
  retire(id: KeySetId): void {
    for (const [userId, { key }] of this.#keySets.get(id)?.receivers ?? []) this.#takeOut(userId, key);
  }

  /** E13: one user's keys go. */
  erase(id: KeySetId, userId: string): void {
    const receivers = this.#keySets.get(id)?.receivers;
    const held = receivers?.get(userId);
    if (held === undefined) return;
    this.#takeOut(userId, held.key);
    receivers?.delete(userId);
    wipe(held);
  }

  /** Nothing can install these keys again. */
  forget(id: KeySetId): void {
    const held = this.#keySets.get(id);
    if (held === undefined) return;
    this.retire(id);
    this.#keySets.delete(id);
    if (this.#encryptor.key === held.sender.key) this.#encryptor.setKey(undefined);
    wipe(held.sender);
    for (const receiver of held.receivers.values()) wipe(receiver);
  }

  #takeOut(userId: string, key: ReceiverKey): void {
    const decryptor = this.#decryptors.get(userId);
    decryptor?.remove(key);
    if (decryptor?.keys !== 0) return;
    decryptor.dispose();
    this.#decryptors.delete(userId);
  }

  /** M2: what our own frames leave with. */
  switchSender(to: KeySetId | "plain" | "none"): void {
    this.#encryptor.setPassthrough(to === "plain");
    this.#encryptor.setKey(typeof to === "number" ? this.#keySets.get(to)?.sender.key : undefined);
  }

  /** M6: plaintext is accepted before `until`. */
  acceptPlaintext(until: number): void {
    this.#plaintextUntil = until;
    for (const decryptor of [this.#stranger, ...this.#decryptors.values()]) decryptor.setPlaintext(until);
  }

  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    this.#encryptor.assignSsrcToCodec(ssrc, codec);
  }

  maxProtectedLength(input: { mediaType: MediaType; ssrc: number; frame: Uint8Array }): number {
    return this.#encryptor.maxProtectedLength(input);
  }

  encrypt(input: { mediaType: MediaType; ssrc: number; frame: Uint8Array }): EncryptResult {
    return this.#encryptor.encrypt(input);
  }

  decrypt(input: IncomingMedia): DecryptResult {
    const result = this.tryDecrypt(input);
    this.#count(input.userId, result);
    return result;
  }

  /** Decrypts without counting. */
  tryDecrypt(input: IncomingMedia): DecryptResult {
    const { userId, mediaType, frame, now } = input;
    return (this.#decryptors.get(userId) ?? this.#stranger).decrypt({ mediaType, frame, now });
  }

  /** The newest key set that holds the key which opened this user's last frame; `undefined` when it did not open. */
  openedBy(userId: string): KeySetId | undefined {
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
    if (result.outcome !== "failed") counters[result.outcome]++;
    else counters.failed[result.reason] = (counters.failed[result.reason] ?? 0) + 1;
  }

  /** Frames of this user are counted from now on; counting again changes nothing. */
  countUser(userId: string): void {
    if (!this.#counters.has(userId)) this.#counters.set(userId, newCounters());
  }

  /** Counters stay as long as a user is named or their keys are accepted. */
  pruneCounters(named: ReadonlySet<string>): void {
    for (const userId of this.#counters.keys())
      if (!named.has(userId) && !this.#decryptors.has(userId)) this.#counters.delete(userId);
  }

  /** Frames by user and outcome, as they stand. */
  get counters(): ReadonlyMap<string, MediaCounters> {
    return new Map(
      [...this.#counters].map(([userId, counters]) => [
        userId,
        { ...counters, failed: { ...counters.failed } },
      ]),
    );
  }

  /** K6: frames a second on average, since the keys were prepared. */
  senderRate(id: KeySetId, now: number): number {
    const held = this.#keySets.get(id);
    return held === undefined ? 0 : (held.sender.key.counter * 1000) / Math.max(1, now - held.heldAt);
  }

  tick(now: number): void {
    for (const decryptor of this.#decryptors.values()) decryptor.tick(now);
  }

  /** The next instant after `now` at which a generation is given up. */
  nextDeadline(now: number): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const decryptor of this.#decryptors.values()) {
      // a generation is valid up to and including its instant (K5)
      const deadline = (decryptor.nextDeadline() ?? Number.POSITIVE_INFINITY) + 1;
      if (deadline > now) next = Math.min(next, deadline);
    }
    return Number.isFinite(next) ? next : undefined;
  }

  /** Every secret goes. */
  dispose(): void {
    for (const id of [...this.#keySets.keys()]) this.forget(id);
    this.#encryptor.setKey(undefined);
    this.#counters.clear();
  }
}
