// Peer protocol 1, the asking side: any program over stdio. One that dies, hangs, answers late or prints rubbish
// is a fault with a name; it is started anew for the next case.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { runBridged } from "../sim/outside/bridge.ts";
import { FieldError, readFields, writeFields } from "./kinds.ts";
import { type Peer, PeerFault, PeerRefusal, Unsupported } from "./peer.ts";
import { type Answer, COMMANDS, type CommandName, type Request } from "./protocol.ts";

export interface StdioOptions {
  /** Milliseconds until an answer counts as missing. Default 10 000. */
  readonly timeoutMs?: number;
  /** Where the program's stderr goes. Default: nowhere; its last lines are part of the report when it dies. */
  readonly onStderr?: (text: string) => void;
}

const STDERR_KEPT = 500;
const LINE_SHOWN = 120;
const DEFAULT_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly answer: (line: string) => void;
  readonly fail: (fault: PeerFault) => void;
}

/** Splits a command line at blanks; quotes keep words together. */
export function splitCommand(line: string): readonly string[] {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => (/^(".*"|'.*')$/.test(word) ? word.slice(1, -1) : word));
}

/** One run of the program. */
class Running {
  readonly child: ChildProcess;
  #waiting: Waiting | undefined;
  #stderr = "";
  #fault: PeerFault | undefined;
  /** Whether the fault has been told to whoever asked. */
  #told = false;

  constructor(words: readonly string[], options: StdioOptions) {
    const [program = "", ...rest] = words;
    this.child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.on("error", (error) =>
      this.#end(new PeerFault("absent", `cannot be started: ${error.message}`)),
    );
    this.child.on("close", (code, signal) => this.#end(new PeerFault("died", this.#lastWords(code, signal))));
    this.child.stdin?.on("error", () => {});
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("utf8")).slice(-STDERR_KEPT);
      options.onStderr?.(chunk.toString("utf8"));
    });
    if (this.child.stdout)
      createInterface({ input: this.child.stdout }).on("line", (line) => this.#onLine(line));
  }

  /** Over and reported: time for another run. A fault nobody was told of meets the next question. */
  get spent(): boolean {
    return this.#told;
  }

  #lastWords(code: number | null, signal: string | null): string {
    const how = signal ? `killed by ${signal}` : `exit code ${code}`;
    const said = this.#stderr.trim();
    return said ? `${how}; stderr: ${said}` : how;
  }

  #end(fault: PeerFault): void {
    this.#fault ??= fault;
    if (!this.#waiting) return;
    this.#told = true;
    this.#waiting.fail(this.#fault);
    this.#waiting = undefined;
  }

  #onLine(line: string): void {
    if (line.trim() === "") return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // A line nobody asked for would answer the next question: from here on nothing it says can be trusted.
    if (!waiting)
      this.stop(new PeerFault("rubbish", `a line without a request: ${line.slice(0, LINE_SHOWN)}`));
    else waiting.answer(line);
  }

  ask(line: string, timeoutMs: number): Promise<string> {
    if (this.#fault) {
      this.#told = true;
      return Promise.reject(this.#fault);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.stop(new PeerFault("hung", `no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      this.#waiting = { answer: settle(resolve), fail: settle(reject) };
      this.child.stdin?.write(`${line}\n`);
    });
  }

  stop(fault: PeerFault): void {
    this.#end(fault);
    this.child.kill("SIGKILL");
  }

  /** As {@link stop}, for a fault the caller itself reports. */
  discard(fault: PeerFault): void {
    this.stop(fault);
    this.#told = true;
  }
}

function parseAnswer<C extends CommandName>(command: C, line: string, id: number): Answer<C> {
  let wire: Record<string, unknown>;
  try {
    wire = JSON.parse(line);
  } catch {
    throw new PeerFault("rubbish", `${command}: not JSON: ${line.slice(0, LINE_SHOWN)}`);
  }
  if (wire?.id !== undefined && wire.id !== id)
    throw new PeerFault("rubbish", `${command}: the answer to another request: ${line.slice(0, LINE_SHOWN)}`);
  if (wire?.ok === false) {
    if (wire.error === "unsupported") throw new Unsupported(command);
    throw new PeerRefusal(`${command}: ${String(wire.error)}`);
  }
  if (wire?.ok !== true) throw new PeerFault("rubbish", `${command}: no "ok": ${line.slice(0, LINE_SHOWN)}`);
  try {
    return readFields(COMMANDS[command].answer, wire) as Answer<C>;
  } catch (error) {
    if (error instanceof FieldError) throw new PeerFault("rubbish", `${command}: ${error.message}`);
    throw error;
  }
}

/** A peer that is a program of its own. */
export function stdioPeer(commandLine: string, options: StdioOptions = {}): Peer {
  const words = splitCommand(commandLine);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let running: Running | undefined;
  let number = 0;
  const peer: Peer = {
    label: commandLine,
    async call<C extends CommandName>(command: C, request: Request<C>): Promise<Answer<C>> {
      if (!running || running.spent) running = new Running(words, options);
      const fields = writeFields(COMMANDS[command].request, request as never);
      const wire = { ...fields, id: ++number, command, cmd: command };
      const line = await running.ask(JSON.stringify(wire), timeoutMs);
      try {
        return parseAnswer(command, line, number);
      } catch (error) {
        if (error instanceof PeerFault) running.discard(error);
        throw error;
      }
    },
    async close() {
      const child = running?.child;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => child.kill("SIGKILL"), 1000);
        child.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        child.stdin?.end();
      });
    },
    playScenario: (scenario, seat) => runBridged(peer, scenario, seat),
  };
  return peer;
}
