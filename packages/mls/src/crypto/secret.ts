// RFC 9420 §9.2 Secrets: typed apart from bytes and from each other, counted by their holders, wiped by the last.
import { MlsError, misuse } from "../errors.ts";

declare const kind: unique symbol;

/** Overwrites secrets that are spent. */
export function wipe(...secrets: Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/** Notes a secret that a piece of work makes, and gives it back. */
export type ToWipe = <Bytes extends Uint8Array>(secret: Bytes, when?: "if refused") => Bytes;

/**
 * For work that may be refused half-way: overwrites the secrets that it noted, however it ends; those of its result, noted
 * with `if refused`, only when it throws.
 */
export function withSecrets<T>(work: (toWipe: ToWipe) => T): T {
  const spent: Uint8Array[] = [];
  const made: Uint8Array[] = [];
  try {
    const result = work((secret, when) => {
      (when ? made : spent).push(secret);
      return secret;
    });
    made.length = 0;
    return result;
  } finally {
    wipe(...spent, ...made);
  }
}

/**
 * A secret of one kind. Printing, logging or serializing one shows no bytes. Shared between group states by
 * `retain`; `release` of the last holder overwrites the bytes.
 */
export class Secret<Kind extends string> {
  declare readonly [kind]: Kind;
  readonly #bytes: Uint8Array;
  #holders = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy: to be used in the same turn. */
  get bytes(): Uint8Array {
    if (this.#holders === 0) throw new MlsError("closed", "the secret has been wiped");
    return this.#bytes;
  }

  retain(): this {
    misuse(this.#holders > 0, "secret", "one that was not wiped");
    this.#holders++;
    return this;
  }

  release(): void {
    if (this.#holders > 0 && --this.#holders === 0) this.#bytes.fill(0);
  }

  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
