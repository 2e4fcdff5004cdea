// K2 the port to the hash ratchet: frames know keys by generation, not where they come from.

/**
 * A sender's hash ratchet (RFC 9420 §9.1 over the base secret, K2).
 *
 * A ratchet may derive ahead and keep what it derived; only `erase` gives anything up.
 */
export interface KeyRatchet {
  /** The 16-byte key of a generation (0, 1, 2 …), or undefined when it was erased. */
  key(generation: number): Uint8Array | undefined;
  /** Forgets this generation and every older one. */
  erase(generation: number): void;
}
