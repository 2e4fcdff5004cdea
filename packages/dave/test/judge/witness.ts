// What the judge knows about one client, from the rules alone: it sees what goes in and what comes out.

import { type DaveClient, type DaveEvent, type ServerMessage, snapshotOf } from "../../src/index.ts";
import { ReplayedEvents } from "./replayed-events.ts";

/** M3, E13: how long a key is accepted after something ended its time, ms. */
const RETENTION_MS = 10_000;
/** K7: frames that are further behind the newest one may be refused. */
const WINDOW = 900;

/** What a sealed frame says about itself. */
export interface Sealed {
  readonly from: string;
  readonly frame: Uint8Array;
  readonly plaintext: Uint8Array;
  /** Names the sender's key; undefined for plaintext. */
  readonly keyId: string | undefined;
  readonly nonce: number;
}

/** Whatever a rule forbids. */
export class Violation extends Error {}

const violated = (rule: string, what: string): never => {
  throw new Violation(`${rule}: ${what}`);
};

/** F2, F3: the nonce in a frame's trailer. */
export function nonceOf(frame: Uint8Array): number {
  let at = frame.length - frame[frame.length - 3]! + 8;
  let nonce = 0;
  for (let shift = 0; ; shift += 7, at++) {
    nonce += (frame[at]! & 0x7f) * 2 ** shift;
    if (frame[at]! < 0x80) return nonce;
  }
}

interface HeardKey {
  /** When the key first decrypted. */
  readonly since: number;
  newest: number;
}

export class Witness {
  readonly #name: string;
  readonly #clock: { timers: number };
  #client!: DaveClient;
  #replayed!: ReplayedEvents;
  /** Events of the call of the client that is under way. */
  #events: DaveEvent[] = [];
  #now = 0;
  /** O4: an event after `close` has returned is a fault. */
  #closed = false;

  /** E11, E13: users named and not taken away. */
  readonly named = new Set<string>();
  /** When a user was taken away last. */
  readonly #goneAt = new Map<string, number>();
  /** Versions by transition id, as announced last. */
  readonly #announced = new Map<number, number>();
  readonly #earlyExecutes = new Set<number>();
  /** M6: whether a version 0 was executed or prepared on this connection. */
  #zeroPrepared = false;
  /** M5: whether a version 0 was to be executed on this connection. */
  #zeroExecuted = false;

  /** Keys of others that have decrypted here, by key id. */
  readonly heard = new Map<string, HeardKey>();
  /** Frames that were accepted. */
  readonly #accepted = new Set<string>();
  /** Instants from which keys may expire: executions, drops, resets of everything. */
  readonly #endings: { readonly at: number; readonly userId?: string }[] = [];
  /** Own keys that a commit or welcome has prepared, and when. */
  readonly #prepared = new Map<string, number>();
  /** The own key in use, and when it was prepared or, without a commit, first used. */
  #own: { readonly keyId: string; readonly since: number } | undefined;
  readonly #nonces = new Map<string, Set<number>>();
  recoveries = 0;
  lastRecoveryAt = Number.NEGATIVE_INFINITY;
  /** What others may ask of this client: whether it has heard a key. */
  readonly #others: () => ReadonlyMap<string, Witness>;

  constructor(name: string, clock: { timers: number }, others: () => ReadonlyMap<string, Witness>) {
    this.#name = name;
    this.#clock = clock;
    this.#others = others;
  }

  /** The client that is watched from now on. */
  watch(client: DaveClient): void {
    this.#client = client;
    this.#replayed = new ReplayedEvents(client.userId);
    this.heard.clear();
    this.#accepted.clear();
    this.#nonces.clear();
    this.#prepared.clear();
    this.identified();
  }

  /** E4: a new identify clears everything but the signature key. */
  identified(): void {
    this.named.clear();
    this.#announced.clear();
    this.#earlyExecutes.clear();
    this.#zeroPrepared = false;
    this.#zeroExecuted = false;
    this.#own = undefined;
    this.heard.clear();
    this.#endings.length = 0;
  }

  event(event: DaveEvent): void {
    if (this.#closed) violated("O4", `${this.#name} tells of ${event.type} after close()`);
    this.#replayed.event(event);
    this.#events.push(event);
  }

  fault(fault: unknown): void {
    violated("M11", `${this.#name} reports a fault although no callback throws: ${String(fault)}`);
  }

  /** Makes a call of the client; checks that it does not throw, and everything that must hold after it. */
  call<T>(now: number, what: string, run: () => T): T {
    this.#now = now;
    this.#events = [];
    let result: T;
    try {
      result = run();
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation(`M11: ${this.#name} throws in ${what}: ${(error as Error).stack}`);
    }
    if (what !== "close" && !this.#closed) this.#after(what);
    return result;
  }

  #after(what: string): void {
    const client = this.#client;
    const snapshot = snapshotOf(client);
    for (const { keyIds } of snapshot.transitions) {
      const own = keyIds?.[client.userId];
      if (own !== undefined) this.#prepares(own);
    }
    for (const event of this.#events) {
      if (event.type === "epoch" && snapshot.sender.kind === "key") this.#prepares(snapshot.sender.keyId);
      if (event.type === "transition" && (event.phase === "executed" || event.phase === "dropped"))
        this.#endings.push({ at: this.#now });
      if (event.type === "recovery" && event.phase === "started") {
        this.recoveries++;
        this.lastRecoveryAt = this.#now;
      }
    }
    if (this.#clock.timers > 1) violated("one timer", `${this.#name} has ${this.#clock.timers} timers`);
    if ((client.state === "plain") !== (client.executedVersion === 0))
      violated("M7", `${this.#name} is ${client.state} at version ${client.executedVersion}`);
    const differs = this.#replayed.differenceFrom(client);
    if (differs !== undefined) violated("events", `${this.#name}, ${what}: ${differs}`);
    this.#events = [];
  }

  #prepares(keyId: string): void {
    if (!this.#prepared.has(keyId)) this.#prepared.set(keyId, this.#now);
  }

  /** A message of the gateway is about to be applied. */
  incoming(now: number, message: ServerMessage): void {
    switch (message.op) {
      case 4:
        if (message.protocolVersion > 0) return;
        this.#zeroPrepared = this.#zeroExecuted = true;
        return void this.#endings.push({ at: now });
      case 11:
        for (const userId of message.userIds) this.named.add(userId);
        return;
      case 13:
        this.named.delete(message.userId);
        this.#goneAt.set(message.userId, now);
        return void this.#endings.push({ at: now, userId: message.userId });
      case 21:
      case 29:
      case 30:
        return this.#announce(message.transitionId, message.op === 21 ? message.protocolVersion : 1);
      case 22:
        this.#earlyExecutes.add(message.transitionId);
        if (this.#announced.get(message.transitionId) === 0) this.#zeroExecuted = true;
        return;
    }
  }

  #announce(id: number, version: number): void {
    // E4: a version above ours changes nothing.
    if (version > 1) return;
    this.#announced.set(id, version);
    if (version > 0) return;
    this.#zeroPrepared = true;
    // Id 0 executes at once; an execute that came early is remembered (E22).
    if (id === 0 || this.#earlyExecutes.has(id)) this.#zeroExecuted = true;
  }

  // ── frames ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Lets the client seal a frame; undefined when it is not ready, and says so. */
  seal(now: number, plaintext: Uint8Array): Sealed | undefined {
    const client = this.#client;
    return this.call(now, "encrypt", () => {
      const { ready } = client;
      const sent = client.encrypt({ mediaType: "audio", ssrc: 1, frame: plaintext });
      const leaves = sent.outcome === "encrypted" || sent.outcome === "plain";
      if (leaves !== ready) violated("M7", `${this.#name}: ready ${ready}, but encrypt says ${sent.outcome}`);
      if (sent.outcome === "plain") return this.#plain(sent.frame);
      if (sent.outcome !== "encrypted") return undefined;
      return this.#sealed(now, sent.frame, plaintext);
    });
  }

  #plain(frame: Uint8Array): Sealed {
    if (this.#client.executedVersion !== 0 || !this.#zeroExecuted)
      violated("M5", `${this.#name} sends plaintext at version ${this.#client.executedVersion}`);
    return { from: this.#client.userId, frame, plaintext: frame, keyId: undefined, nonce: 0 };
  }

  #sealed(now: number, frame: Uint8Array, plaintext: Uint8Array): Sealed {
    const { sender } = snapshotOf(this.#client);
    if (sender.kind !== "key") throw new Violation(`M2: ${this.#name} encrypts without a key`);
    const { keyId } = sender;
    const nonce = nonceOf(frame);
    const nonces = this.#nonces.get(keyId) ?? new Set();
    if (nonces.has(nonce)) violated("K4", `${this.#name} uses nonce ${nonce} twice under key ${keyId}`);
    this.#nonces.set(keyId, nonces.add(nonce));
    if (this.#own?.keyId !== keyId) this.#moves(now, keyId);
    return { from: this.#client.userId, frame, plaintext, keyId, nonce };
  }

  /** E21: to a key that no commit has prepared the sender moves only when nobody is left who holds the old one. */
  #moves(now: number, keyId: string): void {
    const old = this.#own;
    this.#own = { keyId, since: this.#prepared.get(keyId) ?? now };
    if (old === undefined || this.#prepared.has(keyId)) return;
    for (const [userId, witness] of this.#others()) {
      const stays = this.named.has(userId) && (this.#goneAt.get(userId) ?? -1) < old.since;
      const holds = witness.heard.has(old.keyId);
      if (stays && holds && userId !== this.#client.userId)
        violated("E21", `${this.#name} leaves key ${old.keyId}, which ${userId} still holds`);
    }
  }

  /** Gives the client a frame of another; returns the outcome, of a failure the reason. */
  hear(now: number, sealed: Sealed): string {
    const client = this.#client;
    const { from, frame } = sealed;
    const heard = this.call(now, "decrypt", () =>
      client.decrypt({ userId: from, mediaType: "audio", frame }),
    );
    const same = "frame" in heard && String(heard.frame) === String(sealed.plaintext);
    if (heard.outcome === "decrypted") {
      if (!same) violated("F9", `${this.#name} gets other bytes than ${from} sealed`);
      const name = `${from} ${String(frame)}`;
      if (this.#accepted.has(name)) violated("K7", `${this.#name} accepts a frame of ${from} twice`);
      this.#accepted.add(name);
    }
    if (heard.outcome === "plain" && !this.#zeroPrepared)
      violated("M6", `${this.#name} accepts plaintext, but never had a version 0`);
    if (sealed.keyId !== undefined) this.#judge(now, sealed, heard.outcome);
    return heard.outcome === "failed" ? heard.reason : heard.outcome;
  }

  /** M3, E31: a key that has decrypted goes on decrypting until 10 s after something that ends its time. */
  #judge(now: number, { from, keyId, nonce, frame }: Sealed, outcome: string): void {
    const known = this.heard.get(keyId!);
    if (outcome === "decrypted") {
      if (known === undefined) this.heard.set(keyId!, { since: now, newest: nonce });
      else known.newest = Math.max(known.newest, nonce);
      return;
    }
    if (known === undefined || this.#accepted.has(`${from} ${String(frame)}`)) return;
    const late = nonce < known.newest - WINDOW;
    const ended = this.#endings.some(
      ({ at, userId }) =>
        (userId === undefined || userId === from) &&
        at >= known.since - RETENTION_MS &&
        at <= now - RETENTION_MS,
    );
    if (!late && !ended)
      violated(
        "M3",
        `${this.#name} hears key ${keyId} of ${from} no more (${outcome}), and nothing ended its time`,
      );
  }

  /** O4: after `close` nothing is told, and no timer is left. */
  close(now: number): void {
    this.call(now, "close", () => this.#client.close());
    this.#closed = true;
    if (this.#clock.timers > 0) violated("O4", `${this.#name} leaves a timer behind`);
  }
}
