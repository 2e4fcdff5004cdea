// The one class a bot uses: gateway messages in, frames through, events out (M7, M8, M11, O2–O4).

import { CODECS, type Codec } from "@puredave/frame-crypto";
import { equalBytes } from "@puredave/mls";
import { checkObject, DaveError, expectOneOf, expectThat, refuse } from "../errors.ts";
import type { ReceivedData } from "../gateway/inbox.ts";
import type { MediaCounters } from "../media/session-media.ts";
import { checkSsrc } from "../rtp.ts";
import { memberKey } from "../session/roster.ts";
import { namedSnowflake, type Snowflake, snowflakes } from "../snowflake.ts";
import type { PairwiseCode } from "../verification.ts";
import { CORES, Core } from "./core.ts";
import type { ClientState, DaveEvents, Listener, PrivacyCode } from "./events.ts";
import type { Verification } from "./known-keys.ts";
import {
  type AmongOutcome,
  type AnonymousFrame,
  checkFrame,
  checkListener,
  checkOptions,
  comparedKey,
  type DaveClientOptions,
  type DecryptOutcome,
  type EncryptOutcome,
  type IncomingFrame,
  type NotReadyPolicy,
  type OutgoingFrame,
} from "./options.ts";

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * A DAVE client for one media session.
 *
 * Give it every message of the voice gateway, send what it sends, pass every outgoing frame through `encrypt` and
 * every incoming one through `decrypt`. It throws for misuse only; whatever comes from gateway or media becomes an
 * outcome or an event (M11).
 *
 * @example
 * ```ts
 * const client = new DaveClient({ userId, channelId, send: (message) => socket.send(message) });
 * socket.onmessage = ({ data }) => client.receive(data);
 * const sent = client.encrypt({ mediaType: "audio", ssrc, frame: opus });
 * if (hasFrame(sent)) rtp.send(sent.frame);
 * ```
 */
export class DaveClient {
  readonly #core: Core;

  /** @throws {@link DaveError} `invalid-snowflake`, `invalid-argument` */
  constructor(options: DaveClientOptions) {
    checkOptions(options);
    this.#core = new Core(options);
    CORES.set(this, this.#core);
  }

  /** Our own id, in canonical decimal form. */
  get userId(): string {
    return this.#core.session.userId;
  }

  /** The channel's id, in canonical decimal form. */
  get channelId(): string {
    return this.#core.session.channelId;
  }

  // ── gateway ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Applies a message of the voice gateway, as it comes from the websocket: text, bytes in any wrapping, text as
   * bytes (as `ws` gives it), or a Blob (as the web's `WebSocket` gives it). Never throws for its content.
   *
   * A Blob is read first, and what comes meanwhile waits behind it: messages are applied in the order in which they
   * were given (O2).
   *
   * @param connection what `beginConnection()` returned, when messages of an older connection may still arrive (O4)
   * @throws {@link DaveError} `invalid-argument` when `message` is neither text nor bytes nor a Blob, or
   * when `connection` is no number of a connection
   */
  receive(message: ReceivedData, connection?: number): void {
    const isNumber = connection === undefined || Number.isSafeInteger(connection);
    expectThat(isNumber, "connection", "what beginConnection() returned", connection);
    if (!this.#core.closing) this.#core.receive(message, connection);
  }

  /** O2: what heartbeat (op 3) and resume (op 7) carry as `seq_ack`; -1 before any message. */
  get seqAck(): number {
    return this.#core.connection.sequence;
  }

  /** O3: the socket is gone; what is produced from now on waits for op 9 or a new identify. */
  connectionLost(): void {
    this.#core.connectionLost();
  }

  /**
   * E4: a new identify is about to be sent, not a resume: everything but the signature key is cleared.
   *
   * @returns the number of the new connection, for `receive`
   */
  beginConnection(): number {
    return this.#core.identify();
  }

  /** E31: asks for a recovery by hand, under the id announced last. At an executed version 0 it does nothing. */
  recover(): void {
    this.#core.recover("recover");
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Says which codec's clear ranges a 32-bit SSRC needs. @throws {@link DaveError} `invalid-argument` */
  assignSsrcToCodec(ssrc: number, codec: Codec): void {
    checkSsrc(ssrc);
    expectOneOf(CODECS, codec, "codec");
    this.#core.media.assignSsrcToCodec(ssrc, codec);
  }

  /** F4: how many bytes `encrypt` may make of a frame at most. */
  maxProtectedLength(input: OutgoingFrame): number {
    return this.#core.media.maxProtectedLength(input);
  }

  /**
   * Encrypts a frame with the key of the last executed transition (M2), or lets it pass while version 0 is executed.
   *
   * @throws {@link DaveError} `invalid-argument`; `not-ready` under the policy `throw`
   */
  encrypt(input: OutgoingFrame): EncryptOutcome {
    if (this.#core.closing) return { outcome: "failed", reason: "closed" };
    return this.#core.frames.encrypt(input, this.#core.turns.advance());
  }

  /**
   * Decrypts a frame of one user (F8). Without a user, as for an SSRC that nobody has announced yet, it fails with the
   * reason `unknown-sender`.
   *
   * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
   */
  decrypt(input: IncomingFrame): DecryptOutcome {
    checkObject(input, "input");
    const { userId } = input;
    if (userId === undefined || userId === null) return unknownSender(input);
    if (this.#core.closing) return { outcome: "failed", reason: "closed" };
    const id = this.#core.media.accepts(userId) ? userId : namedSnowflake(userId, "userId");
    return this.#core.frames.decrypt(id, input, this.#core.turns.advance());
  }

  /**
   * Decrypts a frame whose sender is unknown: the first candidate whose key fits sent it (LIB-15). Failures on the
   * way are not counted, and only what authenticates is accepted: plaintext and silence say nothing about a sender.
   *
   * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
   */
  decryptAmong(input: AnonymousFrame): AmongOutcome {
    checkFrame(input);
    const candidates = snowflakes(input.candidates, "candidates");
    if (this.#core.closing) return { outcome: "failed", reason: "closed", userId: undefined };
    return this.#core.frames.decryptAmong(candidates, input, this.#core.turns.advance());
  }

  /** Frames by user and outcome, since the user entered a group with us. */
  get counters(): ReadonlyMap<string, Readonly<MediaCounters>> {
    return this.#core.media.counters;
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────

  /** M7. */
  get state(): ClientState {
    return this.#core.driver.clientState;
  }

  /** M7: a frame given to `encrypt` now would leave. */
  get ready(): boolean {
    return this.#core.ready;
  }

  /** The MLS epoch; `undefined` without a group, 0 in a pending one. */
  get epoch(): bigint | undefined {
    return this.#core.session.epoch;
  }

  /** The protocol version executed now; `undefined` before the first transition. */
  get executedVersion(): number | undefined {
    return this.#core.driver.state.executed;
  }

  /** M8: what `encrypt` does while encryption is expected but not ready. */
  get policy(): NotReadyPolicy {
    return this.#core.frames.policy;
  }

  /**
   * Members of the newest epoch: user id → 65-byte signature key, ourselves included. They stay while the group is set
   * up anew (`inGroup` and `epoch` say so), as their frames go on being decrypted (M4).
   */
  get roster(): ReadonlyMap<string, Uint8Array> {
    return this.#core.driver.roster;
  }

  /** E30: members that op 11 does not name, in decimal: somebody who has just left, or a stranger. */
  get unrecognized(): readonly string[] {
    return this.#core.driver.unrecognized;
  }

  /**
   * E29: false after a commit has removed us and during a recovery: nobody may hear us, although we go on sending. True
   * again with the next commit or welcome, when we are alone, or at version 0. True before any group.
   */
  get inGroup(): boolean {
    return this.#core.driver.inGroup;
  }

  /** Users named by op 11, ourselves left out. */
  get recognizedUserIds(): ReadonlySet<string> {
    return this.#core.driver.state.recognized;
  }

  /** V4: 30 digits, the same for everybody in the epoch. */
  get privacyCode(): PrivacyCode | undefined {
    return this.#core.driver.privacyCode;
  }

  /** Our public signature key, 65 bytes. */
  get publicKey(): Uint8Array {
    return this.#core.session.publicKey;
  }

  /** EC-12: what is known of a member's key; only `markVerified` makes it `verified`. @throws {@link DaveError} `unknown-user` */
  verificationOf(userId: Snowflake): Verification {
    const id = namedSnowflake(userId, "userId");
    return this.#core.knownKeys.verificationOf(id, this.#memberKey(id));
  }

  /**
   * Remembers that the caller has compared this member's code: the key in the roster is theirs (P4).
   *
   * @param compared what was compared: the object that `pairwiseCodeWith` returned, or the member's 65-byte public key.
   * The member may have come back with another key since: then nothing is remembered.
   * @throws {@link DaveError} `verification-mismatch`, `unknown-user`, `store-failed`, `invalid-argument`,
   * `invalid-snowflake`
   * @example
   * ```ts
   * function compare(member: string, ask: (code: string) => boolean) {
   *   const compared = pairwiseCodeWith(client, member);
   *   if (ask(compared.code)) client.markVerified(member, compared); // the member's device shows the same code
   * }
   * ```
   */
  markVerified(userId: Snowflake, compared: PairwiseCode | Uint8Array): void {
    const id = namedSnowflake(userId, "userId");
    const key = comparedKey(compared);
    const publicKey = this.#memberKey(id);
    if (!equalBytes(key, publicKey))
      throw new DaveError(
        "verification-mismatch",
        "compared: it does not fit the key that the member has now",
      );
    this.#core.knownKeys.set(id, publicKey);
  }

  #memberKey(userId: string): Uint8Array {
    return memberKey(this.#core.driver.roster, this.userId, userId);
  }

  // ── events, time, end ────────────────────────────────────────────────────────────────────────────────────

  /** Listens to an event; returns what ends this listening and no other of the same function. @throws {@link DaveError} `invalid-argument` */
  on<K extends keyof DaveEvents>(type: K, listener: Listener<K>): () => void {
    checkListener(type, listener);
    return this.#core.listeners.on(type, listener, false);
  }

  /** Listens to the next event of that name; returns what stops it. @throws {@link DaveError} `invalid-argument` */
  once<K extends keyof DaveEvents>(type: K, listener: Listener<K>): () => void {
    checkListener(type, listener);
    return this.#core.listeners.on(type, listener, true);
  }

  /** Takes a listener off, however often `on` and `once` have added it. @throws {@link DaveError} `invalid-argument` */
  off<K extends keyof DaveEvents>(type: K, listener: Listener<K>): void {
    checkListener(type, listener);
    this.#core.listeners.off(type, listener);
  }

  /** When `tick` next has something to do, by the clock; `undefined`: nothing is waiting. */
  nextDeadline(): number | undefined {
    const { deadline } = this.#core.turns;
    return deadline === undefined ? undefined : this.#core.clock.toCaller(deadline);
  }

  /**
   * Does what is due: for owners whose clock has no timers.
   *
   * @param now the clock's time, ms; default: asks the clock. Time never goes back.
   * @throws {@link DaveError} `invalid-argument`
   */
  tick(now?: number): void {
    expectThat(now === undefined || Number.isFinite(now), "now", "milliseconds", now);
    if (now !== undefined) this.#core.clock.reach(now);
    this.#core.turns.run((at) => this.#core.tick(at));
  }

  /**
   * O4: ends the session: every secret is erased, later messages change nothing, and no callback of the caller's is
   * called any more: no listener, not `send`, `tap`, `onEvent` or `onFault`. Called from within one of them, the
   * secrets are erased as soon as the change under way is complete. Safe to call twice.
   */
  close(): void {
    this.#core.close();
  }

  /** What `console.log` shows, in Node, Bun and Deno. */
  [INSPECT](): string {
    const { state, ready, epoch, userId, channelId } = this;
    return `DaveClient { userId: ${userId}, channelId: ${channelId}, state: ${state}, ready: ${ready}, epoch: ${epoch} }`;
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A frame of nobody. A slip of the finger in the name of the field must not read as a sender whom nobody knows. */
function unknownSender(input: IncomingFrame): DecryptOutcome {
  if (!("userId" in input))
    refuse("userId", "a field, undefined while the sender is unknown", "no such field");
  checkFrame(input);
  return { outcome: "failed", reason: "unknown-sender" };
}
