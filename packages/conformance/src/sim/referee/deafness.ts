// E31 and invariant (11): how long a client has failed to open frames, and whom it should hear by now.

/** E31: a pause between two failing frames longer than this counts as nothing. */
const LONGEST_GAP_MS = 1000;
/** E31: failing frames make up so much time before media starts a recovery, and are so many. */
const DEAF_MS = 5000;
const DEAF_FRAMES = 50;
/** The client starts its recovery before the referee has counted the frame that did it; clocks drift by half a percent. */
const SLACK_MS = LONGEST_GAP_MS + 50;
const SLACK_FRAMES = 2;

/** Time made up by failing frames: the gaps between them, added up. */
export class FailingTime {
  ms = 0;
  frames = 0;
  private lastAt: number | undefined;

  failed(now: number): void {
    const gap = this.lastAt === undefined ? 0 : now - this.lastAt;
    if (gap <= LONGEST_GAP_MS) this.ms += gap;
    this.lastAt = now;
    this.frames += 1;
  }

  reset(): void {
    this.ms = 0;
    this.frames = 0;
    this.lastAt = undefined;
  }

  /** E31: enough for a recovery. */
  get deaf(): boolean {
    return this.ms >= DEAF_MS - SLACK_MS && this.frames >= DEAF_FRAMES - SLACK_FRAMES;
  }
}

/** Invariant (11) of one listener: each speaker is heard again in time. */
export class Hearing {
  private readonly speakers = new Map<string, FailingTime>();

  heard(from: string): void {
    this.speakers.delete(from);
  }

  /** A frame that its sender meant for us did not open; the time that such frames make up. */
  failed(from: string, now: number): number {
    const known = this.speakers.get(from) ?? new FailingTime();
    this.speakers.set(from, known);
    known.failed(now);
    return known.ms;
  }

  /** The gateway could not reach one of the two, or somebody begins anew. */
  forget(from?: string): void {
    if (from === undefined) this.speakers.clear();
    else this.speakers.delete(from);
  }
}
