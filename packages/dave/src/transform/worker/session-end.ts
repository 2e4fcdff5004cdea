// One session as the main thread sees it: what it says to the worker, what it asks, and what it hears back.

import { DaveError } from "../../errors.ts";
import type { MessageEnd } from "../shapes.ts";
import { listen, listenToEnd } from "./message-end.ts";
import {
  type Envelope,
  errorOf,
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
  readonly reject: (error: Error) => void;
}

/** What comes unasked while the session is open. */
export type Told = Exclude<FromWorker, { type: "answer" | "refusal" | "closed" }>;

export class SessionEnd {
  /** Resolves when the worker has closed the session; rejects when it could not be opened, or the worker ended. */
  readonly closed: Promise<void>;
  readonly #worker: MessageEnd;
  readonly #name: string;
  readonly #told: (message: Told) => void;
  readonly #onFault: (fault: unknown) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #stop: () => void;
  #settleClosed: (reason: Error | undefined) => void = () => {};
  #closing = false;
  /** Whether the worker has said anything yet. */
  #heardOf = false;
  /** Why the session is closed, where it was not by us. */
  #reason: Error | undefined;
  #lastId = 0;

  constructor(worker: MessageEnd, told: (message: Told) => void, onFault: (fault: unknown) => void) {
    this.#worker = worker;
    this.#name = nameSession(worker);
    this.#told = told;
    this.#onFault = onFault;
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = (reason) => (reason === undefined ? resolve() : reject(reason));
    });
    // Whoever does not wait for `closed` hears of it by `onFault`, and not by an unhandled rejection.
    this.closed.catch(() => {});
    const stops = [
      listen(worker, (message) => this.#heard(message)),
      listenToEnd(worker, (event) => this.#workerFailed(event)),
    ];
    this.#stop = () => {
      for (const stop of stops) stop();
    };
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

  /** @throws DaveError `closed`, what the worker refuses with, or why the session was closed */
  ask<T>(question: Question): Promise<T> {
    if (this.#closing) return Promise.reject(this.#closedError());
    const id = this.nextId();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.post({ type: "ask", id, question });
    });
  }

  close(): void {
    this.post({ type: "close" });
    this.#shut();
  }

  #shut(): void {
    this.#closing = true;
    for (const { reject } of this.#waiting.values()) reject(this.#closedError());
    this.#waiting.clear();
  }

  #closedError(): Error {
    return this.#reason ?? new DaveError("closed", "the session was closed");
  }

  #heard(value: unknown): void {
    try {
      const envelope = readFromWorker(value);
      if (envelope?.session !== this.#name) return;
      this.#heardOf = true;
      this.#apply(envelope.body);
    } catch (fault) {
      this.#onFault(fault);
    }
  }

  #apply(message: FromWorker): void {
    if (message.type === "closed") return this.#ended(message.error && errorOf(message.error));
    if (this.#closing) return;
    if (message.type === "answer") this.#settle(message.id)?.resolve(message.value as never);
    else if (message.type === "refusal") this.#settle(message.id)?.reject(errorOf(message));
    else this.#told(message);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** An error in a worker that serves already may be the app's own, and the worker lives on. */
  #workerFailed(event: "error" | "exit"): void {
    if (event === "error" && this.#heardOf) return;
    const what = event === "exit" ? "the worker has ended" : "the worker failed before it served the session";
    this.#ended(new DaveError("closed", what));
  }

  /** By `close`, or because the worker cannot serve the session, or serves no more. */
  #ended(reason: Error | undefined): void {
    this.#reason ??= reason;
    if (reason !== undefined && !this.#closing) this.#onFault(reason);
    this.#shut();
    this.#stop();
    this.#settleClosed(reason);
  }
}
