// One client under a gateway without sense, and under a sensible one afterwards: what the judge objects to.

import type { DaveClient } from "../../src/index.ts";
import { CALM } from "../../src/testing.ts";
import { Call } from "./call.ts";
import { cheapCrypto } from "./cheap-crypto.ts";
import { Random } from "./random.ts";
import { Senseless } from "./senseless.ts";

const MOVES = 60;

/** Plays one order; returns what the judge objects to, with the moves before it. */
export function senselessOrder(seed: number, mischievous: boolean): string | undefined {
  const random = new Random(seed);
  const call = new Call({ seed, crypto: ({ bytes }) => cheapCrypto(bytes), choices: CALM });
  const victim = call.join("101");
  for (const userId of ["102", "103"]) call.join(userId);
  call.pass(2_000, { every: 500 });
  const senseless = new Senseless(call, victim, random);
  if (mischievous) victim.mischief = () => misbehave(random, victim);
  const names: string[] = [];
  try {
    for (let i = 0; i < MOVES; i++) {
      const { name, run } = senseless.move();
      names.push(name);
      run();
      victim.seal();
      call.gateway.faults.length = 0;
      call.check();
    }
    victim.intercept = victim.mischief = undefined;
    names.push("a sensible gateway again");
    call.join("101");
    call.calmDown(45_000);
    call.checkCalm();
    call.close();
    return undefined;
  } catch (error) {
    return [`${(error as Error).message}`, `replay with SENSELESS_SEED=${seed}`, ...names.slice(-MOVES)].join(
      "\n",
    );
  }
}

/** What a careless owner's callback might do. */
function misbehave(random: Random, { client }: { client: DaveClient }): void {
  if (random.chance(0.7)) return;
  random.pick([
    () => client.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(30) }),
    () => client.recover(),
    () => client.tick(),
    () => client.receive('{"op":22,"d":{"transition_id":60000}}'),
    () => {
      throw new Error("a careless callback");
    },
  ])();
}
