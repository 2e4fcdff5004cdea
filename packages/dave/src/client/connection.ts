// O2–O4: the voice gateway connection as a client sees it: sequence, loss, resume, new identify.

import type { SpokenMessage } from "../gateway/codec.ts";
import { isNewer, low16, missedBetween } from "../gateway/sequence.ts";
import type { DaveSession } from "../session/session.ts";
import type { TransitionState } from "../transitions/state.ts";

/** Nothing received yet. */
const NO_SEQUENCE = -1;

export class Connection {
  #sequence = NO_SEQUENCE;
  /** Counts identifies: what an older connection still delivers changes nothing (O4). */
  #number = 0;
  readonly #send: (message: SpokenMessage) => void;

  constructor(send: (message: SpokenMessage) => void) {
    this.#send = send;
  }

  /** O2: what heartbeat and resume acknowledge: the last message applied, -1 before any. */
  get sequence(): number {
    return this.#sequence;
  }

  get number(): number {
    return this.#number;
  }

  /** O2: whether a message is newer than the last applied; without a number it always is. */
  accepts(seq: number | undefined): boolean {
    return seq === undefined || isNewer(seq, this.#sequence);
  }

  /**
   * O2: notes a message that is about to be applied, under its number as it came.
   *
   * @returns the low 16 bits of the number expected and of the one received, when messages between them are missing
   */
  applied(seq: number | undefined): { expected: number; received: number } | undefined {
    if (seq === undefined) return undefined;
    const last = this.#sequence;
    this.#sequence = seq;
    if (!missedBetween(last, seq)) return undefined;
    return { expected: low16(last + 1), received: low16(seq) };
  }

  /** O4: what an older connection delivers from now on counts no more. */
  renew(): number {
    this.#number++;
    return this.#number;
  }

  identify(): void {
    this.#sequence = NO_SEQUENCE;
  }

  /** O3: after op 9, the newest of each: an unanswered 31, an unconsumed 26, our commit of this epoch, pending 23s. */
  resumed(state: TransitionState, session: DaveSession): void {
    const { unanswered } = state.recovery;
    if (unanswered !== undefined) this.#send({ op: 31, transitionId: unanswered });
    if (session.keyPackage !== undefined) this.#send({ op: 26, keyPackage: session.keyPackage });
    const commit = session.ownCommit;
    if (commit !== undefined) this.#send({ op: 28, ...commit });
    for (const { id } of state.records) this.#send({ op: 23, transitionId: id });
  }
}
