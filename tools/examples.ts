// npm run examples: each example in its runtime, and a table of what became of it. A runtime that cannot be had is
// shown as not available, never as passed.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NotAvailable, tool } from "./packaging/tools.ts";

interface Example {
  readonly name: string;
  readonly command: () => readonly string[];
}

/** Deno takes packages from node_modules as they are installed, and may speak to this machine alone. */
const DENO = ["run", "--node-modules-dir=manual", "--allow-net=127.0.0.1"];
/** A bot reads the file that it plays and writes its recordings. */
const FILES = ["--allow-read", "--allow-write"];
/** Two of one kind, against a voice server on this machine. */
const BOTS = [process.execPath, "bots/run.mjs", "--"];
const EXAMPLES: readonly Example[] = [
  { name: "worker.mjs", command: () => [process.execPath] },
  { name: "deno.ts", command: () => [tool("deno"), ...DENO] },
  { name: "bun.ts", command: () => [tool("bun")] },
  { name: "bots/node.mjs", command: () => [...BOTS, process.execPath] },
  { name: "bots/deno.ts", command: () => [...BOTS, tool("deno"), ...DENO, ...FILES] },
  { name: "bots/bun.ts", command: () => [...BOTS, tool("bun")] },
];
/** What every example prints when a frame has come through. */
const CAME_THROUGH = "encrypted, decrypted: 20 ms of Opus";

function outcomeOf({ name, command }: Example): {
  outcome: "passed" | "failed" | "not available";
  said: string;
} {
  let words: readonly string[];
  try {
    words = command();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    return { outcome: "not available", said: error.message };
  }
  const [file = "", ...args] = words;
  const { status, stdout, stderr } = spawnSync(file, [...args, name], {
    cwd: join(process.cwd(), "examples"),
    encoding: "utf8",
    timeout: 60_000,
  });
  const passed = status === 0 && stdout.includes(CAME_THROUGH);
  return { outcome: passed ? "passed" : "failed", said: (passed ? stdout : `${stdout}${stderr}`).trim() };
}

const results = EXAMPLES.map((example) => ({ name: example.name, ...outcomeOf(example) }));
for (const { name, outcome, said } of results)
  console.log(`${name.padEnd(13)} ${outcome.padEnd(14)} ${said}`);
const count = (wanted: string) => results.filter(({ outcome }) => outcome === wanted).length;
console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("not available")} not available`);
if (process.argv[2] === "--json")
  writeFileSync(process.argv[3]!, JSON.stringify({ passed: count("passed"), failed: count("failed") }));
process.exitCode = count("failed") === 0 ? 0 : 1;
