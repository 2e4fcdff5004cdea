// P4: signature keys that the user has verified; another key than the verified one is treated as unverified (EC-12).

import { equalBytes } from "@puredave/mls";

/** Where verified keys are kept: user id → 65-byte public key. */
export interface KnownKeys {
  /** The key last verified for a user; `undefined`: none. The id is in canonical decimal form. */
  get(userId: string): Uint8Array | undefined;
  /** Keeps a key of 65 bytes, in place of any before. */
  set(userId: string, publicKey: Uint8Array): void;
}

/** What the caller knows of a member's key. */
export type Verification =
  /** Never verified. */
  | "unverified"
  /** The key in the roster is the one that was verified. */
  | "verified"
  /** The user was verified with another key: a new device, or somebody else. */
  | "new-key";

export function verificationOf(knownKeys: KnownKeys, userId: string, publicKey: Uint8Array): Verification {
  const known = knownKeys.get(userId);
  if (known === undefined) return "unverified";
  return equalBytes(known, publicKey) ? "verified" : "new-key";
}
