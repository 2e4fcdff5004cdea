// K3, K4 a sender's key: the counter and the generation belong to the base secret.
import type { AeadBackend, AeadKey } from "./aead/backend.ts";
import { check, checkBytes, checkInteger, checkObject, checkOpen, checkOptions } from "./arguments.ts";
import { KEY_LENGTH } from "./constants.ts";
import { generationOf, nonceOf } from "./counter.ts";
import type { KeyRatchet } from "./key-ratchet.ts";

export function checkRatchet(value: unknown): asserts value is KeyRatchet {
  checkObject(value, "ratchet");
  const { key, erase } = value as Partial<KeyRatchet>;
  check(
    typeof key === "function" && typeof erase === "function",
    "ratchet",
    "the functions key and erase",
    value,
  );
}

/** K2: a ratchet's key, of 16 bytes or gone. */
export function ratchetKey(ratchet: KeyRatchet, generation: number): Uint8Array | undefined {
  const key = ratchet.key(generation);
  if (key !== undefined) checkBytes(key, "ratchet: key", KEY_LENGTH);
  return key;
}

/**
 * The sending side of one base secret. Keep it as long as the base secret: installed again it goes on
 * counting, so no nonce is used twice (K4). All SSRCs of a user share it.
 *
 * @example
 * ```ts
 * const key = new SenderKey(ratchet);
 * const encryptor = new Encryptor();
 * encryptor.setKey(key); // the first frame uses counter 1
 * key.counter; // 0
 * ```
 */
export class SenderKey {
  #counter: number;
  #ratchet: KeyRatchet | undefined;
  #generation = -1;
  #backend: AeadBackend | undefined;
  #prepared: AeadKey | undefined;

  /**
   * @param ratchet gives the 16-byte key of each generation (K2)
   * @param options.counter the counter used last, 0 by default; the next frame uses the one after it
   * @throws {@link FrameCryptoError} `invalid-argument`
   */
  constructor(ratchet: KeyRatchet, options: { readonly counter?: number } = {}) {
    checkRatchet(ratchet);
    checkOptions(options, ["counter"]);
    const { counter = 0 } = options;
    checkInteger(counter, "counter");
    this.#ratchet = ratchet;
    this.#counter = counter;
  }

  /** The counter used last, unwrapped: it goes on past 2^32, and the generation with it (K3). */
  get counter(): number {
    return this.#counter;
  }

  /** Whether the key was wiped: it can be set nowhere any more. */
  get closed(): boolean {
    return this.#ratchet === undefined;
  }

  /** Wipes what was prepared and lets the ratchet go. */
  close(): void {
    this.#prepared?.wipe();
    this.#prepared = undefined;
    this.#ratchet = undefined;
  }

  /** Closes it at the end of a block: `using key = …`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal K3: the generation of the counter used last. */
  get generation(): number {
    return generationOf(this.#counter);
  }

  /** @internal K3: the nonce of the counter used last. */
  get nonce(): number {
    return nonceOf(this.#counter);
  }

  /**
   * @internal K3: the counter moves before use. The prepared key of its generation; undefined when the ratchet has
   * none, or at the end of safe integers.
   */
  next(backend: AeadBackend): AeadKey | undefined {
    if (this.#counter >= Number.MAX_SAFE_INTEGER) return undefined;
    this.#counter++;
    const generation = this.generation;
    if (this.#prepared !== undefined && this.#generation === generation && this.#backend === backend) {
      return this.#prepared;
    }
    return this.#prepare(backend, generation);
  }

  #prepare(backend: AeadBackend, generation: number): AeadKey | undefined {
    checkOpen(this.closed);
    const ratchet = this.#ratchet!;
    const key = ratchetKey(ratchet, generation);
    if (key === undefined) return undefined;
    this.#prepared?.wipe();
    this.#prepared = backend.prepare(key);
    // A sender never goes back to an older generation.
    if (generation > this.#generation && generation > 0) ratchet.erase(generation - 1);
    this.#generation = generation;
    this.#backend = backend;
    return this.#prepared;
  }
}
