// Runs a named scenario: no invariant broken, and what it is about did come up.
import type { RunResult } from "./run.ts";
import { runPlan } from "./run.ts";
import type { Scenario } from "./scenarios.ts";
import type { MakeClient } from "./world.ts";

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly run: RunResult;
  /** Empty when all is well. */
  readonly failures: readonly string[];
}

/** What is wrong with a run of the scenario, line by line. */
export function* failuresOf({ expect }: Scenario, run: RunResult): Generator<string> {
  for (const { invariant, atMs, text } of run.violations)
    yield `(${invariant}) at ${Math.round(atMs)} ms: ${text}`;
  for (const fault of expect.faults ?? []) if (!run.coverage[fault]) yield `"${fault}" did not come up`;
  for (const reset of expect.resets ?? []) if (!run.resets.includes(reset)) yield `no ${reset} reset came up`;
  if (run.epochs < (expect.epochs ?? 1)) yield `${run.epochs} epochs, expected ${expect.epochs}`;
  const flagged = Object.values(run.coverage["op 31"] ?? {}).reduce((sum, count) => sum + count, 0);
  if (flagged > (expect.flagged ?? Infinity)) yield `${flagged} times op 31, expected ${expect.flagged}`;
  if (run.counts.received < (expect.received ?? 1)) yield `${run.counts.received} frames received`;
}

export function runScenario(scenario: Scenario, makeClient?: MakeClient): ScenarioResult {
  const run = runPlan(scenario.plan, makeClient);
  return { scenario, run, failures: [...failuresOf(scenario, run)] };
}
