// Which backend: chosen by what the runtime does with a known frame, never by its name.
import { checkObject } from "../arguments.ts";
import { KEY_LENGTH, TAG_LENGTH } from "../constants.ts";
import { FrameCryptoError } from "../errors.ts";
import { Ranges } from "../format/ranges.ts";
import type { AeadBackend, AeadKey } from "./backend.ts";
import { platformBackend } from "./platform.ts";
import { portableBackend } from "./portable.ts";
import { platformCrypto } from "./ports.ts";

/** `auto` takes the faster one for each frame by its size. */
export type BackendChoice = "auto" | "portable" | "platform";

/**
 * Media bytes from which the platform's cipher is the faster one; below, what it costs to set up a call into
 * it outweighs the cipher. Placed by `npm run bench -- frames`, which prints the ratio around it.
 */
export const PLATFORM_FROM = 640;

/** True when it seals as the portable backend does, opens that, and refuses a changed tag. */
export function behaves(platform: AeadBackend): boolean {
  const bytes = new Uint8Array(KEY_LENGTH).fill(7);
  const clear = new Ranges();
  clear.add(0, 3);
  clear.add(20, 21);
  const media = new Uint8Array(40).map((_, i) => i);
  const expected = new Uint8Array(media.length + TAG_LENGTH);
  const sealed = new Uint8Array(expected.length);
  const opened = new Uint8Array(media.length);
  try {
    const key = platform.prepare(bytes);
    portableBackend.prepare(bytes).seal(0x01020304, media, media.length, clear, expected);
    key.seal(0x01020304, media, media.length, clear, sealed);
    const same = (a: Uint8Array, b: Uint8Array) => a.every((byte, i) => byte === b[i]);
    if (!same(expected, sealed) || !key.open(0x01020304, sealed, media.length, clear, opened)) return false;
    sealed[sealed.length - 1]! ^= 1;
    return same(opened, media) && !key.open(0x01020304, sealed, media.length, clear, opened);
  } catch {
    return false;
  }
}

let probed: AeadBackend | null | undefined;

/** The platform's backend if it does what it must; asked once. */
function platform(): AeadBackend | null {
  if (probed === undefined) {
    const crypto = platformCrypto();
    const candidate = crypto && platformBackend(crypto);
    probed = candidate && behaves(candidate) ? candidate : null;
  }
  return probed;
}

/** Small frames by the portable key, large ones by the platform's; either is prepared when first needed. */
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
  if (backend !== "auto" && backend !== "platform") {
    throw new FrameCryptoError("invalid-argument", 'backend: expected "auto", "portable" or "platform"');
  }
  const found = platform();
  if (backend === "auto") return found === null ? portableBackend : autoBackend(found);
  if (found === null)
    throw new FrameCryptoError("not-available", "backend: this runtime has no usable cipher");
  return found;
}

let auto: AeadBackend | undefined;

function autoBackend(large: AeadBackend): AeadBackend {
  auto ??= { name: "auto", prepare: (key) => new AutoKey(key, large) };
  return auto;
}
