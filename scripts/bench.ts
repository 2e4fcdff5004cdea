// npm run bench [-- frames|mls|mls-hostile|load] [--json FILE]: side by side with @snazzah/davey, cross-checked before timed.
import { run as load } from "../packages/conformance/bench/load.bench.ts";
import { run as frames } from "../packages/frame-crypto/bench/frames.bench.ts";
import { run as hostile } from "../packages/mls/bench/hostile.bench.ts";
import { run as mls } from "../packages/mls/bench/mls.bench.ts";

const SUITES: Record<string, (args: readonly string[]) => Promise<number> | number> = {
  frames,
  mls,
  "mls-hostile": hostile,
  load,
};

const [name, ...rest] = process.argv.slice(2);
if (name === "--help" || name === "-h") {
  console.log(`usage: npm run bench [-- ${Object.keys(SUITES).join("|")} [--json FILE]]
mls:    --sizes 2,10    groups of these sizes alone
frames: --only TEXT     frames of such a name alone ("Opus", "12 kB")
        --counted N     count allocations over N frames (100000; of 12 kB they take a minute)`);
} else if (process.argv.includes("--json") && !(name !== undefined && name in SUITES)) {
  console.error("--json: name the suite it is for");
  process.exitCode = 2;
} else {
  // load takes minutes: only when it is asked for
  const chosen = name !== undefined && name in SUITES ? [name] : ["frames", "mls"];
  const args = chosen.length === 1 && name === chosen[0] ? rest : process.argv.slice(2);
  let code = 0;
  for (const suite of chosen) code = Math.max(code, await SUITES[suite]!(args));
  process.exitCode = code;
}
