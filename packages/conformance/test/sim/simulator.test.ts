// The simulator: seeds without a violation, the same seed the same call, the named scenarios, the command.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { reportFailure, runSim } from "../../src/sim/index.ts";
import { planOf } from "../../src/sim/plan.ts";
import { type RunResult, runSeed } from "../../src/sim/run.ts";
import { runScenario } from "../../src/sim/scenario-run.ts";
import { SCENARIOS } from "../../src/sim/scenarios.ts";

const SEEDS = Array.from({ length: 10 }, (_, i) => 1 + i);
const results = new Map<number, RunResult>();

/** Each seed runs once. */
function result(seed: number): RunResult {
  const known = results.get(seed) ?? runSeed(seed);
  results.set(seed, known);
  return known;
}

describe("seeds", () => {
  test.each(SEEDS)("seed %i breaks no invariant", (seed) => {
    expect(result(seed).violations).toEqual([]);
  });

  test("a seed repeats: the same events, frames and coverage", () => {
    expect(runSeed(3)).toEqual(result(3));
    expect(runSeed(4)).toEqual(result(4)); // on the real primitives
    expect(planOf(4).realCrypto).toBe(true);
    expect(result(3).events).not.toBe(result(4).events);
  });

  test("the median seed is no toy", () => {
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const all = SEEDS.map(result);
    expect(median(all.map(({ virtualMs }) => virtualMs))).toBeGreaterThanOrEqual(60_000);
    expect(median(all.map(({ membershipChanges }) => membershipChanges))).toBeGreaterThanOrEqual(10);
    expect(median(all.map(({ counts }) => counts.delivered))).toBeGreaterThanOrEqual(5000);
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
    expect(await runSim(["--seeds", "2", "--from", "26", "--workers", "1", "--json", json])).toBe(0);
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
    expect(await runSim(["--plan", join(folder, "absent.json")])).toBe(2);
  });

  test("a violation is reported with its seed, a plan that was cut down, and how to see it again", async () => {
    const violation = { invariant: 2, atMs: 1234, userId: "7", text: "lost a frame" };
    const failed = { seed: 26, violations: [violation] };
    await reportFailure(failed, { shrink: true, shrinkRuns: 1, reports: folder });
    expect(printed).toContain("seed 26: invariant (2) at 1.234 s, 7: lost a frame");
    expect(printed).toContain("npm run conformance -- sim --seed 26 --trace");
    const file = join(folder, "sim-seed-26.json");
    expect(printed).toContain(`npm run conformance -- sim --plan ${file} --trace`);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ seed: 26 });
  });

  test("replays a plan from a file", async () => {
    const file = join(folder, "plan.json");
    await writeFile(file, JSON.stringify(planOf(26)));
    expect(await runSim(["--plan", file])).toBe(0);
    expect(printed).toMatch(/plan of seed 26/);
    await writeFile(file, "{}");
    expect(await runSim(["--plan", file])).toBe(2);
  });
});
