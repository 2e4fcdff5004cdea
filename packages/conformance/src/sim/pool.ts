// Runs many seeds on all cores; without the built worker, one after another in this thread.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setImmediate as breathe } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type RunResult, runSeed } from "./run.ts";

const WORKER = new URL("./sim-worker.js", import.meta.url);

export interface PoolOptions {
  readonly first: number;
  readonly count: number;
  readonly workers: number;
  readonly onResult: (result: RunResult) => void;
}

export const defaultWorkers = (): number => availableParallelism();

export async function runSeeds({ first, count, workers, onResult }: PoolOptions): Promise<void> {
  if (workers <= 1 || !existsSync(fileURLToPath(WORKER))) {
    for (let seed = first; seed < first + count; seed++) {
      onResult(runSeed(seed));
      await breathe();
    }
    return;
  }
  let next = first;
  const take = (): number | undefined => (next < first + count ? next++ : undefined);
  await Promise.all(Array.from({ length: Math.min(workers, count) }, () => drive(take, onResult)));
}

/** One worker, fed a seed at a time until none is left. */
function drive(take: () => number | undefined, onResult: (result: RunResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER);
    const feed = () => {
      const seed = take();
      if (seed === undefined) void worker.terminate().then(() => resolve(), reject);
      else worker.postMessage(seed);
    };
    worker.on("message", (result: RunResult) => {
      onResult(result);
      feed();
    });
    worker.on("error", reject);
    feed();
  });
}
