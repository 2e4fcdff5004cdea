// §4 Sender keys: K1 the base secret of a member, K2 the hash ratchet over it.

import type { KeyRatchet } from "@puredave/frame-crypto";
import { type CryptoProvider, deriveTreeSecret, type Group } from "@puredave/mls";
import { checkCrypto } from "../crypto.ts";
import { checkBytes, expectThat, isFunction, translated } from "../errors.ts";
import { namedSnowflake, type Snowflake, snowflakeBytesLE } from "../snowflake.ts";

const EXPORTER_LABEL = "Discord Secure Frames v0";
/** Bytes of a base secret and of a frame key. */
const KEY_LENGTH = 16;
/** Bytes of every later ratchet secret. */
const SECRET_LENGTH = 32;
/** K6: a receiver never looks further ahead; a ratchet asked for more has been misused. */
const MAX_STEP = 1 << 16;

/**
 * K1: `MLS-Exporter("Discord Secure Frames v0", littleEndian64(userId), 16)`, 16 bytes.
 *
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`; `closed` after the group's end
 */
export function exportBaseSecret(group: Group, userId: Snowflake): Uint8Array {
  expectThat(isFunction(group?.exportSecret), "group", "a Group", group);
  const context = snowflakeBytesLE(namedSnowflake(userId, "userId"));
  return translated(() => group.exportSecret(EXPORTER_LABEL, context, KEY_LENGTH));
}

/**
 * K2: the RFC 9420 §9.1 hash ratchet that a base secret seeds. Secrets are overwritten as soon as the next is
 * known; keys stay until `erase`.
 *
 * @example
 * ```ts
 * const ratchet = new HashRatchet(createCryptoProvider(), new Uint8Array(16));
 * ratchet.key(0); // 16 bytes
 * ```
 */
export class HashRatchet implements KeyRatchet {
  readonly #crypto: CryptoProvider;
  readonly #keys = new Map<number, Uint8Array>();
  #secret: Uint8Array | undefined;
  /** The generation that `#secret` belongs to. */
  #next = 0;
  /** Generations below this are gone for good. */
  #erased = 0;

  /**
   * @param baseSecret 16 bytes; copied.
   * @throws {@link DaveError} `invalid-argument`
   */
  constructor(crypto: CryptoProvider, baseSecret: Uint8Array) {
    checkCrypto(crypto);
    checkBytes(baseSecret, "baseSecret", KEY_LENGTH);
    this.#crypto = crypto;
    this.#secret = new Uint8Array(baseSecret);
  }

  /** The 16-byte key of a generation; `undefined` once erased or closed. */
  key(generation: number): Uint8Array | undefined {
    expectThat(
      Number.isSafeInteger(generation) && generation >= 0,
      "generation",
      "a non-negative integer",
      generation,
    );
    expectThat(generation - this.#next <= MAX_STEP, "generation", "at most 2^16 ahead", generation);
    while (this.#next <= generation && this.#secret !== undefined) this.#advance(this.#secret);
    return this.#keys.get(generation);
  }

  #advance(secret: Uint8Array): void {
    const generation = this.#next;
    if (generation >= this.#erased)
      this.#keys.set(generation, deriveTreeSecret(this.#crypto, secret, "key", generation, KEY_LENGTH));
    this.#secret = deriveTreeSecret(this.#crypto, secret, "secret", generation, SECRET_LENGTH);
    this.#next = generation + 1;
    secret.fill(0);
  }

  /** Overwrites and drops the key of a generation and of every older one, derived yet or not. */
  erase(generation: number): void {
    expectThat(
      Number.isSafeInteger(generation) && generation >= 0,
      "generation",
      "a non-negative integer",
      generation,
    );
    this.#erased = Math.max(this.#erased, generation + 1);
    for (const [older, key] of this.#keys)
      if (older < this.#erased) {
        key.fill(0);
        this.#keys.delete(older);
      }
  }

  /** Overwrites and drops everything. Safe to call twice. */
  close(): void {
    this.#secret?.fill(0);
    this.#secret = undefined;
    this.erase(Number.MAX_SAFE_INTEGER - 1);
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
