// One websocket session as the gateway sees it (G12): numbers, order, delay, loss, duplicates and the window of a resume.

import { encodeServerMessage } from "../gateway/codec.ts";
import type { ServerMessage } from "../gateway/opcodes.ts";
import type { Clock } from "../ports.ts";

/** What travels: text for JSON opcodes, bytes for MLS. */
export type Wire = string | Uint8Array;

interface Sent {
  readonly number: number;
  readonly data: Wire;
  readonly message: ServerMessage;
}

/** Whether a 16-bit number is newer than another, by serial arithmetic (O2). */
const isNewer = (number: number, than: number): boolean =>
  than < 0 || (number !== than && ((number - than) & 0xffff) < 0x8000);

/** One websocket session as the gateway sees it; a resume goes on with it. */
export class Connection {
  /** The user who has identified by it. */
  readonly userId: string;
  readonly #time: Required<Clock>;
  readonly #latency: () => number;
  #deliver: ((data: Wire, message: ServerMessage) => void) | undefined;
  #number: number;
  #arrival = 0;
  /** What is on its way by this socket, in order; a socket that is lost drops it. */
  #way: Sent[] = [];
  readonly #window: Sent[] = [];
  /** False once the session is over: nothing is sent, nothing can be resumed. */
  open = true;

  constructor(
    userId: string,
    time: Required<Clock>,
    options: {
      readonly deliver: (data: Wire, message: ServerMessage) => void;
      /** How long a message travels, ms; asked for each message. */
      readonly latency?: () => number;
      /** The number before the first message's; 65533 lets numbers wrap soon. */
      readonly firstNumber?: number;
    },
  ) {
    this.userId = userId;
    this.#time = time;
    this.#deliver = options.deliver;
    this.#latency = options.latency ?? (() => 0);
    this.#number = options.firstNumber ?? 0;
  }

  /** Whether the socket is up. */
  get up(): boolean {
    return this.open && this.#deliver !== undefined;
  }

  /** Numbers a message and sends it. A lost one has used up its number and is never sent again (G14). */
  send(message: ServerMessage, { lost = false } = {}): void {
    if (!this.open) return;
    this.#number = (this.#number + 1) & 0xffff;
    if (lost) return;
    const number = this.#number;
    const data = encodeServerMessage({ ...message, seq: number });
    const sent = { number, data, message };
    this.#window.push(sent);
    this.#carry(sent);
  }

  /** Sends the newest message again, under its old number or, where the form allows that, under none (G12). */
  repeat({ numbered = true } = {}): void {
    const newest = this.#window.at(-1);
    if (newest === undefined) return;
    this.#carry(
      numbered || typeof newest.data !== "string"
        ? newest
        : { ...newest, data: encodeServerMessage(newest.message) },
    );
  }

  /** Messages arrive in the order in which they were sent, however long each of them travels. */
  #carry(sent: Sent): void {
    if (!this.up) return;
    const way = this.#way;
    way.push(sent);
    const now = this.#time.now();
    this.#arrival = Math.max(this.#arrival, now + this.#latency());
    // The platform may fire timers out of order, so each of them delivers the oldest message.
    this.#time.setTimer(this.#arrival - now, () => {
      const oldest = way.shift();
      if (oldest !== undefined && this.open && way === this.#way)
        this.#deliver?.(oldest.data, oldest.message);
    });
  }

  /** The socket breaks; the session waits for a resume. */
  lost(): void {
    this.#way = [];
    this.#deliver = undefined;
  }

  /** Op 7: what the client has not acknowledged, in order, with op 9 before or behind it. */
  resume(
    acknowledged: number,
    deliver: (data: Wire, message: ServerMessage) => void,
    { resumedFirst = true } = {},
  ): void {
    if (!this.open) return;
    this.#way = [];
    this.#deliver = deliver;
    const missed = this.#window.filter(({ number }) => isNewer(number, acknowledged));
    const resumed = { number: 0, data: encodeServerMessage({ op: 9 }), message: { op: 9 as const } };
    for (const sent of resumedFirst ? [resumed, ...missed] : [...missed, resumed]) this.#carry(sent);
  }

  /** The session is over. */
  close(): void {
    this.open = false;
    this.#deliver = undefined;
  }
}
