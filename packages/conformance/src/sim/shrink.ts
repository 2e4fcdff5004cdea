// Cuts a failing plan down to what is needed to fail: fewer actions, fewer knobs, fewer members.
import type { Action, Plan } from "./plan.ts";
import { type RunResult, runPlan } from "./run.ts";

export interface Shrunk {
  readonly plan: Plan;
  /** How many plans were tried. */
  readonly runs: number;
}

/** Tries variants against a budget; keeps one when the same invariant breaks. */
class Attempt {
  runs = 0;
  plan: Plan;
  private readonly invariant: number;
  private readonly budget: number;
  private readonly run: (plan: Plan) => RunResult;

  constructor(plan: Plan, invariant: number, budget: number, run: (plan: Plan) => RunResult) {
    this.plan = plan;
    this.invariant = invariant;
    this.budget = budget;
    this.run = run;
  }

  /** True when `next` fails as the original did; it then takes its place. */
  keep(next: Plan): boolean {
    if (this.runs >= this.budget) return false;
    this.runs += 1;
    const fails = this.run(next).violations[0]?.invariant === this.invariant;
    if (fails) this.plan = next;
    return fails;
  }
}

const without = <T>(items: readonly T[], from: number, count: number): T[] => [
  ...items.slice(0, from),
  ...items.slice(from + count),
];

/** Removes runs of actions, halving their length until single ones are left. */
function shrinkActions(attempt: Attempt): void {
  for (let size = Math.ceil(attempt.plan.actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = attempt.plan.actions.length - size; from >= 0; from -= size) {
      attempt.keep({ ...attempt.plan, actions: without<Action>(attempt.plan.actions, from, size) });
    }
  }
}

function shrinkKnobs(attempt: Attempt, kind: "knobs" | "sfu"): void {
  for (const name of Object.keys(attempt.plan[kind])) {
    const rest: Record<string, unknown> = { ...attempt.plan[kind] };
    delete rest[name];
    attempt.keep({ ...attempt.plan, [kind]: rest });
  }
}

function shrinkParticipants(attempt: Attempt): void {
  for (const { userId } of attempt.plan.participants) {
    const participants = attempt.plan.participants.filter((other) => other.userId !== userId);
    const actions = attempt.plan.actions.filter((action) => action.userId !== userId);
    attempt.keep({ ...attempt.plan, participants, actions });
  }
}

/** `plan` breaks `invariant`; the result breaks it too. */
export function shrinkPlan(
  plan: Plan,
  invariant: number,
  budget = 120,
  run: (plan: Plan) => RunResult = runPlan,
): Shrunk {
  const attempt = new Attempt(plan, invariant, budget, run);
  shrinkParticipants(attempt);
  shrinkActions(attempt);
  shrinkKnobs(attempt, "knobs");
  shrinkKnobs(attempt, "sfu");
  shrinkActions(attempt);
  return { plan: attempt.plan, runs: attempt.runs };
}
