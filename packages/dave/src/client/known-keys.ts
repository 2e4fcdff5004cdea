// P4: signature keys that the user has verified; another key than the verified one is treated as unverified (EC-12).

import { equalBytes } from "@puredave/mls";
import { isBytes } from "../bytes.ts";
import { ask, type Fault } from "../callbacks.ts";
import { DaveError } from "../errors.ts";

/** Where verified keys are kept: user id → 65-byte public key. Both methods are synchronous. */
export interface KnownKeys {
  /**
   * The key last verified for a user; `undefined` or `null`: none. The id is in canonical decimal form. If it throws
   * or returns anything else, the user counts as unverified, and `onFault` is told.
   */
  get(userId: string): Uint8Array | undefined | null;
  /** Keeps a key of 65 bytes, in place of any before. If it throws, `markVerified` throws `store-failed`. */
  set(userId: string, publicKey: Uint8Array): unknown;
}

/** What the caller knows of a member's key. */
export type Verification =
  /** Never verified. */
  | "unverified"
  /** The key in the roster is the one that was verified. */
  | "verified"
  /** The user was verified with another key: a new device, or somebody else. */
  | "new-key";

/** The caller's store, whose faults change nothing in the protocol's course. */
export class TrustedKeys {
  readonly #store: KnownKeys;
  readonly #fault: Fault;

  constructor(store: KnownKeys, fault: Fault) {
    this.#store = store;
    this.#fault = fault;
  }

  verificationOf(userId: string, publicKey: Uint8Array): Verification {
    const known = ask(() => this.#store.get(userId), isBytes, this.#fault, "a key from knownKeys.get()");
    if (known === undefined) return "unverified";
    return equalBytes(known, publicKey) ? "verified" : "new-key";
  }

  /** @throws {@link DaveError} `store-failed` */
  set(userId: string, publicKey: Uint8Array): void {
    keep(() => this.#store.set(userId, publicKey.slice()), "knownKeys.set");
  }
}

/** Has a store keep something, or says that it did not. @throws {@link DaveError} `store-failed` */
export function keep(store: () => unknown, name: string): void {
  let returned: unknown;
  try {
    returned = store();
  } catch (cause) {
    throw new DaveError("store-failed", `${name}: threw`, { cause });
  }
  if (!isThenable(returned)) return;
  returned.then(undefined, () => {});
  throw new DaveError("store-failed", `${name}: returned a promise; the store must be synchronous`);
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
