// Who is connected, and how a message gets to them: numbered, sometimes twice (G12), sometimes lost for one (G14).

import type { ServerMessage } from "../gateway/opcodes.ts";
import type { Choices } from "./choices.ts";
import type { Connection } from "./connection.ts";
import type { Package } from "./group.ts";

/** One user who is connected. */
export interface Seat {
  readonly connection: Connection;
  /** Whether the client speaks DAVE (G2). */
  readonly dave: boolean;
  /** Whether it has got op 25. */
  hasSender: boolean;
  /** The newest key package that counts; gone after a 31 or a 24 epoch 1. */
  keyPackage: Package | undefined;
  /** When its newest 26 came, as a mark of the transitions. */
  packageMark: number;
  /** Whether it has sent a 31 that counts and no 26 since. */
  flagged: boolean;
  /** The ids that it has flagged. */
  readonly flaggedIds: Set<number>;
}

/** The opcodes that G14 loses. */
export type LostOp = 22 | 27 | 29;

export class Seats {
  readonly #choices: Choices;
  readonly #seats = new Map<string, Seat>();
  readonly #losses: { readonly userId: string; readonly op: LostOp }[] = [];

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  get users(): readonly string[] {
    return [...this.#seats.keys()];
  }

  get all(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  /** Those who speak DAVE. */
  get daves(): readonly Seat[] {
    return this.all.filter(({ dave }) => dave);
  }

  get(userId: string): Seat | undefined {
    return this.#seats.get(userId);
  }

  /** The seat of a connection; undefined when the connection is over. */
  of(connection: Connection): Seat | undefined {
    const seat = this.#seats.get(connection.userId);
    return seat?.connection === connection ? seat : undefined;
  }

  /** Gives a user a new connection and ends an older one (O4). */
  take(connection: Connection, dave: boolean): Seat {
    this.remove(connection.userId);
    const seat: Seat = {
      connection,
      dave,
      hasSender: false,
      keyPackage: undefined,
      packageMark: 0,
      flagged: false,
      flaggedIds: new Set(),
    };
    this.#seats.set(connection.userId, seat);
    return seat;
  }

  remove(userId: string): Seat | undefined {
    const seat = this.#seats.get(userId);
    seat?.connection.close();
    this.#seats.delete(userId);
    return seat;
  }

  send({ connection }: Seat, message: ServerMessage, lost = false): void {
    connection.send(message, { lost });
    if (lost) return;
    if (this.#choices.flip("repeat-numbered")) connection.repeat();
    if (this.#choices.flip("repeat-unnumbered")) connection.repeat({ numbered: false });
  }

  /** G14: the next message of an opcode that this user and others are to get is lost for this user. */
  loseNext(userId: string, op: LostOp): void {
    this.#losses.push({ userId, op });
  }

  loseNothing(): void {
    this.#losses.length = 0;
  }

  /** G14: the one for whom a message is lost; there must be others who get it. */
  loserOf(op: LostOp, recipients: readonly Seat[]): Seat | undefined {
    if (recipients.length < 2) return undefined;
    for (const [at, loss] of this.#losses.entries()) {
      const loser = recipients.find(({ connection: { userId } }) => loss.op === op && loss.userId === userId);
      if (loser === undefined) continue;
      this.#losses.splice(at, 1);
      return loser;
    }
    return undefined;
  }
}
