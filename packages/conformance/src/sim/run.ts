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
  readonly counts: Counts;
  readonly violations: readonly Violation[];
  readonly coverage: CoverageTable;
}

export function runPlan(
  plan: Plan,
  makeClient: MakeClient = makeDaveClient,
  stopAtViolation = true,
): RunResult {
  const world = new World(plan, makeClient);
  try {
    world.run(stopAtViolation);
  } catch (fault) {
    // a fault of the simulator itself must not pass for a healthy call
    world.referee.complain(0, "", fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));
  }
  return {
    seed: plan.seed,
    events: world.clock.steps,
    virtualMs: plan.endMs,
    membershipChanges: world.membershipChanges,
    counts: world.referee.counts,
    violations: world.referee.violations,
    coverage: world.coverage.table,
  };
}

export const runSeed = (seed: number, makeClient?: MakeClient): RunResult =>
  runPlan(planOf(seed), makeClient);
