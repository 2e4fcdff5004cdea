// What a DaveClient is made of, and what passes between its parts: gateway messages in turn, messages out, events last.

import { copyOf } from "../bytes.ts";
import { type Fault, guarded } from "../callbacks.ts";
import { decoded, decodeServerHead, encodeSpoken, type SpokenMessage } from "../gateway/codec.ts";
import { Inbox, type ReceivedData, type WholeMessage } from "../gateway/inbox.ts";
import type { SentMessage } from "../gateway/opcodes.ts";
import { SessionMedia } from "../media/session-media.ts";
import { platformClock } from "../ports.ts";
import { DaveSession } from "../session/session.ts";
import { SteadyClock } from "../steady-clock.ts";
import { nextTransitionDeadline } from "../transitions/reduce.ts";
import { Connection } from "./connection.ts";
import { Driver } from "./driver.ts";
import { type ClientState, type DaveEvent, type DaveEvents, Listeners } from "./events.ts";
import { Frames } from "./frames.ts";
import { GroupMessages } from "./group-messages.ts";
import { TrustedKeys } from "./known-keys.ts";
import type { DaveClientOptions } from "./options.ts";
import { Parking } from "./parking.ts";
import { cryptoOf } from "./randomness.ts";
import type { TappedMessage } from "./tap.ts";
import { Turns } from "./turns.ts";

export class Core {
  readonly clock: SteadyClock;
  readonly session: DaveSession;
  readonly media: SessionMedia;
  readonly driver: Driver;
  readonly connection: Connection;
  readonly frames: Frames;
  readonly listeners: Listeners;
  readonly turns: Turns;
  readonly knownKeys: TrustedKeys;
  /** Told what the caller's callbacks throw. Never throws. */
  readonly fault: Fault;
  readonly #inbox: Inbox;
  readonly #closed = new Set<() => void>();
  readonly #messages: GroupMessages;
  readonly #log: (event: DaveEvent) => void;
  readonly #tap: ((tapped: TappedMessage) => void) | undefined;
  readonly #transmit: (data: SentMessage) => void;
  #events: DaveEvent[] = [];
  /** What leaves once the change that produced it is complete. */
  #outbox: SpokenMessage[] = [];
  #closing = false;
  #shown: { state: ClientState; ready: boolean } = { state: "negotiating", ready: false };

  /** @throws {@link DaveError} `invalid-snowflake`, `invalid-argument` */
  constructor(options: DaveClientOptions) {
    const { userId, channelId, backend, changeover, signaturePrivateKey, policy = "hold" } = options;
    const tellFault = guarded(options.onFault);
    // O4: a closed client tells nothing, faults included.
    const fault: Fault = (thrown) => {
      if (!this.#closing) tellFault(thrown);
    };
    this.fault = fault;
    const { crypto, made } = cryptoOf(options, fault);
    this.clock = new SteadyClock(options.clock ?? platformClock(), fault);
    this.knownKeys = new TrustedKeys(options.knownKeys ?? new Map<string, Uint8Array>(), fault);
    this.#log = guarded(options.onEvent, fault);
    this.#tap = options.tap && guarded(options.tap, fault);
    this.#transmit = guarded(options.send, fault);
    this.listeners = new Listeners(fault);
    this.session = new DaveSession({ userId, channelId, crypto, signaturePrivateKey });
    const baseSecrets = (): ReadonlyMap<string, Uint8Array> => this.session.baseSecrets();
    this.media = new SessionMedia({ userId, crypto, baseSecrets, backend, changeover });
    made();
    this.#inbox = new Inbox({
      deliver: (message, connection) => this.#take(message, connection),
      unreadable: (thrown) => this.#unreadable(thrown),
    });
    this.connection = new Connection((message) => this.#outbox.push(message));
    const parking = new Parking(crypto);
    this.driver = new Driver({
      session: this.session,
      media: this.media,
      parking,
      // O3: what is produced while the socket is down waits: all that still counts can be told from the state
      send: (message) => {
        if (this.driver.state.connected) this.#outbox.push(message);
      },
      emit: (event) => this.#events.push(event),
      knownKeys: this.knownKeys,
    });
    this.#messages = new GroupMessages(this.driver);
    this.frames = new Frames({
      driver: this.driver,
      policy,
      onDeaf: options.recoverFromMedia === false ? undefined : () => this.recover("media-deaf"),
      onRate: (framesPerSecond) =>
        this.turns.run(() => this.#events.push({ type: "senderRate", framesPerSecond })),
      onUndecryptable: (event) =>
        this.turns.run(() => this.#events.push({ type: "undecryptable", ...event })),
      run: (change) => this.turns.run(change),
    });
    this.turns = new Turns({
      clock: this.clock,
      tick: (now) => this.tick(now),
      deadline: (now) =>
        earliest(
          nextTransitionDeadline(this.driver.state),
          this.#messages.deadline,
          this.media.nextDeadline(now),
        ),
      settled: (now) => this.#tell(now),
    });
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** M7: a frame given to `encrypt` now would leave. */
  get ready(): boolean {
    return !this.#closing && this.frames.ready;
  }

  /** One message of the gateway; `connection`: the one it came by, where its owner says so. */
  receive(data: ReceivedData, connection: number | undefined): void {
    this.#inbox.receive(data, connection);
  }

  #unreadable(thrown: unknown): void {
    this.fault(thrown);
    this.turns.run(() => this.#ignored(undefined, "malformed-message"));
  }

  #take(data: WholeMessage, connection: number | undefined): void {
    // a call from within `send` comes later: the caller may use the buffer again
    const kept = this.turns.busy && typeof data !== "string" ? data.slice() : data;
    this.turns.run((now) => {
      if (connection !== undefined && connection !== this.connection.number)
        return this.#ignored(undefined, "old-connection");
      this.#receive(kept, now);
    });
  }

  #receive(data: string | Uint8Array, now: number): void {
    const read = decoded(() => decodeServerHead(data));
    if (read.outcome === "malformed") return this.#ignored(undefined, "malformed-message");
    const head = read.message;
    // O2: in order, and nothing twice
    if (!this.connection.accepts(head.seq)) return this.#ignored(head.op, "old-sequence");
    const body = decoded(() => head.decode());
    const message = body.outcome === "message" ? body.message : undefined;
    // O2: an unknown JSON opcode advances the sequence, an unknown binary opcode never does
    if (message?.op === "unknown" && typeof data !== "string") return;
    const missing = this.connection.applied(head.seq);
    if (missing !== undefined) this.#events.push({ type: "messagesMissing", ...missing });
    if (message === undefined) return this.#ignored(head.op, "malformed-message");
    if (message.op === "unknown") return;
    this.#tapped({ direction: "in", at: now, message });
    if (message.op === 9) this.#resumed(now);
    else this.#messages.handle(message, now);
  }

  /** The message is copied: what the caller does with it changes nothing here. */
  #tapped(tapped: TappedMessage): void {
    if (this.#tap !== undefined && !this.#closing) this.#tap(copyOf(tapped));
  }

  /** O3 */
  connectionLost(): void {
    this.turns.run((now) => this.driver.apply({ type: "connection-lost" }, now));
  }

  #resumed(now: number): void {
    if (this.driver.state.connected) return;
    this.driver.apply({ type: "resumed" }, now);
    this.#messages.resumed(now);
    this.connection.resumed(this.driver.state, this.session);
  }

  #ignored(op: number | undefined, reason: DaveEvents["ignored"]["reason"]): void {
    this.#events.push({ type: "ignored", op, reason });
  }

  /** E31: by hand, or because media have gone deaf. */
  recover(type: "recover" | "media-deaf"): void {
    this.turns.run((now) => this.driver.apply({ type }, now));
  }

  /** E4 */
  identify(): number {
    const number = this.connection.renew();
    // O4: what the old connection brought and nobody has read yet changes nothing.
    for (let left = this.#inbox.clear(); left > 0; left--)
      this.turns.run(() => this.#ignored(undefined, "old-connection"));
    this.turns.runBeforeDue((now) => {
      this.connection.identify();
      this.driver.identify(now);
      this.frames.reset();
    });
    return number;
  }

  tick(now: number): void {
    this.#messages.tick(now);
    this.media.tick(now);
  }

  /** O4: every secret is erased. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#inbox.clear();
    this.listeners.close();
    for (const end of this.#closed) end();
    this.#closed.clear();
    this.turns.end((now) => {
      this.driver.identify(now);
      this.media.close();
      this.session.close();
    });
  }

  /** Calls back when the client is closed, at once if it is closed already; returns what stops that. */
  onClose(end: () => void): () => void {
    if (this.#closing) end();
    else this.#closed.add(end);
    return () => this.#closed.delete(end);
  }

  /** O4: nothing leaves a closed client. */
  #flush(now: number): void {
    const messages = this.#outbox;
    const { number } = this.connection;
    this.#outbox = [];
    for (const message of messages) {
      // O4: `send` may have closed the client, or begun a new connection, to which the rest does not belong.
      if (this.#closing || this.connection.number !== number) return;
      this.#tapped({ direction: "out", at: now, message });
      if (this.#closing || this.connection.number !== number) return;
      this.#transmit(encodeSpoken(message));
    }
  }

  #tell(now: number): void {
    this.#flush(now);
    this.driver.tellChanges();
    const { ready } = this;
    const state = this.driver.clientState;
    if (state !== this.#shown.state || ready !== this.#shown.ready) {
      this.#shown = { state, ready };
      this.#events.push({ type: "state", state, ready });
    }
    const events = this.#events;
    this.#events = [];
    for (const event of events) {
      if (this.#closing) return;
      this.#log(copyOf(event));
      this.listeners.emit(event);
    }
  }
}

/** The parts of a client, for those who look into it. */
export const CORES = new WeakMap<object, Core>();

function earliest(...instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
