// O2: messages are applied in the order in which they came, though a Blob has to be read first.

import type { AsyncGatewayData, GatewayData } from "./opcodes.ts";
import { isBlob, messageBytes } from "./received.ts";

/** A message of the gateway as text or plain bytes. */
export type WholeMessage = string | Uint8Array;

/** What `receive` takes. */
export type ReceivedData = GatewayData | AsyncGatewayData;

interface Waiting {
  readonly connection: number | undefined;
  /** `undefined` while it is being read. */
  message: WholeMessage | undefined;
  /** What reading it threw. */
  fault?: { readonly thrown: unknown };
}

export interface InboxParts {
  /** Applies one message. Never throws. */
  readonly deliver: (message: WholeMessage, connection: number | undefined) => void;
  /** A Blob could not be read. Never throws. */
  readonly unreadable: (thrown: unknown, connection: number | undefined) => void;
}

export class Inbox {
  readonly #parts: InboxParts;
  #waiting: Waiting[] = [];

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Applies a message at once, or after those that came before it. @throws {@link DaveError} `invalid-argument` */
  receive(data: ReceivedData, connection: number | undefined): void {
    if (isBlob(data)) return this.#read(data, connection);
    const message = typeof data === "string" ? data : messageBytes(data);
    if (this.#waiting.length === 0) return this.#parts.deliver(message, connection);
    // The caller may use the buffer again.
    const kept = typeof message === "string" ? message : new Uint8Array(message);
    this.#waiting.push({ connection, message: kept });
  }

  #read(blob: AsyncGatewayData, connection: number | undefined): void {
    const entry: Waiting = { connection, message: undefined };
    this.#waiting.push(entry);
    const bytes = async (): Promise<Uint8Array> => messageBytes(await blob.arrayBuffer());
    bytes().then(
      (message) => this.#done(entry, { message }),
      (thrown: unknown) => this.#done(entry, { fault: { thrown } }),
    );
  }

  #done(entry: Waiting, result: Partial<Waiting>): void {
    Object.assign(entry, result);
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      if (first.message === undefined && first.fault === undefined) return;
      this.#waiting.shift();
      if (first.fault !== undefined) this.#parts.unreadable(first.fault.thrown, first.connection);
      else this.#parts.deliver(first.message!, first.connection);
    }
  }

  /** O4: forgets what waits; returns how many messages those were. */
  clear(): number {
    const count = this.#waiting.length;
    this.#waiting = [];
    return count;
  }
}
