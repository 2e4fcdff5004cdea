// Measuring: subjects take turns within every round, so that all of them meet the same machine.

/** One thing to be timed. `prepare` makes the inputs of a batch and is not timed. */
export interface Subject {
  readonly name: string;
  prepare(count: number): void;
  run(index: number): void;
}

export interface Timing {
  readonly name: string;
  /** Of batch means, microseconds a frame. */
  readonly median: number;
  /** Mean of a batch in the tenth of the rounds that was disturbed least, microseconds a frame. */
  readonly low: number;
  /** Of single frames, microseconds. */
  readonly p99: number;
  /** Mean of each round's batch, in the order of rounds. */
  readonly rounds: readonly number[];
}

export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
};

const now = (): number => performance.now() * 1000;

/** What asking the clock costs, microseconds. */
function clockCost(): number {
  const costs = Array.from({ length: 2000 }, () => -now() + now());
  return quantile(costs, 0.5);
}

function warmUp(subject: Subject, batch: number, warmUpMs: number): void {
  const until = now() + warmUpMs * 1000;
  while (now() < until) {
    subject.prepare(batch);
    for (let i = 0; i < batch; i++) subject.run(i);
  }
}

/** Times all subjects for `rounds` rounds of `batch` frames each. */
export function time(subjects: readonly Subject[], rounds: number, batch: number, warmUpMs = 150): Timing[] {
  for (const subject of subjects) warmUp(subject, batch, warmUpMs);
  const cost = clockCost();
  const means = subjects.map((): number[] => []);
  const singles = subjects.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    // Whoever comes first after a pause meets cold caches: each is first in turn.
    for (let turn = 0; turn < subjects.length; turn++) {
      const s = (turn + round) % subjects.length;
      const subject = subjects[s]!;
      subject.prepare(batch);
      const start = now();
      for (let i = 0; i < batch; i++) subject.run(i);
      means[s]!.push((now() - start - cost) / batch);
      subject.prepare(4);
      for (let i = 0; i < 4; i++) {
        const before = now();
        subject.run(i);
        singles[s]!.push(Math.max(0, now() - before - cost));
      }
    }
  }
  return subjects.map(({ name }, s) => ({
    name,
    median: quantile(means[s]!, 0.5),
    low: quantile(means[s]!, LEAST_DISTURBED),
    p99: quantile(singles[s]!, 0.99),
    rounds: means[s]!,
  }));
}

/** Of rounds in which all subjects took their turn, the tenth that was disturbed least. */
export const LEAST_DISTURBED = 0.1;

/** Time of one subject ÷ time of the other, each in its least disturbed rounds. */
export const ratio = (subject: Timing, to: Timing): number => subject.low / to.low;

export interface Allocation {
  readonly heap: number;
  readonly arrayBuffers: number;
}

/**
 * Bytes allocated a frame, over `frames` frames: in chunks small enough that no collection runs inside one.
 * Undefined without --expose-gc.
 */
export function allocation(subject: Subject, frames: number, chunk: number): Allocation | undefined {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) return undefined;
  const heap: number[] = [];
  const buffers: number[] = [];
  for (let done = 0; done < frames; done += chunk) {
    subject.prepare(chunk);
    collect();
    const before = process.memoryUsage();
    for (let i = 0; i < chunk; i++) subject.run(i);
    const after = process.memoryUsage();
    heap.push((after.heapUsed - before.heapUsed) / chunk);
    buffers.push((after.arrayBuffers - before.arrayBuffers) / chunk);
  }
  // A chunk in which a collection ran after all shows less, not more: the median is not moved by a few.
  return { heap: Math.max(0, quantile(heap, 0.5)), arrayBuffers: Math.max(0, quantile(buffers, 0.5)) };
}
