// One session as the main thread sees it: what it says to the worker, what it asks, and what it hears back.

import { DaveError } from "../../errors.ts";
import type { MessageEnd } from "../shapes.ts";
import { listen } from "./message-end.ts";
import {
  type Envelope,
  type FromWorker,
  type Question,
  readFromWorker,
  seal,
  type ToWorker,
} from "./messages.ts";

/** Sessions opened in each worker: no name comes twice. */
const opened = new WeakMap<MessageEnd, number>();

function nameSession(worker: MessageEnd): string {
  const count = (opened.get(worker) ?? 0) + 1;
  opened.set(worker, count);
  return `session ${count}`;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: DaveError) => void;
}

/** What comes unasked while the session is open. */
export type Told = Exclude<FromWorker, { type: "answer" | "refusal" | "closed" }>;

export class SessionEnd {
  /** Resolves when the worker has closed the session. */
  readonly closed: Promise<void>;
  readonly #worker: MessageEnd;
  readonly #name: string;
  readonly #told: (message: Told) => void;
  readonly #onFault: (fault: unknown) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #stop: () => void;
  #settleClosed: () => void = () => {};
  #closing = false;
  #lastId = 0;

  constructor(worker: MessageEnd, told: (message: Told) => void, onFault: (fault: unknown) => void) {
    this.#worker = worker;
    this.#name = nameSession(worker);
    this.#told = told;
    this.#onFault = onFault;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#stop = listen(worker, (message) => this.#heard(message));
  }

  /** From `close` on. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Of questions and media: none comes twice. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Marks a value as this session's. */
  seal<Body>(body: Body): Envelope<Body> {
    return seal(this.#name, body);
  }

  /** Says something, unless the session is closed. */
  post(message: ToWorker): void {
    if (!this.#closing) this.#worker.postMessage(this.seal(message));
  }

  /** @throws DaveError `disposed`, and what the worker refuses with */
  ask<T>(question: Question): Promise<T> {
    if (this.#closing) return Promise.reject(closedError());
    const id = this.nextId();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.post({ type: "ask", id, question });
    });
  }

  close(): void {
    this.post({ type: "close" });
    this.#closing = true;
    for (const { reject } of this.#waiting.values()) reject(closedError());
    this.#waiting.clear();
  }

  #heard(value: unknown): void {
    try {
      const envelope = readFromWorker(value);
      if (envelope?.session === this.#name) this.#apply(envelope.body);
    } catch (fault) {
      this.#onFault(fault);
    }
  }

  #apply(message: FromWorker): void {
    if (message.type === "closed") return this.#ended();
    if (this.#closing) return;
    if (message.type === "answer") this.#settle(message.id)?.resolve(message.value as never);
    else if (message.type === "refusal")
      this.#settle(message.id)?.reject(new DaveError(message.code, message.message));
    else this.#told(message);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** By `close`, or because the worker serves no more. */
  #ended(): void {
    this.close();
    this.#stop();
    this.#settleClosed();
  }
}

const closedError = (): DaveError => new DaveError("disposed", "the session was closed");
