// A named scenario with one seat played from outside
import { DaveClient } from "@puredave/dave";
import type { Plan } from "../plan.ts";
import { runWorld } from "../run.ts";
import { failuresOf } from "../scenario-run.ts";
import type { Scenario } from "../scenarios.ts";
import { type MakeClient, World } from "../world.ts";
import { type CallNow, OutsideClient } from "./outside-client.ts";

/** Every member speaks so often: enough to meet every window of a transition, few enough for a peer over a pipe. */
const FRAME_EVERY_MS = 100;

export interface Finding {
  /** Number in the list of docs/simulator.md; 0: the story did not come about. */
  readonly invariant: number;
  readonly atMs: number;
  /** Whom it was noticed at. */
  readonly userId: string;
  readonly text: string;
}

export interface OutsideRun {
  readonly tested: string;
  readonly frames: number;
  readonly findings: readonly Finding[];
}

const slower = (plan: Plan): Plan => ({ ...plan, frameEveryMs: FRAME_EVERY_MS });

/** What the story demands, with as many frames as there are at this rate. */
const expected = ({ expect, plan }: Scenario): Scenario["expect"] => ({
  ...expect,
  received: Math.floor(((expect.received ?? 1) * plan.frameEveryMs) / FRAME_EVERY_MS),
});

/** Plays it to the end or to the first broken invariant; what `call` throws comes out. */
export function runOutside(scenario: Scenario, seat: number, call: CallNow): OutsideRun {
  const tested = scenario.plan.participants[seat]?.userId ?? "";
  let fault: { readonly error: unknown } | undefined;
  const guarded: CallNow = (command, request) => {
    if (fault) throw fault.error;
    try {
      return call(command, request);
    } catch (error) {
      fault = { error };
      throw error;
    }
  };
  let processes = 0;
  const makeClient: MakeClient = (options) => {
    if (options.userId !== tested) return new DaveClient(options);
    const epochOf = (id: number) => {
      const known = [...world.referee.book.all]
        .reverse()
        .find((one) => one.transitionId === id && one.members.has(tested));
      return known && { epoch: known.epoch, members: [...known.members] };
    };
    const soleResetDue = () => world.referee.watches.get(tested)?.soleResetDue === true;
    return new OutsideClient(
      options,
      { call: guarded, epochOf, soleResetDue },
      `${scenario.name} ${++processes}`,
    );
  };
  const world = new World(slower(scenario.plan), makeClient);
  const run = runWorld(world);
  if (fault) throw (fault as { readonly error: unknown }).error;
  const { violations, counts } = run;
  const missing =
    violations.length > 0 ? [] : [...failuresOf({ ...scenario, expect: expected(scenario) }, run)];
  const story = missing.map((text) => ({ invariant: 0, atMs: scenario.plan.endMs, userId: "", text }));
  return { tested, frames: counts.sent, findings: [...violations, ...story] };
}
