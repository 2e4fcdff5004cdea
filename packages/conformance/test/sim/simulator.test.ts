// The simulator: seeds without a violation, the same seed the same call, the named scenarios, the command.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runSim } from "../../src/sim/index.ts";
import { planOf } from "../../src/sim/plan.ts";
import { runSeed } from "../../src/sim/run.ts";
import { runScenario } from "../../src/sim/scenario-run.ts";
import { SCENARIOS } from "../../src/sim/scenarios.ts";

const SEEDS = Array.from({ length: 12 }, (_, i) => 1 + i);

describe("seeds", () => {
  test.each(SEEDS)("seed %i breaks no invariant", (seed) => {
    expect(runSeed(seed).violations).toEqual([]);
  });

  test("a seed repeats: the same events, frames and coverage", () => {
    expect(runSeed(3)).toEqual(runSeed(3));
    expect(planOf(3)).toEqual(planOf(3));
    expect(runSeed(3).events).not.toBe(runSeed(4).events);
  });

  test("the median seed is no toy", () => {
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const results = SEEDS.map((seed) => runSeed(seed));
    expect(median(results.map(({ virtualMs }) => virtualMs))).toBeGreaterThanOrEqual(60_000);
    expect(median(results.map(({ membershipChanges }) => membershipChanges))).toBeGreaterThanOrEqual(10);
    expect(median(results.map(({ counts }) => counts.delivered))).toBeGreaterThanOrEqual(5000);
  });
});

describe("named scenarios", () => {
  test.each(SCENARIOS)("$name: $shows", (scenario) => {
    expect(runScenario(scenario).failures).toEqual([]);
  });
});

describe("the command", () => {
  let folder: string;
  let printed: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "puredave-sim-"));
    printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  test("writes the figures and the table of faults and states", async () => {
    const json = join(folder, "figures.json");
    expect(await runSim(["--seeds", "2", "--workers", "1", "--json", json])).toBe(0);
    const figures = JSON.parse(await readFile(json, "utf8"));
    expect(figures).toMatchObject({ seeds: 2, lost: 0, plaintext: 0, violations: 0 });
    expect(figures.events).toBeGreaterThan(1000);
    expect(figures.delivered).toBeGreaterThan(1000);
    expect(printed).toMatch(/faults × client states/);
    expect(printed).toMatch(/violations 0/);
  });

  test("replays a seed, names and runs scenarios, refuses what it does not know", async () => {
    expect(await runSim(["--seed", "2"])).toBe(0);
    expect(printed).toMatch(/no invariant broken/);
    expect(await runSim(["--scenario", "list"])).toBe(0);
    expect(await runSim(["--scenario", "version-anew"])).toBe(0);
    expect(printed).toMatch(/1 scenarios passed, 0 failed/);
    expect(await runSim(["--scenario", "nothing"])).toBe(2);
    expect(await runSim(["--seeds", "-1"])).toBe(2);
  });
});
