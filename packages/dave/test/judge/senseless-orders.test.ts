// DaveClient under a gateway that sends anything at any time: the rules that need no sensible gateway still hold.

import { describe, expect, it } from "vitest";
import { senselessOrder } from "./senseless-order.ts";

const environment =
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
const only = environment.SENSELESS_SEED;
/** Long enough for a machine with a lot of other work, ms. */
const TIMEOUT = 300_000;
const ORDERS = Number(environment.SENSELESS_ORDERS ?? 100);

describe.skipIf(only !== undefined)("no order of messages breaks a client", () => {
  it(
    `in ${ORDERS} random orders`,
    () => {
      for (let seed = 1; seed <= ORDERS; seed++) expect(senselessOrder(seed, false)).toBeUndefined();
    },
    TIMEOUT,
  );

  it(
    `in ${ORDERS} random orders while the owner's callbacks throw and call the client`,
    () => {
      for (let seed = 1; seed <= ORDERS; seed++) expect(senselessOrder(seed, true)).toBeUndefined();
    },
    TIMEOUT,
  );
});

describe.runIf(only !== undefined)("one order again", () => {
  it.each([false, true])(`with the seed ${only}, careless callbacks: %s`, (mischievous) => {
    expect(senselessOrder(Number(only), mischievous)).toBeUndefined();
  });
});
