// A worker thread of the simulator: seeds in, results out.
import { parentPort } from "node:worker_threads";
import { runSeed } from "./run.ts";

parentPort?.on("message", (seed: number) => parentPort?.postMessage(runSeed(seed)));
