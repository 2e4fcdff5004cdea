// The simulator can fail: every mutant of the client is caught, by its named scenario or within 1000 seeds.
import { describe, expect, test } from "vitest";
import { applyPatch, MUTANTS, type Mutant } from "../../src/sim/mutants.ts";
import { planOf } from "../../src/sim/plan.ts";
import type { RunResult } from "../../src/sim/run.ts";
import { SCENARIOS } from "../../src/sim/scenarios.ts";
import { shrinkPlan } from "../../src/sim/shrink.ts";
import { buildMutant, type MutantSim } from "./mutant-build.ts";

const LIMIT = 1000;
/** Seeds that have caught mutants before are tried first; they count like any other. */
const LIKELY = [1, 2, 3, 25, 59];

/** What its named scenario makes of it. */
function caughtByStory(sim: MutantSim, { caught }: Mutant): RunResult | undefined {
  const story = SCENARIOS.find(({ name }) => name === caught?.scenario);
  return story && sim.runPlan(story.plan);
}

/** The first seed whose call breaks an invariant. */
function firstCaught(sim: MutantSim): RunResult | undefined {
  const all = Array.from({ length: LIMIT }, (_, i) => 1 + i);
  for (const seed of new Set([...LIKELY, ...all])) {
    const result = sim.runSeed(seed);
    if (result.violations.length > 0) return result;
  }
  return undefined;
}

const BY_STORY = MUTANTS.filter(({ caught }) => caught !== undefined);
const BY_SEEDS = MUTANTS.filter(({ caught }) => caught === undefined);

describe("mutants", () => {
  test("each has its own name, and its scenario exists", () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    const stories = SCENARIOS.map(({ name }) => name);
    expect(stories).toEqual(expect.arrayContaining(BY_STORY.map(({ caught }) => caught!.scenario)));
  });

  test.each(BY_STORY)(
    "$name ($rule) is caught by the story $caught.scenario, invariant $caught.invariant",
    { timeout: 120_000 },
    async (mutant) => {
      const run = caughtByStory(await buildMutant(mutant), mutant);
      expect(run?.violations[0]).toMatchObject({ invariant: mutant.caught!.invariant });
    },
  );

  test.each(BY_SEEDS)("$name ($rule) is caught by seeds", { timeout: 600_000 }, async (mutant) => {
    const caught = firstCaught(await buildMutant(mutant));
    expect(caught?.violations[0]).toBeDefined();
    // invariant 0 is a fault of the simulator itself: that would catch anything
    expect(caught?.violations[0]?.invariant).toBeGreaterThan(0);
  });

  test("a patch that does not fit once is refused", () => {
    const patch = { file: "x.ts", find: "a", replace: "b" };
    expect(applyPatch("xay", patch)).toBe("xby");
    expect(() => applyPatch("xyz", patch)).toThrow(/does not fit/);
    expect(() => applyPatch("aa", patch)).toThrow(/does not fit/);
  });
});

test("a failing plan shrinks to one that fails in the same way", async () => {
  const sim = await buildMutant(MUTANTS.find(({ name }) => name === "early-execute-forgotten")!);
  const caught = firstCaught(sim)!;
  const { invariant } = caught.violations[0]!;
  const whole = planOf(caught.seed);
  const { plan, runs } = shrinkPlan(whole, invariant, 25, (candidate) => sim.runPlan(candidate));
  expect(runs).toBeLessThanOrEqual(25);
  expect(plan.actions.length).toBeLessThan(whole.actions.length);
  expect(sim.runPlan(plan).violations[0]?.invariant).toBe(invariant);
});
