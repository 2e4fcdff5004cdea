// Invariant (4): the epochs of a call as the gateway announced them, and what their members say about them.
import type { GatewayEvent } from "../gateway/call.ts";

/** One established epoch; `serial` is unique in the call, `epoch` starts anew with each group. */
export interface Epoch {
  readonly serial: number;
  readonly epoch: bigint;
  readonly transitionId: number;
  readonly members: ReadonlySet<string>;
  readonly at: number;
  /** The voice privacy code that the first member showed. */
  code: string | undefined;
  /** Who has processed its commit or welcome, and when (virtual milliseconds). */
  readonly knownBy: Map<string, number>;
}

export class EpochBook {
  readonly all: Epoch[] = [];
  /** Virtual milliseconds. */
  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  announced(event: GatewayEvent & { type: "epoch" }, at: number): void {
    this.all.push({
      serial: this.all.length + 1,
      epoch: event.epoch,
      transitionId: event.transitionId,
      members: new Set(event.members),
      at,
      code: undefined,
      knownBy: new Map(),
    });
  }

  get newest(): Epoch | undefined {
    return this.all.at(-1);
  }

  /** The epoch that a client says it has entered; undefined when the gateway announced no such thing. */
  find(transitionId: number, epoch: bigint, members: readonly string[]): Epoch | undefined {
    const newestFirst = [...this.all].reverse();
    return newestFirst.find(
      (known) =>
        known.transitionId === transitionId &&
        known.epoch === epoch &&
        known.members.size === members.length &&
        members.every((member) => known.members.has(member)),
    );
  }

  /** The epoch that came after `before` under this transition id. */
  following(before: Epoch, transitionId: number | undefined): Epoch | undefined {
    return this.all.find(
      (known) =>
        known.serial > before.serial &&
        known.epoch === before.epoch + 1n &&
        known.transitionId === transitionId,
    );
  }

  /** False when another member of the epoch showed another code. */
  agree(epoch: Epoch, code: string): boolean {
    epoch.code ??= code;
    return epoch.code === code;
  }
}
