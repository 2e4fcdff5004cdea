// RFC 9420 §5.1 Which backend: the platform's where it is there and works, else the portable one.
import { abytes, auint } from "../bytes.ts";
import { MlsError, misuse } from "../errors.ts";
import { givesKnownAnswers } from "./known-answers.ts";
import { platform } from "./platform.ts";
import { portable } from "./portable.ts";
import { type PlatformCrypto, platformCrypto, platformRandom } from "./ports.ts";
import type { CryptoProvider, Primitives } from "./provider.ts";
import { wipe } from "./secret.ts";

/** What {@link createCryptoProvider} is given. */
export interface CryptoOptions {
  /**
   * Source of all randomness, called with a length in bytes. With it, everything is replayable from the source. The array
   * that it returns must be its own to give away: it is copied and then overwritten with zeros.
   */
  readonly randomBytes?: (length: number) => Uint8Array;
  /** `auto` (default) takes the platform's node:crypto where there is one, else the portable backend. */
  readonly backend?: "auto" | "portable" | "platform";
}

/** The primitives of each node:crypto that was asked before, if they gave the known answers: asking takes milliseconds. */
const asked = /* @__PURE__ */ new WeakMap<PlatformCrypto, Primitives | undefined>();

function usable(node: PlatformCrypto): Primitives | undefined {
  if (!asked.has(node)) {
    const candidate = platform(node);
    asked.set(node, givesKnownAnswers(candidate) ? candidate : undefined);
  }
  return asked.get(node);
}

function primitives(backend: string): Primitives {
  if (backend === "portable") return portable;
  const node = platformCrypto();
  const found = node && usable(node);
  if (found) return found;
  if (backend === "platform") throw new MlsError("unsupported", "this runtime has no usable node:crypto");
  return portable;
}

/** The caller's source, checked. Its bytes may belong to a Buffer, whose methods differ: they are moved to plain bytes. */
const checkedSource = (source: (length: number) => Uint8Array) => (length: number) => {
  const bytes = source(length);
  abytes(bytes, "randomBytes()", length);
  const copy = new Uint8Array(bytes);
  wipe(bytes);
  return copy;
};

/**
 * The cryptographic primitives of cipher suite 2.
 *
 * @throws MlsError `invalid-argument`; `unsupported` if `backend: "platform"` is asked for and missing, or there is no randomness
 * @example
 * ```ts
 * const crypto = createCryptoProvider({ backend: "portable" });
 * crypto.hash(new Uint8Array()).length; // 32
 * ```
 */
export function createCryptoProvider(options: CryptoOptions = {}): CryptoProvider {
  misuse(typeof options === "object" && options !== null, "options", "an object", options);
  const { randomBytes: source, backend = "auto" } = options;
  misuse(source === undefined || typeof source === "function", "randomBytes", "a function", source);
  misuse(["auto", "portable", "platform"].includes(backend), "backend", "auto, portable or platform");
  const random = source ? checkedSource(source) : platformRandom();
  if (!random) throw new MlsError("unsupported", "this runtime has no cryptographic randomness");
  return {
    ...primitives(backend),
    // RFC 6979 gives the nonces of signatures where randomness is the caller's, so that it replays them.
    ...(source && { sign: portable.sign }),
    randomBytes(length) {
      auint(length, "length");
      return random(length);
    },
  };
}
