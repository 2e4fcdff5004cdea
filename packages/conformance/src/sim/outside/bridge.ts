// A scenario against a peer that answers later: the simulator, which waits for nothing, runs in a worker thread and
// sleeps there while this thread asks the peer
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { type Peer, Unsupported } from "../../peers/peer.ts";
import type { CommandName, Request } from "../../peers/protocol.ts";
import { packageRoot } from "../../vectors/files.ts";
import type { OutsideRun } from "./run.ts";

/** What the worker starts with. */
export interface BridgeData {
  readonly port: MessagePort;
  /** One 32-bit number: 1 when an answer has been posted. */
  readonly signal: SharedArrayBuffer;
}
export interface BridgeCall {
  readonly command: CommandName;
  readonly request: Request<CommandName>;
}
export interface BridgeJob {
  readonly scenario: string;
  readonly seat: number;
}
export type BridgeResult = { readonly run: OutsideRun } | { readonly error: string };
export type BridgeAnswer = { readonly answer: unknown } | { readonly failed: true };

/** Beside the built command line, or in the package's build. */
function workerFile(): string {
  const beside = ["js", "mjs"].map((end) =>
    fileURLToPath(new URL(`./scenario-worker.${end}`, import.meta.url)),
  );
  const built = join(packageRoot(), "dist", "scenario-worker.js");
  const file = [...beside, built].find((path) => existsSync(path));
  if (!file) throw new Unsupported("scenarios over a pipe need the package to be built");
  return file;
}

/** A worker thread that plays scenarios for one peer, one after the other; it stays, warm, until this process ends. */
class Bridge {
  readonly #peer: Peer;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #flag: Int32Array;
  #fault: { readonly error: unknown } | undefined;

  constructor(peer: Peer) {
    this.#peer = peer;
    const signal = new SharedArrayBuffer(4);
    this.#flag = new Int32Array(signal);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on("message", (call: BridgeCall) => void this.#answer(call));
    const workerData: BridgeData = { port: port2, signal };
    this.#worker = new Worker(workerFile(), { workerData, transferList: [port2] });
    this.#rest();
  }

  /** Neither keeps this process alive between two scenarios. */
  #rest(): void {
    this.#worker.unref();
    this.#port.unref();
  }

  async #answer({ command, request }: BridgeCall): Promise<void> {
    let reply: BridgeAnswer = { failed: true };
    try {
      if (!this.#fault) reply = { answer: await this.#peer.call(command, request) };
    } catch (error) {
      this.#fault = { error };
    }
    this.#port.postMessage(reply);
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
  }

  async play(job: BridgeJob): Promise<OutsideRun> {
    this.#fault = undefined;
    this.#worker.ref();
    this.#port.ref();
    try {
      const done = await new Promise<BridgeResult>((resolve, reject) => {
        this.#worker.once("message", resolve);
        this.#worker.once("error", reject);
        this.#worker.postMessage(job);
      });
      if (this.#fault) throw (this.#fault as { readonly error: unknown }).error;
      if ("error" in done) throw new Error(done.error);
      return done.run;
    } finally {
      this.#worker.removeAllListeners("error");
      this.#rest();
    }
  }
}

const bridges = new WeakMap<Peer, Bridge>();

/** Plays it; what the peer does wrong (dies, hangs, lacks a command) is thrown here as its call threw it. */
export function runBridged(peer: Peer, scenario: string, seat: number): Promise<OutsideRun> {
  const bridge = bridges.get(peer) ?? new Bridge(peer);
  bridges.set(peer, bridge);
  return bridge.play({ scenario, seat });
}
