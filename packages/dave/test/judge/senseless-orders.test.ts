// DaveClient under a gateway that sends anything at any time: the rules that need no sensible gateway still hold.

import { describe, expect, it } from "vitest";
import { senselessOrder } from "./senseless-order.ts";

const environment =
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
const only = environment.SENSELESS_SEED;
const ORDERS = Number(environment.SENSELESS_ORDERS ?? 200);

describe.skipIf(only !== undefined)("no order of messages breaks a client", () => {
  it(`in ${ORDERS} random orders`, () => {
    for (let seed = 1; seed <= ORDERS; seed++) expect(senselessOrder(seed, false)).toBeUndefined();
  });

  it(`in ${ORDERS} random orders while the owner's callbacks throw and call the client`, () => {
    for (let seed = 1; seed <= ORDERS; seed++) expect(senselessOrder(seed, true)).toBeUndefined();
  });
});

describe.runIf(only !== undefined)("one order again", () => {
  it.each([false, true])(`with the seed ${only}, careless callbacks: %s`, (mischievous) => {
    expect(senselessOrder(Number(only), mischievous)).toBeUndefined();
  });
});
