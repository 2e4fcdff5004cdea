// K4–K7 a receiver's key: generations, replay window and age belong to the base secret.
import type { AeadBackend, AeadKey } from "./aead/backend.ts";
import { check, checkInstant, checkOptions } from "./arguments.ts";
import { GENERATION_SPAN } from "./constants.ts";
import { cycleOf, placeOf } from "./counter.ts";
import type { TrailerParser } from "./format/trailer.ts";
import { Generations } from "./generations.ts";
import type { KeyRatchet } from "./key-ratchet.ts";
import { ReplayWindow } from "./replay-window.ts";
import { checkRatchet, ratchetKey } from "./sender-key.ts";

/** Generations whose prepared keys are kept: those that decrypted a frame, and at most one that did not yet. */
const MAX_PREPARED = 3;

/** The key of one generation, prepared for one backend. */
interface Prepared {
  readonly generation: number;
  readonly backend: AeadBackend;
  readonly key: AeadKey;
  /** Whether a frame was authentic under this key. Anybody can forge a frame that names a generation. */
  proven: boolean;
}

/** How one key judged a frame. */
export type KeyVerdict = "authentic" | "replayed" | "generation" | "authentication";

/** How a {@link ReceiverKey} counts its age and its first counters. */
export interface ReceiverKeyOptions {
  /** When the key was prepared, in milliseconds: the age that K6 counts. */
  readonly preparedAt: number;
  /** K7: where the replay window starts. `start` (default): at 0. `first`: at the first counter that decrypts. */
  readonly floor?: "start" | "first";
}

/**
 * The receiving side of one base secret. Keep it as long as the base secret can be installed: replay state
 * and age go on where they were (K4).
 */
export class ReceiverKey {
  #ratchet: KeyRatchet | undefined;
  readonly #generations: Generations;
  readonly #window: ReplayWindow;
  /** Generations below this are erased in the ratchet. */
  #erased = 0;
  #prepared: Prepared[] = [];

  /**
   * @param ratchet gives the 16-byte key of each generation (K2)
   * @throws {@link FrameCryptoError} `invalid-argument`
   */
  constructor(ratchet: KeyRatchet, options: ReceiverKeyOptions) {
    checkRatchet(ratchet);
    checkOptions(options, ["preparedAt", "floor"]);
    const { preparedAt, floor = "start" } = options;
    checkInstant(preparedAt, "preparedAt");
    check(floor === "start" || floor === "first", "floor", "start or first", floor);
    this.#ratchet = ratchet;
    this.#generations = new Generations(preparedAt);
    this.#window = new ReplayWindow(floor);
  }

  /** Whether the key was wiped: it opens nothing more. */
  get closed(): boolean {
    return this.#ratchet === undefined;
  }

  /** Wipes what was prepared and lets the ratchet go. */
  close(): void {
    this.release();
    this.#ratchet = undefined;
  }

  /** Closes it at the end of a block: `using key = …`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Wipes prepared keys; the ratchet and the replay state stay (K4). */
  release(): void {
    this.#giveUp(() => true);
  }

  /** @internal K5: judges a parsed frame and, only if it is authentic, writes its media. */
  open(
    frame: Uint8Array,
    parsed: TrailerParser,
    output: Uint8Array,
    now: number,
    backend: AeadBackend,
  ): KeyVerdict {
    const generation = this.#generations.unwrap(cycleOf(parsed.nonce));
    const counter = generation * GENERATION_SPAN + placeOf(parsed.nonce);
    if (!this.#window.accepts(counter)) return "replayed";
    const verdict = this.#authenticate(generation, frame, parsed, output, now, backend);
    if (verdict !== "authentic") return verdict;
    this.#window.arrived(counter);
    this.#generations.decrypted(generation, now);
    return "authentic";
  }

  /**
   * @internal What a frame is that `open` called replayed: `replayed` when its tag fits this key, else why it does
   * not. A foreign key's counters begin at 1 again, so the counter alone cannot tell. Writes its media to `scratch`.
   */
  confirmReplay(
    frame: Uint8Array,
    parsed: TrailerParser,
    scratch: Uint8Array,
    now: number,
    backend: AeadBackend,
  ): Exclude<KeyVerdict, "authentic"> {
    const generation = this.#generations.unwrap(cycleOf(parsed.nonce));
    const verdict = this.#authenticate(generation, frame, parsed, scratch, now, backend);
    return verdict === "authentic" ? "replayed" : verdict;
  }

  #authenticate(
    generation: number,
    frame: Uint8Array,
    parsed: TrailerParser,
    output: Uint8Array,
    now: number,
    backend: AeadBackend,
  ): "authentic" | "generation" | "authentication" {
    const oldest = this.tick(now);
    if (generation < oldest || !this.#generations.withinLimits(generation, now)) return "generation";
    const prepared = this.#prepare(generation, backend);
    if (prepared === undefined) return "generation";
    const { nonce, mediaLength, clear } = parsed;
    if (!prepared.key.open(nonce, frame, mediaLength, clear, output)) return "authentication";
    prepared.proven = true;
    return "authentic";
  }

  /** @internal Gives up generations whose time is over; returns the oldest live one. */
  tick(now: number): number {
    const oldest = this.#generations.expire(now);
    if (oldest > this.#erased) {
      this.#ratchet?.erase(oldest - 1);
      this.#erased = oldest;
      this.#giveUp(({ generation }) => generation < oldest);
    }
    return oldest;
  }

  /** @internal */
  nextDeadline(): number {
    return this.#generations.nextDeadline();
  }

  /** A cache: a key that is given up can be prepared from the ratchet again. */
  #prepare(generation: number, backend: AeadBackend): Prepared | undefined {
    for (const entry of this.#prepared) {
      if (entry.generation === generation && entry.backend === backend) return entry;
    }
    if (this.#ratchet === undefined) return undefined;
    const bytes = ratchetKey(this.#ratchet, generation);
    if (bytes === undefined) return undefined;
    const made: Prepared = { generation, backend, key: backend.prepare(bytes), proven: false };
    // A flood of forged generations displaces only keys that were prepared for forged frames.
    this.#giveUp(({ proven }) => !proven);
    if (this.#prepared.length === MAX_PREPARED) {
      const oldest = Math.min(...this.#prepared.map((entry) => entry.generation));
      this.#giveUp((entry) => entry.generation === oldest);
    }
    this.#prepared.push(made);
    return made;
  }

  /** Wipes and drops the prepared keys that `which` names. */
  #giveUp(which: (entry: Prepared) => boolean): void {
    for (const entry of this.#prepared) if (which(entry)) entry.key.wipe();
    this.#prepared = this.#prepared.filter((entry) => !which(entry));
  }
}
