// §3 The MLS side of one media session: external sender, proposals, commits, welcomes. No gateway, no media, no time.

import {
  type CryptoProvider,
  createKeyPackage,
  equalBytes,
  externalSenderCodec,
  externalSendersExtension,
  Group,
  generateSignatureKeyPair,
  type KeyPackageBundle,
  type SignatureKeyPair,
  signatureKeyPairFrom,
} from "@puredave/mls";
import { attempt, readable } from "../attempt.ts";
import { checkCrypto, providerOf } from "../crypto.ts";
import {
  checkBytes,
  checkBytesList,
  checkOptionNames,
  DaveError,
  expectThat,
  isFunction,
  translated,
} from "../errors.ts";
import { frozenBytesMap } from "../frozen.ts";
import { exportBaseSecret } from "../media/sender-keys.ts";
import { namedSnowflake, type Snowflake, snowflakeBytes, snowflakes } from "../snowflake.ts";
import { CommitQueue } from "./commit-queue.ts";
import { commitRefersTo, judgeCommit, judgeWelcome } from "./judgement.ts";
import type {
  AppendOutcome,
  CommitOutcome,
  CommitQueuedOutcome,
  ExternalSenderOutcome,
  PendingGroupOutcome,
  RevokeOutcome,
  Roster,
  WelcomeOutcome,
} from "./outcomes.ts";
import { areAhead } from "./proposals.ts";
import { isRecognized, rosterOf } from "./roster.ts";
import { readWelcome } from "./validity.ts";

/** Options of {@link DaveSession}. */
export interface SessionOptions {
  /** Our own id (P2). */
  readonly userId: Snowflake;
  /** The channel's id: the group id (P1). */
  readonly channelId: Snowflake;
  /** Default: the fastest backend of this runtime with the platform's randomness. */
  readonly crypto?: CryptoProvider | undefined;
  /** A persistent signature key, 32 bytes (P4). Default: a new one. */
  readonly signaturePrivateKey?: Uint8Array | undefined;
}

const OPTION_NAMES: { readonly [K in keyof SessionOptions]: true } = {
  userId: true,
  channelId: true,
  crypto: true,
  signaturePrivateKey: true,
};

const NOBODY: Roster = frozenBytesMap([]);

/**
 * The bare MLS session of DAVE: E25, E27, E29, E30 with values as outcomes.
 *
 * Nothing that comes from the wire makes it throw, and what is refused leaves it as it was.
 *
 * @example
 * ```ts
 * const session = new DaveSession({ userId: "158049329150427136", channelId: "927310423890473011" });
 * const keyPackage = session.createKeyPackage(); // op 26
 * ```
 */
export class DaveSession {
  /** Our own id, in canonical decimal form. */
  readonly userId: string;
  /** The channel's id, in canonical decimal form. */
  readonly channelId: string;
  /** The primitives in use. */
  readonly crypto: CryptoProvider;
  readonly #signatureKeyPair: SignatureKeyPair;
  readonly #groupId: Uint8Array;
  #externalSender: Uint8Array | undefined;
  #group: Group | undefined;
  readonly #queue: CommitQueue;
  #keyPackage: KeyPackageBundle | undefined;
  #closed = false;

  /** @throws {@link DaveError} `invalid-snowflake`, `invalid-argument` */
  constructor(options: SessionOptions) {
    checkOptionNames(options, OPTION_NAMES);
    this.userId = namedSnowflake(options.userId, "userId");
    this.channelId = namedSnowflake(options.channelId, "channelId");
    this.#groupId = snowflakeBytes(this.channelId);
    const { crypto } = options;
    if (crypto !== undefined) checkCrypto(crypto);
    this.crypto = crypto ?? providerOf();
    this.#queue = new CommitQueue(this.crypto);
    this.#signatureKeyPair = this.#signatureKeys(options.signaturePrivateKey);
  }

  #signatureKeys(privateKey: Uint8Array | undefined): SignatureKeyPair {
    if (privateKey === undefined) return translated(() => generateSignatureKeyPair(this.crypto));
    checkBytes(privateKey, "signaturePrivateKey", 32);
    const keys = attempt(() => signatureKeyPairFrom(this.crypto, privateKey));
    expectThat(keys.outcome === "returned", "signaturePrivateKey", "a P-256 scalar", privateKey);
    return keys.value;
  }

  /**
   * P4: serves every leaf, reset and parallel session of the user. A copy: overwrite its private key when it is spent.
   *
   * @throws {@link DaveError} `closed` after `close`
   */
  get signatureKeyPair(): SignatureKeyPair {
    this.#open();
    const { privateKey, publicKey } = this.#signatureKeyPair;
    return { privateKey: privateKey.slice(), publicKey: publicKey.slice() };
  }

  /** Our public signature key, 65 bytes. */
  get publicKey(): Uint8Array {
    return this.#signatureKeyPair.publicKey.slice();
  }

  /** The group, pending or established. It belongs to the session, which ends it. */
  get group(): Group | undefined {
    return this.#group;
  }

  /** Whether we are sole member of a group at epoch 0 that nobody shares. */
  get hasPendingGroup(): boolean {
    return this.#group !== undefined && this.#group.epoch === 0n;
  }

  /** Whether the group's epoch is above 0. */
  get established(): boolean {
    return this.#group !== undefined && this.#group.epoch > 0n;
  }

  /** The group's epoch; 0 in a pending one, `undefined` without a group. */
  get epoch(): bigint | undefined {
    return this.#group?.epoch;
  }

  /** E25: whether op 25 has been there. */
  get hasExternalSender(): boolean {
    return this.#externalSender !== undefined;
  }

  /** The newest key package that no group has consumed, as op 26 carries it. */
  get keyPackage(): Uint8Array | undefined {
    return this.#keyPackage?.bytes.slice();
  }

  /** Our commit of the current epoch, unless a later op 27 has superseded it (O3). */
  get ownCommit(): { readonly commit: Uint8Array; readonly welcome: Uint8Array | undefined } | undefined {
    const offered = this.#queue.offered;
    return offered && { commit: offered.commit.slice(), welcome: offered.welcome?.slice() };
  }

  /** Whether one of our commits of this epoch may still be announced (E29). */
  get hasCommitted(): boolean {
    return this.#queue.hasCommitted;
  }

  /** Whether a proposal, by the hex of its reference, is queued. */
  hasQueued(refHex: string): boolean {
    expectThat(typeof refHex === "string", "refHex", "hex digits", refHex);
    return this.#queue.has(refHex);
  }

  /** How many proposals wait to be committed, by us or another. */
  get queuedProposals(): number {
    return this.#queue.proposals.length;
  }

  /** Everybody in the group, pending or established: the same map until the group changes. Empty without a group. */
  get roster(): Roster {
    return this.#group === undefined ? NOBODY : rosterOf(this.#group);
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#closed;
  }

  #open(): void {
    if (this.#closed) throw new DaveError("closed", "the session is closed; make a new one");
  }

  /** E25. `bytes`: one bare ExternalSender. After `replaced` the pending group is to be started again. */
  setExternalSender(bytes: Uint8Array): ExternalSenderOutcome {
    this.#open();
    checkBytes(bytes, "external sender");
    if (this.#externalSender !== undefined && equalBytes(this.#externalSender, bytes))
      return { outcome: "unchanged" };
    if (readable(() => externalSenderCodec.decode(bytes)) === undefined) return { outcome: "invalid" };
    if (this.#externalSender === undefined) {
      this.#externalSender = new Uint8Array(bytes);
      return { outcome: "stored" };
    }
    if (this.established) return { outcome: "ignored" };
    this.#externalSender = new Uint8Array(bytes);
    if (this.#group !== undefined) this.#replaceGroup(undefined);
    return { outcome: "replaced" };
  }

  /** Forgets op 25: only a new identify does (E4). */
  clearExternalSender(): void {
    this.#externalSender = undefined;
  }

  /** P1–P3: makes us the sole member of a new group at epoch 0. @throws {@link DaveError} `closed` */
  startPendingGroup(): PendingGroupOutcome {
    this.#open();
    if (this.#group !== undefined) return { outcome: "ignored", reason: "already-in-group" };
    if (this.#externalSender === undefined) return { outcome: "ignored", reason: "no-external-sender" };
    this.#group = Group.create(this.crypto, {
      groupId: this.#groupId,
      identity: snowflakeBytes(this.userId),
      signatureKeyPair: this.#signatureKeyPair,
      extensions: [externalSendersExtension([externalSenderCodec.decode(this.#externalSender)])],
    });
    return { outcome: "started" };
  }

  /** A bare KeyPackage with fresh init and leaf keys (P4); the one before is superseded and its secrets erased. */
  createKeyPackage(): Uint8Array {
    this.#open();
    this.#replaceKeyPackage(
      createKeyPackage(this.crypto, {
        identity: snowflakeBytes(this.userId),
        signatureKeyPair: this.#signatureKeyPair,
      }),
    );
    return this.#keyPackage!.bytes.slice();
  }

  /** Waits for the welcome of this key package of ours, which the session owns from now on. */
  useKeyPackage(bundle: KeyPackageBundle): void {
    this.#open();
    expectThat(isFunction(bundle?.close), "bundle", "a KeyPackageBundle", bundle);
    this.#replaceKeyPackage(bundle);
  }

  /**
   * E27 append without the commit: all messages are queued, or none.
   *
   * @param recognized users named by op 11; we are always recognised ourselves
   * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`, `closed`
   */
  appendProposals(messages: readonly Uint8Array[], recognized: Iterable<Snowflake>): AppendOutcome {
    this.#open();
    checkBytesList(messages, "messages");
    const known = this.#recognizer(recognized);
    if (this.#group === undefined) return { outcome: "rejected", reason: "no-group" };
    const appended = this.#queue.append(this.#group, messages, known);
    if (appended.outcome !== "rejected" || appended.reason !== "wrong-epoch") return appended;
    const ahead = this.#externalSender && areAhead(this.crypto, this.#group, messages, this.#externalSender);
    return ahead ? { outcome: "rejected", reason: "future-epoch" } : appended;
  }

  /** E27 revoke without the commit: one unknown reference rejects the message. @throws {@link DaveError} `invalid-argument`, `closed` */
  revokeProposals(refs: readonly Uint8Array[]): RevokeOutcome {
    this.#open();
    checkBytesList(refs, "refs");
    return this.#queue.revoke(refs);
  }

  /** E27: commits everything queued. The group moves only when the commit is announced (MLS-09). */
  commitQueued(): CommitQueuedOutcome {
    this.#open();
    return this.#group === undefined ? { outcome: "empty" } : this.#queue.commit(this.#group);
  }

  /** E29: an announced commit, an MLSMessage. */
  processCommit(bytes: Uint8Array): CommitOutcome {
    this.#open();
    checkBytes(bytes, "commit");
    if (this.#group === undefined) return { outcome: "ignored", reason: "no-group" };
    const judged = judgeCommit(this.#group, bytes, this.#queue);
    if (judged.outcome === "next") return this.#adopt(this.#group, judged.group, judged.own);
    if (judged.outcome === "removed") this.#replaceGroup(undefined);
    return judged;
  }

  /** E27: whether a commit of the current epoch refers to one of these proposals (by the hex of their references). */
  refersTo(bytes: Uint8Array, refs: ReadonlySet<string>): boolean {
    checkBytes(bytes, "commit");
    expectThat(isFunction(refs?.has), "refs", "a set of hex references", refs);
    return this.#group !== undefined && this.established && commitRefersTo(this.#group, bytes, refs);
  }

  #adopt(before: Group, next: Group, own: boolean): CommitOutcome {
    // E29: out of a pending group, our own key package counts as consumed
    if (before.epoch === 0n) this.#replaceKeyPackage(undefined);
    this.#replaceGroup(next);
    return { outcome: "adopted", own, epoch: next.epoch, roster: rosterOf(next) };
  }

  /** E30: a bare Welcome. */
  processWelcome(bytes: Uint8Array, recognized: Iterable<Snowflake>): WelcomeOutcome {
    this.#open();
    checkBytes(bytes, "welcome");
    const known = this.#recognizer(recognized);
    if (this.established && this.#keyPackage === undefined)
      return { outcome: "ignored", reason: "already-joined" };
    const read = readWelcome(bytes, this.#keyPackage);
    if (read === undefined) return { outcome: "invalid", reason: "not-a-welcome" };
    if (!read.forNewest || this.#keyPackage === undefined)
      return { outcome: "ignored", reason: "not-for-newest-key-package" };
    const judged = judgeWelcome(this.crypto, {
      welcome: bytes,
      keyPackage: this.#keyPackage,
      groupId: this.#groupId,
      externalSender: this.#externalSender,
    });
    if (judged.outcome === "invalid") return judged;
    // the package's private keys are erased once used
    this.#replaceKeyPackage(undefined);
    this.#replaceGroup(judged.group);
    const { roster } = this;
    const unrecognized = [...roster.keys()].filter((userId) => !known(userId));
    return { outcome: "joined", epoch: judged.group.epoch, roster, unrecognized };
  }

  /** K1: the 16-byte base secret of a user in the current epoch; `undefined` without a group. */
  baseSecret(userId: Snowflake): Uint8Array | undefined {
    const id = namedSnowflake(userId, "userId");
    return this.#group === undefined ? undefined : exportBaseSecret(this.#group, id);
  }

  /**
   * K1: the 16-byte base secret of everybody in the current epoch, ourselves included, by user id; empty without a
   * group. Overwrite them when they are spent; `SessionMedia` does.
   */
  baseSecrets(): Map<string, Uint8Array> {
    const group = this.#group;
    if (group === undefined) return new Map();
    return new Map(Array.from(this.roster.keys(), (userId) => [userId, exportBaseSecret(group, userId)]));
  }

  /** §3 *Reset MLS state*: group, queue, own commits, key package. External sender and signature key stay. */
  reset(options: { readonly keepKeyPackage?: boolean | undefined } = {}): void {
    checkOptionNames(options, { keepKeyPackage: true });
    const { keepKeyPackage = false } = options;
    expectThat(typeof keepKeyPackage === "boolean", "keepKeyPackage", "true or false", keepKeyPackage);
    this.#replaceGroup(undefined);
    if (!keepKeyPackage) this.#replaceKeyPackage(undefined);
  }

  /** Erases every secret, our copy of the signature key too. Safe to call twice. */
  close(): void {
    this.reset();
    this.#signatureKeyPair.privateKey.fill(0);
    this.#closed = true;
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** One commit of the epoch has been announced, or the group is gone: queue and own commits go with it. */
  #replaceGroup(next: Group | undefined): void {
    this.#queue.clear(next);
    if (this.#group !== next) this.#group?.close();
    this.#group = next;
  }

  #replaceKeyPackage(next: KeyPackageBundle | undefined): void {
    this.#keyPackage?.close();
    this.#keyPackage = next;
  }

  #recognizer(recognized: Iterable<Snowflake>): (userId: string) => boolean {
    const named = new Set(snowflakes(recognized, "recognized"));
    return (userId) => isRecognized(userId, named, this.userId);
  }
}

/** Refuses what is no session, and a session that is closed. @throws {@link DaveError} `invalid-argument`, `closed` */
export function checkSession(session: unknown): asserts session is DaveSession {
  expectThat(session instanceof DaveSession, "session", "a DaveSession", session);
  if (session.closed) throw new DaveError("closed", "the session is closed; make a new one");
}
