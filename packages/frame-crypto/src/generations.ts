// K5, K6 generations of one receiver key: unwrapping, limits, retention.
import {
  GENERATION_CYCLE,
  GENERATION_RETENTION_MS,
  GENERATION_SPAN,
  MAX_FRAME_RATE,
  MAX_GENERATION_GAP,
  NEVER,
} from "./constants.ts";

/** A generation that decrypted, and the last instant it is valid at. */
interface Live {
  readonly generation: number;
  until: number;
}

export class Generations {
  readonly #preparedAt: number;
  /** Those that decrypted, ascending; `until` ascends with them, so they retire from the front. */
  readonly #live: Live[] = [];
  /** The newest that decrypted, 0 at first. */
  #newest = 0;
  /** The oldest live one as of the last look: what expires meanwhile still counts for unwrapping (K5). */
  #oldest = 0;

  constructor(preparedAt: number) {
    this.#preparedAt = preparedAt;
  }

  /** K5: the smallest generation not older than the oldest live one whose low 8 bits are these. */
  unwrap(low: number): number {
    const distance = (low - (this.#oldest % GENERATION_CYCLE) + GENERATION_CYCLE) % GENERATION_CYCLE;
    return this.#oldest + distance;
  }

  /** Gives up generations whose time is over; returns the oldest live one. Valid up to and including the instant. */
  expire(now: number): number {
    const live = this.#live;
    while (live.length > 0 && now > live[0]!.until) live.shift();
    if (live.length > 0) this.#oldest = live[0]!.generation;
    return this.#oldest;
  }

  /** K6: neither too far ahead nor sooner than a sender could have got there. */
  withinLimits(generation: number, now: number): boolean {
    if (generation > this.#newest + MAX_GENERATION_GAP) return false;
    const reachable = ((now - this.#preparedAt) * MAX_FRAME_RATE) / 1000;
    return generation === 0 || reachable >= generation * GENERATION_SPAN;
  }

  /** K6: a generation decrypted; older ones have 10 seconds more, unless they have less. */
  decrypted(generation: number, now: number): void {
    const live = this.#live;
    let at = live.length - 1;
    while (at >= 0 && live[at]!.generation > generation) at--;
    if (live[at]?.generation === generation) return;
    if (at < live.length - 1) {
      // It retires with the one before it: both were made old by the same newer one.
      live.splice(at + 1, 0, { generation, until: live[at]?.until ?? now });
      return;
    }
    for (const entry of live) entry.until = Math.min(entry.until, now + GENERATION_RETENTION_MS);
    live.push({ generation, until: NEVER });
    this.#newest = generation;
  }

  /** The next instant after which `expire` would give something up. */
  nextDeadline(): number {
    return this.#live[0]?.until ?? NEVER;
  }
}
