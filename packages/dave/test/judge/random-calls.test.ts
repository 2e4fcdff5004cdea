// DaveClients in calls whose gateway follows the rules and makes all the trouble that the rules allow.

import { createCryptoProvider } from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { cheapCrypto } from "./cheap-crypto.ts";
import type { Random } from "./random.ts";
import { explain, play, shrink, stepsOf } from "./steps.ts";

const cheap = ({ bytes }: Random) => cheapCrypto(bytes);
const real = ({ bytes }: Random) => createCryptoProvider({ randomBytes: bytes });

const environment =
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
const replayed = environment.JUDGE_SEED;
const CALLS = Number(environment.JUDGE_CALLS ?? 300);
const GROUP = 50;
/** Long enough for a machine with a lot of other work, ms. */
const TIMEOUT = 300_000;

/** Plays one call; a failing one is shortened and explained. */
function verdictOn(seed: number, crypto: typeof cheap): string | undefined {
  const steps = stepsOf(seed);
  if (play(seed, steps, crypto).error === undefined) return undefined;
  const shorter = shrink(seed, steps, crypto);
  return explain(seed, shorter, play(seed, shorter, crypto));
}

describe.skipIf(replayed !== undefined)("random calls of 2 to 6 clients keep every rule", () => {
  for (let first = 1; first <= CALLS; first += GROUP) {
    const last = Math.min(CALLS, first + GROUP - 1);
    it(
      `in the calls with the seeds ${first} to ${last}`,
      () => {
        for (let seed = first; seed <= last; seed++) expect(verdictOn(seed, cheap)).toBeUndefined();
      },
      TIMEOUT,
    );
  }

  it("in 5 calls with the real P-256", () => {
    for (let seed = 1; seed <= 5; seed++) expect(verdictOn(seed, real)).toBeUndefined();
  });
});

describe.runIf(replayed !== undefined)("one call again", () => {
  it(`with the seed ${replayed}`, () => {
    expect(verdictOn(Number(replayed), cheap)).toBeUndefined();
  });
});
