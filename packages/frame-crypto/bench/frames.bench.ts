// npm run bench -- frames, changeover: frames side by side with @snazzah/davey, native and WebAssembly.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { loadDaveyWasm } from "../../mls/bench/davey-wasm.ts";
import { runtimeChangeover } from "../src/aead/changeover.ts";
import { casesFor, type FrameCase } from "./cases.ts";
import { daveyPair, loadDavey } from "./davey.ts";
import { type Allocation, allocation, quantile, ratio, type Timing, time } from "./measure.ts";
import { crossCheck, type Daveys, type Direction, subjectsOf, wasmSubjects, waysOf } from "./subjects.ts";

export interface Row {
  runtime: string;
  frame: string;
  bytes: number;
  direction: Direction;
  subject: string;
  /** In the tenth of the rounds that was disturbed least. */
  microseconds: number;
  medianMicroseconds: number;
  p99Microseconds: number;
  /** Time ÷ davey's time, native and WebAssembly; undefined without it. */
  ratio: number | undefined;
  wasmMicroseconds: number | undefined;
  wasmRatio: number | undefined;
  target: number | undefined;
  bytesPerFrame: Allocation | undefined;
}

/** Of WebAssembly's time, for every frame. */
const WASM_TARGET = 0.2;

export interface BenchOptions {
  readonly only: string | undefined;
  readonly json: string | undefined;
  /** Frames over which allocations are counted; 0: they are not counted. */
  readonly counted: number;
  readonly rounds: number;
}

/** "Node 24.21.0", "Bun 1.4.5", "Deno 2.9.6". */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}

type Mode = "frames" | "changeover";

async function daveys(): Promise<Daveys> {
  const [native, wasm] = [
    await loadDavey(),
    loadDaveyWasm<NonNullable<Awaited<ReturnType<typeof loadDavey>>>>(),
  ];
  return { native: native && daveyPair(native), wasm: wasm && daveyPair(wasm) };
}

const isSmall = ({ frame }: FrameCase): boolean => frame.length < 3000;

/** Rounds in which one stage of a busy machine does not count: a batch must last longer than its clock is coarse. */
const batchOf = (frameCase: FrameCase): number => (isSmall(frameCase) ? 50 : 12);

function rowsOf(
  mode: Mode,
  frameCase: FrameCase,
  direction: Direction,
  others: Daveys,
  options: BenchOptions,
): Row[] {
  const subjects = (mode === "frames" ? subjectsOf : waysOf)(frameCase, direction, others);
  const timings = time(subjects, options.rounds, batchOf(frameCase));
  const of = (name: string): Timing | undefined => timings.find((timing) => timing.name === name);
  const native = of("davey");
  // By itself: what WebAssembly leaves to the collector slows down whoever comes next.
  const [wasm, besideWasm] = time(wasmSubjects(frameCase, direction, others), options.rounds / 2, 10);
  return timings.map((timing, i) => ({
    runtime: runtimeName(),
    frame: frameCase.name,
    bytes: frameCase.frame.length,
    direction,
    subject: timing.name,
    microseconds: timing.low,
    medianMicroseconds: timing.median,
    p99Microseconds: timing.p99,
    ratio: native && ratio(timing, native),
    wasmMicroseconds: wasm?.low,
    wasmRatio: timing.name === "auto" && wasm && besideWasm ? ratio(besideWasm, wasm) : undefined,
    target: frameCase.targets[timing.name],
    bytesPerFrame:
      options.counted > 0
        ? allocation(subjects[i]!, options.counted, isSmall(frameCase) ? 2000 : 500)
        : undefined,
  }));
}

const number = (value: number | undefined, digits = 2): string =>
  value === undefined ? "–" : value.toFixed(digits);

function verdict({ target, ratio: seen }: Row): string {
  if (target === undefined || seen === undefined) return "";
  return `≤ ${target}: ${seen <= target ? "met" : "missed"}`;
}

function frameLine(row: Row): string {
  const bytes = row.bytesPerFrame;
  const cells = [
    row.frame,
    row.direction,
    row.subject,
    number(row.medianMicroseconds),
    number(row.p99Microseconds),
  ];
  const ratios = [number(row.ratio), number(row.wasmRatio), verdict(row)];
  const allocated = bytes === undefined ? [] : [number(bytes.heap, 0), number(bytes.arrayBuffers, 0)];
  return `| ${[...cells, ...ratios, ...allocated].join(" | ")} |`;
}

const WAY_NAMES = ["portable", "keystream", "gcm"];

/** The time of `auto` ÷ that of the best way, for each size and direction of each runtime. */
export function besideBest(rows: readonly Row[]): number[] {
  const key = ({ runtime, frame, direction }: Row): string => `${runtime} ${frame} ${direction}`;
  const best = new Map<string, number>();
  for (const row of rows)
    if (WAY_NAMES.includes(row.subject))
      best.set(key(row), Math.min(best.get(key(row)) ?? Number.POSITIVE_INFINITY, row.microseconds));
  return rows
    .filter((row) => row.subject === "auto" && best.has(key(row)))
    .map((row) => row.microseconds / best.get(key(row))!);
}

/** Time beyond that of the best way that still counts as the right choice. */
const ALLOWANCE = 1.2;

/** "auto within 20 % of the best way: 70 of 72, at most 1.24": empty where the ways were not timed. */
export function choices(rows: readonly Row[]): string {
  const ratios = besideBest(rows);
  if (ratios.length === 0) return "";
  const within = ratios.filter((seen) => seen <= ALLOWANCE).length;
  return `auto within 20 % of the best way: ${within} of ${ratios.length}, at most ${number(quantile(ratios, 1))}`;
}

/** One line for all ways of a size: what `auto` takes beside the best of them. */
function changeoverLine(rows: readonly Row[]): string {
  const of = (name: string): Row | undefined => rows.find(({ subject }) => subject === name);
  const micros = (name: string): number | undefined => of(name)?.microseconds;
  const [{ frame, direction }] = rows as [Row];
  const ways = [...WAY_NAMES, "auto"].map((name) => number(micros(name)));
  const ratios = [number(besideBest(rows)[0]), number(micros("davey")), number(of("auto")?.ratio)];
  return `| ${[frame, direction, ...ways, ...ratios, number(of("auto")?.wasmMicroseconds), number(of("auto")?.wasmRatio)].join(" | ")} |`;
}

const table = (names: string, texts: number): string => {
  const columns = names.split(", ");
  return `| ${columns.join(" | ")} |\n| ${columns.map((_, i) => (i < texts ? "---" : "---:")).join(" | ")} |`;
};

function header(mode: Mode, counted: number): string {
  if (mode === "changeover")
    return table(
      "frame, , portable µs, keystream µs, gcm µs, auto µs, auto ÷ best, davey µs, auto ÷ davey, WASM µs, auto ÷ WASM",
      2,
    );
  return table(
    `frame, , subject, µs, median µs, p99 µs, ÷ davey, ÷ WASM, target${counted > 0 ? ", heap B, buffers B" : ""}`,
    3,
  );
}

function conclude(rows: readonly Row[]): string {
  const judged = rows.filter(({ target, ratio: seen }) => target !== undefined && seen !== undefined);
  const met = judged.filter(({ target, ratio: seen }) => seen! <= target!);
  const wasm = rows.filter(({ subject, wasmRatio }) => subject === "auto" && wasmRatio !== undefined);
  const worst = quantile(
    wasm.map(({ wasmRatio }) => wasmRatio!),
    1,
  );
  const beside = wasm.length === 0 ? "" : `; auto ÷ WASM at most ${number(worst)} (≤ ${WASM_TARGET})`;
  return `targets met: ${met.length} of ${judged.length}${beside}`;
}

async function bench(mode: Mode, options: BenchOptions): Promise<number> {
  const others = await daveys();
  const { keystreamFrom, gcmFrom } = runtimeChangeover();
  const version = others.native?.version ?? "not available";
  console.log(
    `${mode}: ${runtimeName()}, ${cpus()[0]?.model ?? "unknown processor"}, @snazzah/davey ${version}`,
  );
  console.log(`auto: the platform's AES from ${keystreamFrom} B on, its GCM from ${gcmFrom} B on\n`);
  const cases = casesFor(runtimeName()).filter(
    ({ name, turns }) =>
      (options.only === undefined || name.includes(options.only)) && (mode === "frames" || !turns),
  );
  for (const frameCase of cases) crossCheck(frameCase, others);
  console.log(header(mode, options.counted));
  const rows: Row[] = [];
  for (const frameCase of cases) {
    for (const direction of ["encrypt", "decrypt"] as const) {
      const made = rowsOf(mode, frameCase, direction, others, options);
      rows.push(...made);
      for (const line of mode === "frames" ? made.map(frameLine) : [changeoverLine(made)]) console.log(line);
    }
  }
  console.log(`\n${[conclude(rows), choices(rows)].filter(Boolean).join("\n")}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ rows }, null, 2)}\n`);
  return 0;
}

/** Prints a table, rows as they are done. The exit code is 0: a figure from a busy machine fails nothing. */
export const frames = (options: BenchOptions): Promise<number> => bench("frames", options);

/** Prints, for each size, what each way takes and what `auto` takes. */
export const changeover = (options: BenchOptions): Promise<number> => bench("changeover", options);
