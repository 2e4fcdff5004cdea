// E31: how much time failing frames make up while nobody's frame decrypts.

import { MEDIA_DEAF_FRAMES, MEDIA_DEAF_GAP_MS } from "../constants.ts";

/** Counts failing frames of all users together, since the last frame that decrypted. */
export class MediaHealth {
  #frames = 0;
  /** The gaps between failing frames added up, ms. Silence is no failure: a longer gap counts as 0. */
  #failingMs = 0;
  #lastAt: number | undefined;

  /** Notes a frame that no key opens. */
  failed(now: number): void {
    const gap = now - (this.#lastAt ?? now);
    if (gap <= MEDIA_DEAF_GAP_MS) this.#failingMs += gap;
    this.#lastAt = now;
    this.#frames++;
  }

  /** Whether the failing frames make up this time, and are enough. */
  deaf(afterMs: number): boolean {
    return this.#frames >= MEDIA_DEAF_FRAMES && this.#failingMs >= afterMs;
  }

  /** O3: the time until the next failing frame does not count. */
  pause(): void {
    this.#lastAt = undefined;
  }

  /** A frame decrypted, or a recovery has begun: the count starts anew. */
  reset(): void {
    this.#frames = 0;
    this.#failingMs = 0;
    this.#lastAt = undefined;
  }
}
