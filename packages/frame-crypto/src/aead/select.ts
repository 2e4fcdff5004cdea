// Which backend: whether the platform's cipher is used at all is decided by what it does with known frames; for which sizes
// it is used, by a table of what it costs in each runtime. The first is a question of right and wrong, and no name answers
// it. The second is one of microseconds: whatever the table says, the same bytes come out.
import { check, checkObject, checkOptions } from "../arguments.ts";
import { KEY_LENGTH, NEVER, TAG_LENGTH } from "../constants.ts";
import { FrameCryptoError } from "../errors.ts";
import { Ranges } from "../format/ranges.ts";
import type { AeadBackend, AeadKey, Changeover } from "./backend.ts";
import { checkChangeover, runtimeChangeover, searchIsFast } from "./changeover.ts";
import { finds, platformFinder } from "./finder.ts";
import { PlatformKey, platformBackend } from "./platform.ts";
import { PortableKey, portableBackend } from "./portable.ts";
import { ask, type NodeCrypto, platformCrypto, platformIndexOf } from "./ports.ts";

/** `auto` takes the faster one for each frame by its size. */
export type BackendChoice = "auto" | "portable" | "platform";

/** Whether it seals as the portable backend does, frame after frame, opens that, and refuses a changed tag. */
export function behaves(candidate: Pick<AeadBackend, "prepare">): boolean {
  const bytes = new Uint8Array(KEY_LENGTH).fill(7);
  const expected = portableBackend.prepare(bytes);
  const alike = ask(() => {
    const key = candidate.prepare(bytes);
    const all = [40, 21, 400].every((length) => agree(expected, key, length));
    key.wipe();
    return all;
  });
  expected.wipe();
  return alike === true;
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

const autoBackend = (crypto: NodeCrypto, changeover: Changeover): AeadBackend => ({
  name: "auto",
  changeover,
  prepare: (key) => new PortableKey(key, new PlatformKey(crypto, key), changeover),
});

/** What the platform has that does what it must. */
interface Platform {
  readonly crypto?: NodeCrypto;
  readonly findStartCode?: AeadBackend["findStartCode"];
}

function probe(): Platform {
  const crypto = platformCrypto();
  if (crypto === undefined || !usable(crypto)) return {};
  const indexOf = searchIsFast() ? platformIndexOf() : undefined;
  const finder = indexOf && platformFinder(indexOf);
  return { crypto, findStartCode: finder && finds(finder) ? finder : undefined };
}

/** Whether all that may be asked of it gives the bytes that it must: GCM, and AES for a keystream. */
export const usable = (crypto: NodeCrypto): boolean =>
  behaves(platformBackend(crypto)) && behaves(autoBackend(crypto, { keystreamFrom: 0, gcmFrom: NEVER }));

/** What `probe` answered: it is asked once. */
let platform: Platform | undefined;

/** Options of {@link selectBackend}. */
export interface BackendOptions {
  /** Default: `auto`. */
  readonly backend?: BackendChoice;
  /**
   * With `auto`: from which sizes on the platform is used. Default: what was measured on this runtime. It changes no
   * byte of any frame.
   */
  readonly changeover?: Changeover;
}

/**
 * Picks a backend. `auto` (default) is the portable one where the platform has none that behaves.
 *
 * @throws {@link FrameCryptoError} `invalid-argument`; `not-available` when `platform` is asked for and missing
 * @example
 * ```ts
 * selectBackend({ backend: "portable" }).name; // "portable"
 * selectBackend({ changeover: { keystreamFrom: 500, gcmFrom: Infinity } }); // longer frames by the platform's AES
 * ```
 */
export function selectBackend(options: BackendOptions = {}): AeadBackend {
  checkOptions(options, ["backend", "changeover"]);
  const { backend = "auto", changeover = runtimeChangeover() } = options;
  checkObject(changeover, "changeover");
  checkChangeover(changeover);
  if (backend === "portable") return portableBackend;
  check(backend === "auto" || backend === "platform", "backend", "auto, portable or platform", backend);
  platform ??= probe();
  const { crypto, findStartCode } = platform;
  if (crypto !== undefined)
    return {
      ...(backend === "auto" ? autoBackend(crypto, changeover) : platformBackend(crypto)),
      findStartCode,
    };
  if (backend === "auto") return portableBackend;
  throw new FrameCryptoError("not-available", "backend: this runtime has no usable cipher");
}
