// One user: a real client, its websocket in both directions, its clock, and the witness who watches it.

import type { CryptoProvider } from "@puredave/mls";
import { DaveClient, type ServerMessage } from "../../src/index.ts";
import type { Connection, VirtualClock, VoiceGateway, Wire } from "../../src/testing.ts";
import { clientMessage } from "../support/decoded.ts";
import { ClientClock } from "./client-clock.ts";
import type { Sfu } from "./sfu.ts";
import { type Sealed, Witness } from "./witness.ts";

/** What a person needs of the call around. */
export interface Surroundings {
  readonly channelId: string;
  readonly time: VirtualClock;
  readonly crypto: CryptoProvider;
  readonly gateway: VoiceGateway;
  readonly sfu: Sfu<Sealed>;
  readonly witnesses: ReadonlyMap<string, Witness>;
  /** How long the next websocket message travels, ms. */
  readonly latency: () => number;
  /** The bytes behind the number of each frame. */
  readonly filling: Uint8Array;
  /** A violation that came up inside a callback of a client. */
  violation: Error | undefined;
  note(what: string): void;
}

export class Person {
  readonly userId: string;
  readonly #call: Surroundings;
  readonly clock: ClientClock;
  readonly witness: Witness;
  client!: DaveClient;
  #connection: Connection | undefined;
  #number = 0;
  #arrival = 0;
  #serial = 0;
  readonly #sent = new Map<number, number>();
  /** Whether the client has reported `connectionLost()` and waits for op 9. */
  down = false;
  /** G16: the next 29 is answered by a recovery although it is valid. */
  flagsNext = false;
  /** The next 29 or 30 arrives with one bit turned. */
  corruptsNext = false;
  /** Takes what the gateway sends to this person, instead of the client. */
  intercept: ((data: Wire, message: ServerMessage) => void) | undefined;
  /** Runs inside the client's callbacks, and may throw or call the client. */
  mischief: (() => void) | undefined;
  /** What this person heard of each other person last: the outcome of the newest frame. */
  readonly hears = new Map<string, string>();

  constructor(call: Surroundings, userId: string) {
    this.#call = call;
    this.userId = userId;
    this.clock = new ClientClock(call.time);
    this.witness = new Witness(userId, this.clock, () => call.witnesses);
    this.#start();
  }

  /** A new process: another client with another signature key. */
  #start(): void {
    this.client = new DaveClient({
      userId: this.userId,
      channelId: this.#call.channelId,
      clock: this.clock,
      crypto: this.#call.crypto,
      send: (message) => {
        this.#up(message);
        this.mischief?.();
      },
      onEvent: (event) => {
        this.#guard(() => this.witness.event(event));
        this.mischief?.();
      },
      onFault: (fault) => {
        if (this.mischief === undefined) this.#guard(() => this.witness.fault(fault));
      },
    });
    this.witness.watch(this.client);
  }

  /** The client swallows what callbacks throw; a violation has to get out all the same. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.#call.violation ??= violation as Error;
    }
  }

  // ── the websocket ────────────────────────────────────────────────────────────────────────────────────────

  /** Whether the gateway knows this person. */
  get present(): boolean {
    return this.#connection?.open === true;
  }

  /** Op 0 by a new connection. `fresh`: by a new process. */
  identify({ fresh = false } = {}): void {
    this.down = false;
    if (fresh) {
      this.#doing("close", () => this.client.close());
      this.#start();
    } else {
      this.#doing("identify", () => {
        this.#number = this.client.beginConnection();
        this.witness.identified();
      });
    }
    const number = fresh ? undefined : this.#number;
    this.hears.clear();
    this.#call.sfu.enter(this.userId, (sealed) => this.hear(sealed));
    this.#connection = this.#call.gateway.identify(this.userId, 1, {
      deliver: (data, message) => this.#deliver(data, message, number),
      latency: this.#call.latency,
      firstNumber: 0xfff0,
    });
  }

  /** Leaves for good. The client stays as it was, so that it can be asked what it still decrypts. */
  leave(): void {
    this.#connection = undefined;
    this.down = false;
    this.#call.sfu.leave(this.userId);
    this.#call.gateway.leave(this.userId);
  }

  /** The socket breaks, and `ms` later the session is resumed, or a new one is begun because that is refused. */
  loseSocket(ms: number, mode: "resume" | "refused" | "identify"): void {
    const connection = this.#connection;
    if (connection === undefined || this.down) return;
    connection.lost();
    this.down = true;
    this.#doing("connectionLost", () => this.client.connectionLost());
    const { time, gateway } = this.#call;
    if (mode === "refused")
      time.setTimer(ms / 2, () => this.#connection === connection && gateway.leave(this.userId));
    time.setTimer(ms, () => {
      if (this.#connection !== connection || !this.down) return;
      if (mode !== "resume" || !connection.open) return this.identify();
      this.down = false;
      gateway.resume(connection, this.client.seqAck, (data, message) => this.#deliver(data, message));
    });
  }

  /** How many messages of an opcode this person's clients have sent. */
  sentOf(op: number): number {
    return this.#sent.get(op) ?? 0;
  }

  /** From the client to the gateway, in order; what is on its way when the socket breaks is lost. */
  #up(data: Wire): void {
    const { op } = clientMessage(data);
    if (op !== "unknown") this.#sent.set(op, this.sentOf(op) + 1);
    this.#call.note(`${this.userId} -> ${op}`);
    const connection = this.#connection;
    if (connection === undefined) return;
    const copy = typeof data === "string" ? data : data.slice();
    const { time, gateway, latency } = this.#call;
    this.#arrival = Math.max(this.#arrival, time.now() + latency());
    time.setTimer(this.#arrival - time.now(), () => connection.up && gateway.receive(connection, copy));
  }

  #deliver(data: Wire, message: ServerMessage, number?: number): void {
    if (this.intercept !== undefined) return this.intercept(data, message);
    const announces = message.op === 29 || message.op === 30;
    const turned = announces && this.corruptsNext;
    if (turned) this.corruptsNext = false;
    this.#call.note(`${this.userId} <- ${describe(message)}${turned ? " (one bit turned)" : ""}`);
    this.receive(turned ? withOneBitTurned(data) : data, message, number);
    if (message.op !== 29 || !this.flagsNext) return;
    this.flagsNext = false;
    this.recover();
  }

  /** Gives the client a message. */
  receive(data: Wire, message: ServerMessage, number?: number): void {
    this.witness.incoming(this.#call.time.now(), message);
    this.#doing(`op ${message.op}`, () => this.client.receive(data, number));
  }

  recover(): void {
    this.#doing("recover", () => this.client.recover());
  }

  /** Makes any other call of the client. */
  does(what: string, run: (client: DaveClient) => void): void {
    this.#doing(what, () => run(this.client));
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Seals a frame that nobody has sealed before. */
  seal(): Sealed | undefined {
    this.#serial++;
    const serial = this.#serial;
    const plaintext = Uint8Array.of(0x78, serial >> 16, serial >> 8, serial, ...this.#call.filling);
    return this.witness.seal(this.#call.time.now(), plaintext);
  }

  /** Sends one frame to everybody. */
  speak(): void {
    const sealed = this.seal();
    if (sealed !== undefined) this.#call.sfu.send(this.userId, sealed);
  }

  hear(sealed: Sealed): string {
    const outcome = this.witness.hear(this.#call.time.now(), sealed);
    if (outcome !== "replayed") this.hears.set(sealed.from, outcome);
    return outcome;
  }

  close(): void {
    this.#connection = undefined;
    this.witness.close(this.#call.time.now());
  }

  #doing<T>(what: string, run: () => T): T {
    return this.witness.call(this.#call.time.now(), what, run);
  }
}

function withOneBitTurned(data: Wire): Wire {
  if (typeof data === "string") return data;
  const copy = data.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** One line for a reader. */
export function describe(message: ServerMessage): string {
  const { op } = message;
  if (op === 11) return `11 names ${message.userIds.join(" ")}`;
  if (op === 13) return `13 ${message.userId} left`;
  if (op === 4) return `4 version ${message.protocolVersion}`;
  if (op === 21) return `21 prepares version ${message.protocolVersion}, id ${message.transitionId}`;
  if (op === 24) return `24 epoch ${message.epoch}, version ${message.protocolVersion}`;
  if (op === 27) return message.body[0] === 0 ? "27 proposals" : "27 revocations";
  if (op === 22 || op === 29 || op === 30) return `${op} id ${message.transitionId}`;
  return String(op);
}
