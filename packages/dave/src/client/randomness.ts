// Randomness of the caller's: refused when the client is made, replaced by the platform's afterwards.

import type { CryptoProvider } from "@puredave/mls";
import { isBytes } from "../bytes.ts";
import { ask, type Fault } from "../callbacks.ts";
import { providerOf } from "../crypto.ts";
import { DaveError } from "../errors.ts";
import type { DaveClientOptions } from "./options.ts";

/**
 * A caller's source of randomness that cannot break the protocol off: what throws or has another length is a fault,
 * and the bytes come from the platform's cryptographic source instead.
 */
class Randomness {
  readonly #source: (length: number) => Uint8Array;
  readonly #fault: Fault;
  #platform: CryptoProvider | undefined;
  /** While the client is made, a source that does not work is refused. */
  strict = true;

  constructor(source: (length: number) => Uint8Array, fault: Fault) {
    this.#source = source;
    this.#fault = fault;
  }

  readonly draw = (length: number): Uint8Array => {
    const fits = (value: unknown): value is Uint8Array => isBytes(value) && value.length === length;
    const drawn = ask(() => this.#source(length), fits, this.#refuse, `${length} bytes from randomBytes()`);
    if (drawn !== undefined) return drawn;
    if (this.strict) this.#refuse(undefined);
    this.#platform ??= providerOf();
    return this.#platform.randomBytes(length);
  };

  readonly #refuse = (cause: unknown): void => {
    if (!this.strict) return this.#fault(cause);
    throw new DaveError("invalid-argument", "randomBytes: expected bytes of the length asked for", { cause });
  };
}

/** The primitives that the options ask for, and what ends the time in which their randomness may refuse. */
export function cryptoOf(
  { crypto, randomBytes, backend }: DaveClientOptions,
  fault: Fault,
): { readonly crypto: CryptoProvider; readonly made: () => void } {
  if (crypto !== undefined) return { crypto, made: () => {} };
  const choice = backend === undefined ? {} : { backend };
  if (randomBytes === undefined) return { crypto: providerOf(choice), made: () => {} };
  const randomness = new Randomness(randomBytes, fault);
  const made = (): void => {
    randomness.strict = false;
  };
  return { crypto: providerOf({ ...choice, randomBytes: randomness.draw }), made };
}
