// The worker thread of bridge.ts: scenarios whose tested seat asks through the port and waits for the answer
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { SCENARIOS } from "../scenarios.ts";
import type { BridgeAnswer, BridgeData, BridgeJob, BridgeResult } from "./bridge.ts";
import type { CallNow } from "./outside-client.ts";
import { runOutside } from "./run.ts";

const { port, signal } = workerData as BridgeData;
const flag = new Int32Array(signal);

/** Waking is a hint: only the message itself is the answer. */
const PATIENCE_MS = 50;

const call: CallNow = (command, request) => {
  port.postMessage({ command, request });
  for (;;) {
    const received = receiveMessageOnPort(port)?.message as BridgeAnswer | undefined;
    if (received && "failed" in received) throw new Error("the peer failed");
    if (received) return received.answer as never;
    Atomics.wait(flag, 0, 0, PATIENCE_MS);
    Atomics.store(flag, 0, 0);
  }
};

function play({ scenario: name, seat }: BridgeJob): BridgeResult {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (!scenario) return { error: `no scenario ${name}` };
  try {
    return { run: runOutside(scenario, seat, call) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on("message", (job: BridgeJob) => parentPort?.postMessage(play(job)));
