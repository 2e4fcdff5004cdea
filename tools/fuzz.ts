// npm run fuzz -- frames --minutes N: hostile input, kept in a corpus where it showed something new.
import { run as frames } from "../packages/frame-crypto/fuzz/frames.ts";

const TARGETS: Record<string, (args: readonly string[]) => number> = { frames };

const [name, ...rest] = process.argv.slice(2);
const target = name === undefined ? undefined : TARGETS[name];
if (target === undefined)
  console.log(`usage: npm run fuzz -- ${Object.keys(TARGETS).join("|")} [--minutes N] [--seed S] [--save]`);
process.exitCode = target === undefined ? (name === "--help" ? 0 : 2) : target(rest);
