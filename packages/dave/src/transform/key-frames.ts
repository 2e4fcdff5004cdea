// Video after a gap: whoever decodes it needs a key frame, and asking too often starves everybody.

/** SSRCs that may wait for a key frame at once: simulcast has three layers. */
const MAX_WAITING = 64;
/** A request is not repeated within this time. */
export const KEY_FRAME_SPACING_MS = 1_000;

export class KeyFrames {
  readonly #request: () => void;
  readonly #now: () => number;
  readonly #waiting = new Set<number>();
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(request: () => void, now: () => number) {
    this.#request = request;
    this.#now = now;
  }

  /** A frame did not get through: what follows refers to it. */
  missed(ssrc: number): void {
    if (this.#waiting.size < MAX_WAITING) this.#waiting.add(ssrc);
  }

  /** One got through. Only now is a key frame of use: before, it would have met the same fate. */
  passed(ssrc: number, type: string | undefined): void {
    if (!this.#waiting.has(ssrc)) return;
    if (type === "key") {
      this.#waiting.delete(ssrc);
      return;
    }
    const now = this.#now();
    if (now - this.#askedAt < KEY_FRAME_SPACING_MS) return;
    this.#askedAt = now;
    // where frames have no type, none will be seen to come
    if (type === undefined) this.#waiting.delete(ssrc);
    this.#request();
  }
}
