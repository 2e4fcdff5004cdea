// Invariant (14): in every epoch a newcomer could join. The commits that would add the passer-by (gateway/passer-by.ts)
// are joined here, by a session of its own.
import { DaveSession } from "@puredave/dave/protocol";
import type { CryptoProvider } from "@puredave/mls";
import type { DeliveryMls } from "../gateway/delivery.ts";
import { PASSER_BY } from "../gateway/passer-by.ts";
import type { Epoch } from "./epochs.ts";

/** Key packages that a 28 may still answer. */
const KEPT = 16;

export class Newcomer {
  private readonly channelId: string;
  private readonly crypto: CryptoProvider;
  private waiting: DaveSession[] = [];
  /** How many epochs it could have joined. */
  joined = 0;

  constructor(channelId: string, crypto: CryptoProvider) {
    this.channelId = channelId;
    this.crypto = crypto;
  }

  /** Makes a key package; the session waits for its welcome. */
  offer(externalSender: Uint8Array): Uint8Array {
    const { channelId, crypto } = this;
    const session = new DaveSession({ userId: PASSER_BY, channelId, crypto });
    session.setExternalSender(externalSender);
    this.waiting = [session, ...this.waiting].slice(0, KEPT);
    return session.createKeyPackage();
  }

  /** What is wrong with the commit (and welcome) of a member of `epoch`; `undefined`: nothing. */
  fault(mls: DeliveryMls, body: Uint8Array, epoch: Epoch): string | undefined {
    const welcome = mls.inspectCommit(body)?.welcome;
    if (welcome === undefined) return "a commit that adds a newcomer has no welcome";
    const expected = [...epoch.members, PASSER_BY];
    for (const session of this.waiting) {
      const outcome = session.processWelcome(welcome, expected);
      // for another key package, or sent again after a resume
      if (outcome.outcome === "ignored") continue;
      this.waiting = this.waiting.filter((other) => other !== session);
      if (outcome.outcome === "invalid") return `a newcomer could not join: ${outcome.reason}`;
      this.joined += 1;
      const roster = [...outcome.roster.keys()];
      const agrees = outcome.epoch === epoch.epoch + 1n && same(roster, expected);
      return agrees ? undefined : `a newcomer would find [${roster}] in epoch ${outcome.epoch}`;
    }
    return undefined;
  }
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  [...a].sort().join() === [...b].sort().join();
