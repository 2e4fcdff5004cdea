// Runs one plan and says what came of it.
import type { CoverageTable } from "./coverage.ts";
import { type Plan, planOf } from "./plan.ts";
import type { Counts, Violation } from "./referee/referee.ts";
import { type MakeClient, makeDaveClient, World } from "./world.ts";

export interface RunResult {
  readonly seed: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly membershipChanges: number;
  /** Established epochs, and the reasons for starting anew. */
  readonly epochs: number;
  readonly resets: readonly string[];
  readonly counts: Counts;
  readonly violations: readonly Violation[];
  readonly coverage: CoverageTable;
}

/** Runs a world to its end, or to the first violation. */
export function runWorld(world: World, stopAtViolation = true): RunResult {
  try {
    world.run(stopAtViolation);
  } catch (fault) {
    // a fault of the simulator itself must not pass for a healthy call
    world.referee.complain(0, "", fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));
  }
  const { plan, clock, referee, resets, membershipChanges, coverage } = world;
  return {
    seed: plan.seed,
    events: clock.steps,
    virtualMs: plan.endMs,
    membershipChanges,
    epochs: referee.book.all.length,
    resets,
    counts: referee.counts,
    violations: referee.violations,
    coverage: coverage.table,
  };
}

export const runPlan = (plan: Plan, makeClient: MakeClient = makeDaveClient): RunResult =>
  runWorld(new World(plan, makeClient));

export const runSeed = (seed: number, makeClient?: MakeClient): RunResult =>
  runPlan(planOf(seed), makeClient);
