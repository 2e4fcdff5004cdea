// V1, V2, V4, P4: pair codes and verified keys of the members of the group.

import { DaveError } from "../errors.ts";
import type { DaveSession } from "../session.ts";
import { pairwiseCode } from "../verification.ts";
import { type KnownKeys, type Verification, verificationOf } from "./known-keys.ts";

export class Identities {
  readonly #session: DaveSession;
  readonly #knownKeys: KnownKeys;
  /** scrypt is slow: a code is made once for a user and key. */
  readonly #codes = new Map<string, string>();

  constructor(session: DaveSession, knownKeys: KnownKeys) {
    this.#session = session;
    this.#knownKeys = knownKeys;
  }

  /** V4: keys come from the group's roster only. */
  #memberKey(userId: string): Uint8Array {
    const own = userId === this.#session.userId;
    const publicKey = own ? undefined : this.#session.roster().get(userId);
    if (publicKey === undefined) throw new DaveError("unknown-user", "no other member of the group");
    return publicKey;
  }

  pairwiseCode(userId: string): string {
    const publicKey = this.#memberKey(userId);
    const name = `${userId}:${publicKey.join()}`;
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const own = { userId: this.#session.userId, publicKey: this.#session.signatureKeyPair.publicKey };
    const code = pairwiseCode(own, { userId, publicKey });
    this.#codes.set(name, code);
    return code;
  }

  verificationOf(userId: string): Verification {
    return verificationOf(this.#knownKeys, userId, this.#memberKey(userId));
  }

  verify(userId: string): void {
    this.#knownKeys.set(userId, this.#memberKey(userId).slice());
  }

  clear(): void {
    this.#codes.clear();
  }
}
