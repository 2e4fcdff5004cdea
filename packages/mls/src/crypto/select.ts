// RFC 9420 §5.1 Which backend: the platform's where it is there and works, else the portable one.
import { abytes, auint } from "../bytes.ts";
import { MlsError, misuse } from "../errors.ts";
import { nobleAead } from "./noble-aead.ts";
import { platform, works } from "./platform.ts";
import { portable } from "./portable.ts";
import { platformCrypto, platformRandom } from "./ports.ts";
import type { Aead, CryptoProvider, Primitives } from "./provider.ts";

/** What {@link createCryptoProvider} is given. */
export interface CryptoOptions {
  /** Source of all randomness, called with a length in bytes. With it, everything is replayable from the source. */
  readonly randomBytes?: (length: number) => Uint8Array;
  /** `auto` (default) takes the platform's node:crypto where there is one, else the portable backend. */
  readonly backend?: "auto" | "portable" | "platform";
}

function primitives(aead: Aead, backend: string, replayable: boolean): Primitives {
  const own = portable(aead);
  if (backend === "portable") return own;
  const node = platformCrypto();
  const native = node && platform(node, own, replayable);
  if (native && works(native, own)) return native;
  if (backend === "platform") throw new MlsError("unsupported", "this runtime has no usable node:crypto");
  return own;
}

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
export const createCryptoProvider = (options: CryptoOptions = {}): CryptoProvider =>
  cryptoProviderWith(nobleAead, options);

/**
 * The same with another AES-128-GCM in the portable backend: who has one of their own already need not bundle noble's.
 *
 * @param aead gives the same bytes as any other for the same input
 * @throws MlsError as {@link createCryptoProvider}
 */
export function cryptoProviderWith(aead: Aead, options: CryptoOptions = {}): CryptoProvider {
  const { randomBytes: source, backend = "auto" } = options;
  misuse(source === undefined || typeof source === "function", "randomBytes must be a function");
  misuse(["auto", "portable", "platform"].includes(backend), "unknown backend");
  const random = source ?? platformRandom();
  if (!random) throw new MlsError("unsupported", "this runtime has no cryptographic randomness");
  return {
    ...primitives(aead, backend, source !== undefined),
    randomBytes(length) {
      auint(length, "length");
      const bytes = random(length);
      abytes(bytes, "randomBytes()", length);
      return new Uint8Array(bytes);
    },
  };
}
