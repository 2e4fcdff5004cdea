// npm run coverage: branches of packages/mls/src that its tests take. Lists those that none takes; the run fails below
// 98 % (vitest.config.ts). What cannot happen throws InternalError; docs/rules.md lists it.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(root, "reports", "coverage", "coverage-final.json");
const args = process.argv.slice(2);
if (args.includes("--help")) {
  console.log(
    "npm run coverage -- [test file …]\n\nBranch coverage of packages/mls/src by packages/mls/test.",
  );
  process.exit(0);
}
rmSync(report, { force: true });
const vitest = ["run", ...(args.length > 0 ? args : ["packages/mls/test"]), "--coverage"];
const shell = process.platform === "win32";
const { status } = spawnSync("vitest", vitest, { cwd: root, stdio: "inherit", shell });

let taken = 0;
let all = 0;
for (const { path, branchMap, b } of Object.values(JSON.parse(readFileSync(report, "utf8")))) {
  const lines = readFileSync(path, "utf8").split("\n");
  for (const [id, counts] of Object.entries(b)) {
    counts.forEach((count, index) => {
      all++;
      if (count > 0) {
        taken++;
        return;
      }
      const { line } = branchMap[id].locations[index].start;
      console.log(`not taken: ${relative(root, path)}:${line}: ${lines[line - 1].trim()}`);
    });
  }
}
console.log(`${taken} of ${all} branches of packages/mls/src taken: ${((100 * taken) / all).toFixed(2)} %`);
process.exitCode = status ?? 1;
