// Whose an SSRC is: what op 5 announced, or whose key fits.

import type { DaveClient } from "../client/client.ts";
import type { AmongOutcome } from "../client/options.ts";
import { SsrcResolver } from "../ssrc-resolver.ts";

/** SSRCs remembered at most; one more forgets the one that was announced first. A call has far fewer. */
const MAX_SSRCS = 4096;

/** The owners of the SSRCs in a call. */
export class Owners {
  readonly #client: DaveClient;
  readonly #announced = new Map<number, string>();
  /** Made when it is first needed: it listens to the client until it is closed. */
  #resolver: SsrcResolver | undefined;

  constructor(client: DaveClient) {
    this.#client = client;
  }

  /** Op 5. An SSRC may go to another user. */
  announce(ssrc: number, userId: string): void {
    this.#announced.delete(ssrc);
    this.#announced.set(ssrc, userId);
    const [oldest] = this.#announced.keys();
    if (this.#announced.size > MAX_SSRCS) this.#announced.delete(oldest!);
    this.#resolver?.forget(ssrc);
  }

  /** Op 13: what the user announced counts no more. */
  forget(userId: string): void {
    for (const [ssrc, owner] of this.#announced) if (owner === userId) this.#announced.delete(ssrc);
  }

  /** Decrypts a frame of audio with the keys of its owner; without an announced one, of whoever it may be. */
  decrypt(ssrc: number, frame: Uint8Array): AmongOutcome {
    const userId = this.#announced.get(ssrc);
    if (userId !== undefined)
      return { ...this.#client.decrypt({ userId, mediaType: "audio", frame }), userId };
    const candidates = this.#client.recognizedUserIds;
    this.#resolver ??= new SsrcResolver(this.#client);
    return this.#resolver.decrypt({ ssrc, mediaType: "audio", frame, candidates });
  }

  /** Forgets everything and listens to the client no more. */
  close(): void {
    this.#announced.clear();
    this.#resolver?.close();
    this.#resolver = undefined;
  }
}
