// `npm run conformance -- sim`: seeds, named scenarios, replay and shrinking.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { wholeNumber } from "../cli/numbers.ts";
import { OutputError, prepareOutputs } from "../cli/outputs.ts";
import { type CoverageTable, mergeCoverage, renderCoverage } from "./coverage.ts";
import { type Plan, planOf, turnedKnobs } from "./plan.ts";
import { defaultWorkers, runSeeds } from "./pool.ts";
import type { Violation } from "./referee/referee.ts";
import { type RunResult, runWorld } from "./run.ts";
import { runScenario } from "./scenario-run.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { shrinkPlan } from "./shrink.ts";
import { makeDaveClient, World } from "./world.ts";

interface Settings {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly plan?: string;
  readonly scenario?: string;
  readonly workers: number;
  readonly json?: string;
  readonly trace: boolean;
  readonly shrink: boolean;
  readonly shrinkRuns: number;
  readonly reports: string;
}

/** What the run adds up to; the first seven are the fields of `--json`. */
interface Totals {
  seeds: number;
  events: number;
  frames: number;
  delivered: number;
  lost: number;
  plaintext: number;
  violations: number;
  readonly coverage: CoverageTable;
  readonly failed: RunResult[];
}

const say = (line = ""): void => void process.stdout.write(`${line}\n`);

function parse(argv: readonly string[]): Settings {
  const command = new Command("sim")
    .description("Simulated calls under virtual time; every invariant is checked at every step.")
    .option("--seeds <n>", "how many seeds", wholeNumber, 200)
    .option("--from <n>", "the first seed", wholeNumber, 1)
    .option("--seed <n>", "replay one seed", wholeNumber)
    .option("--plan <file>", "replay a plan, as written for a failing seed")
    .option("--scenario <name>", "a named scenario; `all` runs them all, `list` names them")
    .option("--trace", "print every message and event of a replay", false)
    .option("--workers <n>", "threads", wholeNumber, defaultWorkers())
    .option("--json <file>", "write the figures there")
    .option("--reports <dir>", "where shrunk plans go", "reports")
    .option("--shrink-runs <n>", "how many plans to try when cutting one down", wholeNumber, 120)
    .option("--no-shrink", "do not cut failing plans down")
    .allowExcessArguments(false)
    .exitOverride();
  command.parse([...argv], { from: "user" });
  return command.opts<Settings>();
}

const newTotals = (): Totals => ({
  seeds: 0,
  events: 0,
  frames: 0,
  delivered: 0,
  lost: 0,
  plaintext: 0,
  violations: 0,
  coverage: {},
  failed: [],
});

function add(totals: Totals, result: RunResult): void {
  totals.seeds += 1;
  totals.events += result.events;
  totals.frames += result.counts.sent;
  totals.delivered += result.counts.delivered;
  totals.lost += result.counts.lost;
  totals.plaintext += result.counts.plaintext;
  totals.violations += result.violations.length;
  mergeCoverage(totals.coverage, result.coverage);
  if (result.violations.length > 0) totals.failed.push(result);
}

const violationLine = ({ invariant, atMs, userId, text }: Violation): string =>
  `invariant (${invariant}) at ${(atMs / 1000).toFixed(3)} s, ${userId || "call"}: ${text}`;

function describePlan(plan: Plan): void {
  say(`  knobs: ${turnedKnobs(plan).join(" ") || "plain"}`);
  for (const { at, type, userId = "", forMs } of plan.actions) {
    say(`  ${(at / 1000).toFixed(3).padStart(8)} s  ${type} ${userId}${forMs ? ` (${forMs} ms)` : ""}`);
  }
}

/** Prints what broke, cuts it down, and says how to see it again. */
export async function reportFailure(
  result: Pick<RunResult, "seed" | "violations">,
  settings: Pick<Settings, "shrink" | "shrinkRuns" | "reports">,
): Promise<void> {
  say(`\nseed ${result.seed}: ${violationLine(result.violations[0]!)}`);
  say(`  replay: npm run conformance -- sim --seed ${result.seed} --trace`);
  if (!settings.shrink) return;
  const { plan, runs } = shrinkPlan(
    planOf(result.seed),
    result.violations[0]!.invariant,
    settings.shrinkRuns,
  );
  await mkdir(settings.reports, { recursive: true });
  const file = join(settings.reports, `sim-seed-${result.seed}.json`);
  await writeFile(file, `${JSON.stringify(plan, undefined, 2)}\n`);
  say(`  shrunk in ${runs} runs to ${plan.actions.length} events, ${plan.participants.length} members:`);
  describePlan(plan);
  say(`  replay the shrunk one: npm run conformance -- sim --plan ${file} --trace`);
}

async function writeJson(file: string | undefined, totals: Totals): Promise<void> {
  if (file === undefined) return;
  const { coverage, failed, ...figures } = totals;
  const details = failed.map(({ seed, violations }) => ({ seed, violations }));
  await writeFile(file, `${JSON.stringify({ ...figures, details, coverage }, undefined, 2)}\n`);
}

async function runMany(settings: Settings): Promise<number> {
  if (settings.shrink) prepareOutputs({ folders: { "--reports": settings.reports } });
  const totals = newTotals();
  const started = performance.now();
  let shown = started;
  const onResult = (result: RunResult) => {
    add(totals, result);
    const [violation] = result.violations;
    if (violation) process.stderr.write(`  seed ${result.seed}: ${violationLine(violation)}\n`);
    if (performance.now() - shown < 5000) return;
    shown = performance.now();
    process.stderr.write(`  ${totals.seeds} of ${settings.seeds} seeds, ${totals.failed.length} failed\n`);
  };
  await runSeeds({ first: settings.from, count: settings.seeds, workers: settings.workers, onResult });
  for (const result of totals.failed.slice(0, 5)) await reportFailure(result, settings);
  say(`\nfaults × client states reached (${totals.seeds} seeds)`);
  for (const line of renderCoverage(totals.coverage)) say(line);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(
    `\n${totals.seeds} seeds in ${seconds} s: ${totals.events} events, ${totals.frames} frames, ${totals.delivered} delivered,`,
  );
  say(`lost ${totals.lost}, plaintext ${totals.plaintext}, violations ${totals.violations}`);
  await writeJson(settings.json, totals);
  return totals.failed.length === 0 ? 0 : 1;
}

/** Runs one plan and tells what came of it. */
function replay(plan: Plan, trace: boolean): RunResult {
  const world = new World(plan, makeDaveClient);
  if (trace) {
    world.trace = (line) => say(`${((world.clock.now() - 1000) / 1000).toFixed(3).padStart(9)}  ${line}`);
  }
  const result = runWorld(world);
  const { counts, violations } = result;
  say(`plan of seed ${plan.seed}`);
  describePlan(plan);
  say(`sent ${counts.sent}, delivered ${counts.delivered}, received ${counts.received}, lost ${counts.lost}`);
  for (const violation of violations) say(violationLine(violation));
  say(violations.length === 0 ? "no invariant broken" : `${violations.length} violations`);
  return result;
}

async function replayOne(plan: Plan, settings: Settings): Promise<number> {
  const totals = newTotals();
  add(totals, replay(plan, settings.trace));
  await writeJson(settings.json, totals);
  return totals.failed.length;
}

async function runNamed(name: string, settings: Settings): Promise<number> {
  if (name === "list") {
    for (const { name: title, shows, covers } of SCENARIOS)
      say(`${title.padEnd(22)} ${shows} [${covers.join(", ")}]`);
    return 0;
  }
  const chosen = name === "all" ? SCENARIOS : SCENARIOS.filter((scenario) => scenario.name === name);
  if (chosen.length === 0) {
    say(`no scenario ${name}; --scenario list names them`);
    return 2;
  }
  if (settings.trace && chosen.length === 1) await replay(chosen[0]!.plan, settings.trace);
  const totals = newTotals();
  const failed = chosen.filter((scenario) => !tell(scenario, totals)).length;
  say(`${chosen.length - failed} scenarios passed, ${failed} failed`);
  await writeJson(settings.json, totals);
  return failed === 0 ? 0 : 1;
}

/** Runs one scenario and prints its line; false when it failed. */
function tell(scenario: Scenario, totals: Totals): boolean {
  const { run, failures } = runScenario(scenario);
  add(totals, run);
  const { sent, received, lost, plaintext } = run.counts;
  const verdict = failures.length === 0 ? "ok    " : "FAILED";
  say(
    `${verdict} ${scenario.name.padEnd(22)} epochs ${run.epochs}, sent ${sent}, received ${received}, lost ${lost}, plaintext ${plaintext}`,
  );
  for (const failure of failures) say(`       ${failure}`);
  return failures.length === 0;
}

/** A plan as `--reports` has it. */
async function readPlan(file: string): Promise<Plan> {
  try {
    const plan = JSON.parse(await readFile(file, "utf8")) as Partial<Plan>;
    if (Array.isArray(plan.actions) && Array.isArray(plan.participants)) return plan as Plan;
  } catch (error) {
    throw new CommanderError(2, "plan", `error: ${file}: ${(error as Error).message}`);
  }
  throw new CommanderError(2, "plan", `error: ${file} holds no plan`);
}

async function perform(settings: Settings): Promise<number> {
  prepareOutputs({ files: { "--json": settings.json } });
  if (settings.scenario !== undefined) return runNamed(settings.scenario, settings);
  if (settings.seed !== undefined) return replayOne(planOf(settings.seed), settings);
  if (settings.plan !== undefined) return replayOne(await readPlan(settings.plan), settings);
  return runMany(settings);
}

/** The `sim` command; resolves to its exit code: 0 no violation, 1 violations, 2 wrong usage. */
export async function runSim(argv: readonly string[]): Promise<number> {
  try {
    return await perform(parse(argv));
  } catch (error) {
    // commander has printed its own
    if (error instanceof CommanderError && error.code !== "plan") return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CommanderError || error instanceof OutputError)) throw error;
    process.stderr.write(`error: ${error.message.replace(/^error: /, "")}\n`);
    return 2;
  }
}
