// Invariant (15): nothing reaches a listener after `close()`.
import type { SeatClient } from "../seat.ts";

export class Ends {
  private readonly complain: (text: string) => void;
  private readonly closed = new WeakSet<object>();
  private atNextEvent: (() => void) | undefined;

  constructor(complain: (text: string) => void) {
    this.complain = complain;
  }

  /** `close()` has returned. */
  ended(client: SeatClient): void {
    this.closed.add(client);
    this.atNextEvent = undefined;
  }

  hasEnded(client: SeatClient): boolean {
    return this.closed.has(client);
  }

  /** The next event's listener closes the client, then `after` runs. */
  closeAtNextEvent(after: () => void): void {
    this.atNextEvent = after;
  }

  /** A listener was called. False: the event must not be looked at. */
  heard(client: SeatClient, type: string): boolean {
    if (this.closed.has(client)) {
      this.complain(`event "${type}" after close()`);
      return false;
    }
    const after = this.atNextEvent;
    if (after === undefined) return true;
    client.close();
    this.ended(client);
    after();
    return false;
  }
}
