// E31: media failures start a recovery only when nobody we hear has decrypted for long.

import { MEDIA_DEAF_FRAMES, MEDIA_DEAF_MS } from "../protocol.ts";

/** Counts frames of roster members that no key opens, since the last one that decrypted. */
export class MediaHealth {
  #failures = 0;
  #since: number | undefined;

  decrypted(now: number): void {
    this.#failures = 0;
    this.#since = now;
  }

  /** Whether this failure makes us deaf: 5 s and 50 frames without a single success. Counting starts anew then. */
  failed(now: number): boolean {
    this.#since ??= now;
    this.#failures++;
    if (this.#failures < MEDIA_DEAF_FRAMES || now - this.#since < MEDIA_DEAF_MS) return false;
    this.reset();
    return true;
  }

  reset(): void {
    this.#failures = 0;
    this.#since = undefined;
  }
}
