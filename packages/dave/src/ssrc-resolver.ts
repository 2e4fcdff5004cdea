// LIB-15: frames of an SSRC that nobody has announced, among candidate users.

import type { MediaType } from "@puredave/frame-crypto";
import type { DaveClient } from "./client/client.ts";
import type { AmongOutcome } from "./client/options.ts";
import { checkObject, expectThat, isFunction } from "./errors.ts";
import { checkSsrc } from "./rtp.ts";
import { namedSnowflake, type Snowflake } from "./snowflake.ts";

/** After these reasons, try the other candidates: the SSRC may have been given to another user. */
const MISFITS: ReadonlySet<string> = new Set(["authentication", "no-key", "replayed", "generation"]);

/** SSRCs remembered at most; one more forgets the oldest. */
const MAX_SSRCS = 256;

/**
 * Finds out whose an SSRC is by decrypting: the first candidate whose key fits owns it from then on.
 *
 * @example
 * ```ts
 * const resolver = new SsrcResolver(client);
 * const heard = resolver.decrypt({ ssrc, mediaType: "audio", frame, candidates: client.roster.keys() });
 * if (heard.outcome === "decrypted") play(heard.userId, heard.frame);
 * ```
 */
export class SsrcResolver {
  readonly #client: DaveClient;
  readonly #owners = new Map<number, string>();
  readonly #stop: () => void;

  /** Resolves the frames of `client`, and listens to its roster until `close`. */
  constructor(client: DaveClient) {
    expectThat(isFunction(client?.decryptAmong), "client", "a DaveClient", client);
    this.#client = client;
    this.#stop = client.on("roster", ({ removed }) => {
      // at version 0 there is no group, and whoever was in it goes on speaking
      if (client.executedVersion !== 0) for (const userId of removed) this.#forgetUser(userId);
    });
  }

  /** Whose SSRC it is, once known. */
  ownerOf(ssrc: number): string | undefined {
    checkSsrc(ssrc);
    return this.#owners.get(ssrc);
  }

  /** What op 5 says is better than trying. */
  learn(ssrc: number, userId: Snowflake): void {
    checkSsrc(ssrc);
    const owner = namedSnowflake(userId, "userId");
    this.#owners.delete(ssrc);
    this.#owners.set(ssrc, owner);
    const [oldest] = this.#owners.keys();
    if (this.#owners.size > MAX_SSRCS && oldest !== undefined) this.#owners.delete(oldest);
  }

  /** The SSRC is anybody's again. */
  forget(ssrc: number): void {
    checkSsrc(ssrc);
    this.#owners.delete(ssrc);
  }

  #forgetUser(userId: string): void {
    for (const [ssrc, owner] of this.#owners) if (owner === userId) this.#owners.delete(ssrc);
  }

  /** Decrypts with the owner's keys, or tries the candidates; trying counts no failures (FRM-03). */
  decrypt(input: {
    readonly ssrc: number;
    readonly mediaType: MediaType;
    readonly frame: Uint8Array;
    readonly candidates: Iterable<Snowflake>;
  }): AmongOutcome {
    checkObject(input, "input");
    const { ssrc, mediaType, frame, candidates } = input;
    checkSsrc(ssrc);
    const owner = this.#owners.get(ssrc);
    if (owner !== undefined) {
      const heard = this.#client.decrypt({ userId: owner, mediaType, frame });
      if (heard.outcome !== "failed" || !MISFITS.has(heard.reason)) return { ...heard, userId: owner };
    }
    const found = this.#client.decryptAmong({ candidates, mediaType, frame });
    if (found.userId !== undefined) this.learn(ssrc, found.userId);
    return found;
  }

  /** Listens no more and forgets everything. */
  close(): void {
    this.#stop();
    this.#owners.clear();
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
