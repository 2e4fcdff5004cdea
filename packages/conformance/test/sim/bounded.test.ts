// Invariant (16): over two hours of virtual time a client's memory, timers and work for each event stay bounded.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { CryptoProvider } from "@puredave/mls";
import { describe, expect, test } from "vitest";
import { PLAIN_KNOBS } from "../../src/sim/gateway/knobs.ts";
import type { Action, Plan } from "../../src/sim/plan.ts";
import { planOfSketch } from "../../src/sim/scenarios/sketch.ts";
import { type MakeClient, makeDaveClient, World } from "../../src/sim/world.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Somebody comes or goes every half minute, sockets break, recoveries are asked for; a frame every two seconds. */
function longCall(): Plan {
  const plan = planOfSketch(1, { members: 3, story: [], lasts: 2 * 3600 });
  const [a, b, c] = plan.participants.map(({ userId }) => userId) as [string, string, string];
  const actions: Action[] = [a, b, c].map((userId, i) => ({ at: 200 + 400 * i, type: "join", userId }));
  for (let at = 30_000, i = 0; at < 2 * HOUR; at += 30_000, i++) {
    actions.push({ at, type: i % 2 === 0 ? "leave" : "join", userId: c });
    if (i % 10 === 3) actions.push({ at: at + 5000, type: "drop", userId: b, forMs: 4000 });
    if (i % 20 === 7) actions.push({ at: at + 9000, type: "recover", userId: a });
    if (i % 20 === 12) actions.push({ at: at + 9000, type: "race-one", userId: b });
  }
  return { ...plan, actions, frameEveryMs: 2000, realCrypto: false, knobs: { ...PLAIN_KNOBS, lose: 0.02 } };
}

/** How much a client did and held in some stretch of time. */
interface Use {
  timers: number;
  snapshot: number;
  calls: number;
}

interface Half {
  readonly use: Use;
  /** Bytes. */
  readonly heap: number;
}

/** Counts the calls of the crypto provider and the timers that wait. */
function measured(use: Use): MakeClient {
  return (options) => {
    let waiting = 0;
    const clock = options.clock!;
    const setTimer = (delayMs: number, callback: () => void) => {
      use.timers = Math.max(use.timers, ++waiting);
      let over = false;
      const end = () => {
        if (!over) waiting -= 1;
        over = true;
      };
      const cancel = clock.setTimer!(delayMs, () => {
        end();
        callback();
      });
      return () => {
        end();
        cancel();
      };
    };
    const client = makeDaveClient({
      ...options,
      clock: { now: () => clock.now(), setTimer },
      crypto: counted(options.crypto!, use),
    });
    const receive = client.receive.bind(client);
    client.receive = (message) => {
      receive(message);
      use.snapshot = Math.max(use.snapshot, JSON.stringify(client.snapshot?.()).length);
    };
    return client;
  };
}

function counted(crypto: CryptoProvider, use: Use): CryptoProvider {
  const wrapped = Object.entries(crypto).map(([name, member]) => [
    name,
    typeof member !== "function"
      ? member
      : (...args: unknown[]) => {
          use.calls += 1;
          return (member as (...all: unknown[]) => unknown)(...args);
        },
  ]);
  return Object.fromEntries(wrapped) as unknown as CryptoProvider;
}

describe("two hours of a call", () => {
  test("memory, timers and work for each event stay what they were", { timeout: 300_000 }, () => {
    const use: Use = { timers: 0, snapshot: 0, calls: 0 };
    const world = new World(longCall(), measured(use));
    const halves: Half[] = [];
    // the first half hour warms up
    for (const until of [HOUR / 2, HOUR, 1.5 * HOUR, 2 * HOUR]) {
      Object.assign(use, { timers: 0, snapshot: 0, calls: 0 });
      world.clock.runUntil(1000 + until);
      world.referee.forgetOldFrames();
      collectGarbage();
      halves.push({ use: { ...use }, heap: process.memoryUsage().heapUsed });
    }
    expect(world.referee.violations).toEqual([]);
    const [second, ...later] = halves.slice(1) as [Half, Half, Half];
    for (const { use: half } of halves) expect(half.timers).toBeLessThanOrEqual(1);
    for (const half of later) {
      expect(half.use.snapshot).toBeLessThan(second.use.snapshot * 1.25);
      expect(half.use.calls).toBeLessThan(second.use.calls * 1.25);
    }
    // the referee remembers every epoch; clients that kept the keys of each would hold twice as much
    expect(later.at(-1)!.heap - second.heap).toBeLessThan(2_000_000);
  });
});
