// Programs that are given so much time and no more
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** What a whole run of the suite may take, ms; a hanging runtime is ended then. */
export const LIMIT_MS = 240_000;

export interface Running {
  /** What it has printed so far, both streams. */
  printed(): string;
  /** Its exit code; -1 when it was ended. */
  readonly ended: Promise<number>;
  stop(): void;
}

export function start(command: string, args: readonly string[], cwd: string): Running {
  const env = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const stop = () => void child.kill("SIGKILL");
  const timer = setTimeout(stop, LIMIT_MS);
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  }).finally(() => clearTimeout(timer));
  return { printed: () => text, ended, stop };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The last few lines, for a message. */
export const tail = (text: string): string => text.trim().split("\n").slice(-4).join(" | ").slice(-600);

export async function within<T>(what: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([what, late]).finally(() => clearTimeout(timer));
}
