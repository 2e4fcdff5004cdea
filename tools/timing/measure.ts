// Does an operation take as long for one class of inputs as for another? In the manner of dudect (Reparaz, Balasch,
// Verbauwhede: Dude, is my code constant time?, 2017): both classes in random order, and Welch's t of what they took.

export interface Subject {
  readonly name: string;
  /** What the two classes are. */
  readonly classes: readonly [string, string];
  /** Sets up an input of a class in memory that is the same for both; called before each measurement, untimed. */
  readonly prepare: (second: boolean) => void;
  /** The operation on what was set up. Its result is used, so that no engine leaves it out. */
  readonly run: () => unknown;
  /** Calls in one measurement: together some microseconds, so that the clock's own steps do not count. */
  readonly calls: number;
}

export interface Finding {
  readonly name: string;
  readonly classes: readonly [string, string];
  /** Welch's t of each round. */
  readonly t: readonly number[];
  /** How much longer a call takes for the second class, ns: the mean of all rounds. */
  readonly difference: number;
  /** The smallest difference that a round would have shown, ns a call. */
  readonly detectable: number;
  readonly differs: boolean;
}

/** Beyond it, dudect calls a difference significant. */
const THRESHOLD = 4.5;
/** Measurements above this part of them were interrupted, and say nothing about the operation. */
const KEPT = 0.9;
const ROUNDS = 3;

let sink: unknown;

function time(subject: Subject, second: boolean): number {
  subject.prepare(second);
  const start = process.hrtime.bigint();
  for (let i = 0; i < subject.calls; i++) sink = subject.run();
  return Number(process.hrtime.bigint() - start) / subject.calls;
}

function moments(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: squares / (values.length - 1) / values.length };
}

/** One round: the difference of the means and its standard error, ns a call. */
function round(
  subject: Subject,
  measurements: number,
  coin: () => boolean,
): { difference: number; error: number } {
  const all = Array.from({ length: measurements }, () => {
    const second = coin();
    return { second, taken: time(subject, second) };
  });
  // One limit for both classes, so that cutting cannot make a difference of its own.
  const limit = all.map(({ taken }) => taken).sort((a, b) => a - b)[Math.floor(KEPT * measurements)]!;
  const of = (which: boolean) =>
    moments(all.filter(({ second, taken }) => second === which && taken <= limit).map(({ taken }) => taken));
  const [first, second] = [of(false), of(true)];
  return { difference: second.mean - first.mean, error: Math.sqrt(first.error + second.error) };
}

/** A difference counts when most rounds show it in the same direction: one round alone may have met another process. */
export function examine(subject: Subject, measurements: number, coin: () => boolean): Finding {
  round(subject, Math.ceil(measurements / 4), coin); // warms up
  const rounds = Array.from({ length: ROUNDS }, () => round(subject, measurements, coin));
  const t = rounds.map(({ difference, error }) => difference / error);
  const most = Math.floor(ROUNDS / 2) + 1;
  const [slower, faster] = [t.filter((value) => value > THRESHOLD), t.filter((value) => value < -THRESHOLD)];
  return {
    name: subject.name,
    classes: subject.classes,
    t,
    difference: rounds.reduce((sum, { difference }) => sum + difference, 0) / ROUNDS,
    detectable: THRESHOLD * Math.max(...rounds.map(({ error }) => error)),
    differs: slower.length >= most || faster.length >= most,
  };
}

/** Whatever the operations gave: read by nobody, but an engine cannot know that. */
export const lastResult = (): unknown => sink;
