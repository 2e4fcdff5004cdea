// npm run bench [-- frames|mls] [--json FILE]: side by side with @snazzah/davey, cross-checked before timed.
import { run as frames } from "../packages/frame-crypto/bench/frames.bench.ts";
import { run as mls } from "../packages/mls/bench/mls.bench.ts";

const SUITES: Record<string, (args: readonly string[]) => Promise<number> | number> = { frames, mls };

const [name, ...rest] = process.argv.slice(2);
if (name === "--help" || name === "-h") {
  console.log(`usage: npm run bench [-- ${Object.keys(SUITES).join("|")}] [--json FILE]`);
} else {
  const chosen = name !== undefined && name in SUITES ? [name] : Object.keys(SUITES);
  const args = chosen.length === 1 && name === chosen[0] ? rest : process.argv.slice(2);
  let code = 0;
  for (const suite of chosen) code = Math.max(code, await SUITES[suite]!(args));
  process.exitCode = code;
}
