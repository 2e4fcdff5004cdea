// Where things are, and how a program is run. Everything here is started from the repository's root.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export const root = process.cwd();
/** What is made on demand and may be deleted at any time. */
export const cache = (...parts: string[]): string =>
  join(root, "node_modules", ".cache", "puredave", ...parts);
/** A program of the workspace's own installation. */
export const bin = (name: string): string => join(root, "node_modules", ".bin", name);

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the program is ended; two minutes by default. */
  readonly timeout?: number;
  readonly input?: string;
}

/** Runs a program to its end and returns what it printed; a failure throws with its output. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  const { cwd = root, env = {}, timeout = 120_000, input } = options;
  try {
    return execFileSync(command, args, {
      cwd,
      env: { ...process.env, ...env },
      timeout,
      killSignal: "SIGKILL",
      encoding: "utf8",
      maxBuffer: 1 << 26,
      stdio: ["pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`, { cause: error });
  }
}
