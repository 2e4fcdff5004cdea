// Transitions that have been announced and wait for their 22 (G7, G8), in the order of their preparation.

import type { Clock } from "../ports.ts";
import type { Connection } from "./connection.ts";

/** What waits for op 22. */
export interface Pending {
  readonly id: number;
  readonly version: number;
  /** The connections that got its 29, 30 or 21 and get its 22. */
  readonly recipients: Set<Connection>;
  /** Those of them that have sent neither 23 nor 31. */
  readonly waiting: Set<Connection>;
  /** Those that got their 22 already (G12: an early one). */
  readonly done: Set<Connection>;
  /** Whether the 2 s are over. */
  due: boolean;
}

/** G7: how long the gateway waits for the slowest, ms. */
const PATIENCE_MS = 2_000;

export class Transitions {
  readonly #time: Required<Clock>;
  readonly #execute: (pending: Pending) => void;
  #pending: Pending[] = [];
  #lastId: number;
  #announced = 0;
  readonly #announcedAt = new Map<number, number>();

  constructor(time: Required<Clock>, firstId: number, execute: (pending: Pending) => void) {
    this.#time = time;
    this.#lastId = firstId;
    this.#execute = execute;
  }

  get pending(): readonly Pending[] {
    return this.#pending;
  }

  /** A counter that grows with every announcement and every key package. */
  mark(): number {
    return ++this.#announced;
  }

  /** When an id was announced last, as a mark; 0: never. */
  announcedAt(id: number): number {
    return this.#announcedAt.get(id) ?? 0;
  }

  /** G8: the next id, never 0 and never one that is still pending. */
  nextId(): number {
    do this.#lastId = this.#lastId >= 0xffff ? 1 : this.#lastId + 1;
    while (this.#pending.some(({ id }) => id === this.#lastId));
    return this.#lastId;
  }

  /** Notes that an id is announced now; id 0 is executed by its receivers at once. */
  announce(
    id: number,
    version: number,
    recipients: Iterable<Connection>,
    done: Iterable<Connection> = [],
  ): void {
    this.#announcedAt.set(id, this.mark());
    if (id === 0) return;
    const to = [...recipients];
    const pending: Pending = {
      id,
      version,
      recipients: new Set(to),
      waiting: new Set(to),
      done: new Set(done),
      due: false,
    };
    this.#pending.push(pending);
    this.#time.setTimer(PATIENCE_MS, () => {
      pending.due = true;
      this.check();
    });
  }

  /** 23 or 31 of a connection. */
  answered(connection: Connection, id: number): void {
    for (const pending of this.#pending) if (pending.id === id) pending.waiting.delete(connection);
    this.check();
  }

  /** Executes what is due, the oldest first: a client drops what was prepared before an executed transition (M10). */
  check(): void {
    for (let first = this.#pending[0]; first !== undefined; first = this.#pending[0]) {
      const waits = [...first.waiting].some(({ open }) => open);
      if (waits && !first.due) return;
      this.#pending.shift();
      this.#execute(first);
    }
  }

  /** G11: what was prepared is executed now. */
  flush(): void {
    for (const pending of this.#pending) pending.due = true;
    this.check();
  }

  /** Nothing that is pending gets its 22. */
  void(): void {
    this.#pending = [];
  }

  /** G11: no 22 follows a 24 epoch 1 on a connection. */
  forget(connection: Connection): void {
    for (const { recipients, waiting } of this.#pending) {
      recipients.delete(connection);
      waiting.delete(connection);
    }
    this.check();
  }
}
