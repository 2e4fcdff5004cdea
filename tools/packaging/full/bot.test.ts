// A stranger's bot: the four tarballs in an empty folder, the program of docs/bots.md pasted, the server of the tarball
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { installed } from "../install.ts";
import { PACKAGES } from "../pack.ts";
import { root } from "../root.ts";
import { tool } from "../tools.ts";

const [ALICE, BOB, CHANNEL] = ["158049329150427136", "158533742254751744", "927310423890473011"];
const page = readFileSync(join(root, "docs", "bots.md"), "utf8");
const program = /^```js[^\n]*\n(.*?)^```$/ms.exec(page)![1]!;
const ownSocket = program.replace(/^import .* from "ws".*\n/m, "");
const commonJs = program.replaceAll(/^import (.+) from ("[^"]+");/gm, "const $1 = require($2);");

/** A program that runs, with all that it has printed. */
class Running {
  printed = "";
  readonly process: ChildProcess;

  constructor(command: string, words: readonly string[], cwd: string, env: Record<string, string> = {}) {
    this.process = spawn(command, words, { cwd, env: { ...process.env, ...env } });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on("data", (chunk) => {
        this.printed += String(chunk);
      });
  }

  /** Waits for what is printed from now on. */
  async says(what: RegExp): Promise<string> {
    const from = this.printed.length;
    for (let tries = 0; tries < 600; tries++) {
      const found = what.exec(this.printed.slice(from));
      if (found !== null) return found[0];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`waited in vain for ${what}:\n${this.printed}`);
  }
}

let running: Running[] = [];
afterEach(() => {
  for (const { process } of running) process.kill("SIGKILL");
  running = [];
});

it.each([
  ["Node, by import", "node", "bot.mjs", program],
  ["Node, by require", "node", "bot.cjs", commonJs],
  ["Deno", "deno", "bot.mjs", ownSocket],
  ["Bun", "bun", "bot.mjs", ownSocket],
] as const)(
  "%s: joins, speaks, hears, resumes, identifies anew, and ends",
  async (_title, runtime, file, text) => {
    const folder = installed(PACKAGES);
    writeFileSync(join(folder, file), text);
    const start = (command: string, words: readonly string[], env?: Record<string, string>) => {
      const one = new Running(command, words, folder, env);
      running.push(one);
      return one;
    };
    const cli = join("node_modules", "@puredave", "conformance", "dist", "cli.js");
    const server = start(process.execPath, [cli, "server", "--events"]);
    const url = await server.says(/wss:\S+/);
    const certificate = join(folder, "voice-server.pem");
    const command = runtime === "node" ? process.execPath : tool(runtime);
    const words = runtime === "deno" ? ["run", "-A", "--node-modules-dir=manual"] : [];
    const bot = (user: string) =>
      start(command, [...words, file, url, user, CHANNEL!], {
        NODE_EXTRA_CA_CERTS: certificate,
        DENO_CERT: certificate,
      });
    const [alice, bob] = [bot(ALICE!), bot(BOB!)];
    const hears = (listener: Running, speaker: string) =>
      listener.says(new RegExp(`"?${speaker}"?'?: [1-9]`));
    await Promise.all([hears(alice, BOB!), hears(bob, ALICE!)]);
    const troubles = { [`break ${BOB}`]: "resumed", [`kick ${BOB} 4006`]: "connected" };
    for (const [trouble, type] of Object.entries(troubles)) {
      const overcome = server.says(new RegExp(`"type":"${type}","userId":"${BOB}"`));
      server.process.stdin!.write(`${trouble}\n`);
      await overcome;
      await bob.says(/state: connected, ready: true/);
      await Promise.all([hears(alice, BOB!), hears(bob, ALICE!)]);
    }
    const ended = once(bob.process, "exit");
    server.process.stdin!.write(`kick ${BOB} 4014\n`);
    await bob.says(/ended: \{"reason":"closed","code":4014/);
    expect((await ended)[0]).toBe(0);
    const left = once(alice.process, "exit");
    alice.process.kill("SIGINT");
    await alice.says(/ended: \{"reason":"left"/);
    expect((await left)[0]).toBe(0);
    expect(`${alice.printed}${bob.printed}`).not.toMatch(/error/i);
  },
);
