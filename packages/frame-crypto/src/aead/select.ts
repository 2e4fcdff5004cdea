// Which backend: chosen by what the runtime does with known frames, never by its name.
import { check, checkObject } from "../arguments.ts";
import { KEY_LENGTH, TAG_LENGTH } from "../constants.ts";
import { FrameCryptoError } from "../errors.ts";
import { Ranges } from "../format/ranges.ts";
import type { AeadBackend, AeadKey } from "./backend.ts";
import { finds, platformBackend, platformFinder } from "./platform.ts";
import { portableBackend } from "./portable.ts";
import { platformCrypto, platformIndexOf } from "./ports.ts";

/** `auto` takes the faster one for each frame by its size. */
export type BackendChoice = "auto" | "portable" | "platform";

/**
 * Media bytes from which the platform's cipher is the faster one; below, what it costs to set up a call into
 * it outweighs the cipher. Placed by `npm run bench -- frames`, which prints the ratio around it.
 */
export const PLATFORM_FROM = 704;

/** Whether it seals as the portable backend does, frame after frame, opens that, and refuses a changed tag. */
export function behaves(candidate: Pick<AeadBackend, "prepare">): boolean {
  const bytes = new Uint8Array(KEY_LENGTH).fill(7);
  const expected = portableBackend.prepare(bytes);
  try {
    const key = candidate.prepare(bytes);
    const alike = [40, 21, 400].every((length) => agree(expected, key, length));
    key.wipe();
    return alike;
  } catch {
    return false;
  } finally {
    expected.wipe();
  }
}

/** Whether a key treats one frame of this length as `portable` does. */
function agree(portable: AeadKey, key: AeadKey, length: number): boolean {
  const clear = new Ranges();
  clear.add(0, 3);
  clear.add(20, 21);
  const counter = 0x01020304 + length;
  const media = new Uint8Array(length).map((_, i) => i);
  const [expected, sealed] = [new Uint8Array(length + TAG_LENGTH), new Uint8Array(length + TAG_LENGTH)];
  const opened = new Uint8Array(length);
  portable.seal(counter, media, length, clear, expected);
  key.seal(counter, media, length, clear, sealed);
  if (!same(expected, sealed) || !key.open(counter, sealed, length, clear, opened)) return false;
  sealed[length]! ^= 1;
  return same(opened, media) && !key.open(counter, sealed, length, clear, opened);
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);

/** Small frames by one key, large ones by another. */
class AutoKey implements AeadKey {
  readonly #small: AeadKey;
  readonly #large: AeadKey;

  constructor(key: Uint8Array, large: AeadBackend) {
    this.#small = portableBackend.prepare(key);
    this.#large = large.prepare(key);
  }

  seal(counter: number, media: Uint8Array, length: number, clear: Ranges, output: Uint8Array): void {
    this.#for(length).seal(counter, media, length, clear, output);
  }

  open(counter: number, frame: Uint8Array, length: number, clear: Ranges, output: Uint8Array): boolean {
    return this.#for(length).open(counter, frame, length, clear, output);
  }

  wipe(): void {
    this.#small.wipe();
    this.#large.wipe();
  }

  #for(length: number): AeadKey {
    return length < PLATFORM_FROM ? this.#small : this.#large;
  }
}

/** What the platform has that does what it must. */
interface Found {
  readonly platform: AeadBackend;
  readonly auto: AeadBackend;
}

function probe(): Found | null {
  const crypto = platformCrypto();
  const candidate = crypto && platformBackend(crypto);
  if (candidate === undefined || !behaves(candidate)) return null;
  const indexOf = platformIndexOf();
  const finder = indexOf && platformFinder(indexOf);
  const findStartCode = finder && finds(finder) ? finder : undefined;
  return {
    platform: { ...candidate, findStartCode },
    auto: { name: "auto", prepare: (key) => new AutoKey(key, candidate), findStartCode },
  };
}

let found: Found | null | undefined;

/**
 * Picks a backend. `auto` (default) is the portable one where the platform has none that behaves.
 *
 * @throws {@link FrameCryptoError} `invalid-argument`; `not-available` when `platform` is asked for and missing
 * @example
 * ```ts
 * selectBackend({ backend: "portable" }).name; // "portable"
 * ```
 */
export function selectBackend(options: { readonly backend?: BackendChoice } = {}): AeadBackend {
  checkObject(options, "options");
  const { backend = "auto" } = options;
  if (backend === "portable") return portableBackend;
  check(backend === "auto" || backend === "platform", "backend", "auto, portable or platform");
  // Asked once.
  if (found === undefined) found = probe();
  if (found !== null) return found[backend];
  if (backend === "auto") return portableBackend;
  throw new FrameCryptoError("not-available", "backend: this runtime has no usable cipher");
}
