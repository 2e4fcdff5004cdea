// Real time for the simulated gateway: virtual time that follows the platform's clock and stands still within a turn.
import { type Timeline, VirtualClock } from "../sim/clock.ts";

/** Runs timers in the order of their instants, and shows one instant to everything that one event sets in motion. */
export class RealClock implements Timeline {
  private readonly virtual = new VirtualClock();
  private readonly start = performance.now();
  private readonly onFault: (fault: unknown) => void;
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private stopped = false;

  constructor(onFault: (fault: unknown) => void) {
    this.onFault = onFault;
  }

  now(): number {
    return this.virtual.now();
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const cancel = this.virtual.setTimer(delayMs, () => this.guarded(callback));
    if (!this.busy) this.sleep();
    return cancel;
  }

  /** Deals with something that came from outside: what is due comes first, what is due at once follows. */
  turn(event: () => void): void {
    if (this.stopped) return;
    // an event within an event belongs to its instant
    if (this.busy) return this.guarded(event);
    this.busy = true;
    this.virtual.runUntil(performance.now() - this.start);
    this.guarded(event);
    this.virtual.runUntil(this.virtual.now());
    this.busy = false;
    this.sleep();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private guarded(call: () => void): void {
    try {
      call();
    } catch (fault) {
      this.onFault(fault);
    }
  }

  private sleep(): void {
    clearTimeout(this.timer);
    const at = this.virtual.nextAt();
    if (at === undefined || this.stopped) return;
    const delay = Math.max(0, Math.ceil(at - (performance.now() - this.start)));
    this.timer = setTimeout(() => this.turn(() => {}), delay);
  }
}
