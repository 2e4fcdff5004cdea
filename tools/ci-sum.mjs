// Adds up what the parts of .ci/run reported; a part without a report counts as one failure.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, status] = process.argv.slice(2);
const read = (name) => {
  const file = join(folder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
};
const tests = read("test.json");
const conformance = read("conformance.json");
const sim = read("sim.json");
const scenarios = !existsSync(join(folder, "scenarios.failed"));
const called = existsSync(join(folder, "call.json")) && !existsSync(join(folder, "call.failed"));

const ofVitest = (name, report) => [
  name,
  report?.numPassedTests ?? 0,
  report === undefined ? 1 : report.numFailedTests + brokenFiles(report),
];

/** Every case in every runtime; one that is not available counts as one failure (CI is strict). */
function ofRuntimes() {
  const rows = read("runtimes.json")?.runtimes;
  if (rows === undefined) return ["runtimes", 0, 1];
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  return [
    "runtimes",
    passed,
    rows.reduce((sum, row) => sum + (row.state === "passed" ? 0 : Math.max(1, row.failed)), 0),
  ];
}
const examples = read("examples.json");
const browser = existsSync(join(folder, "browser.absent")) ? { passed: 0, failed: 0 } : read("browser.json");

const parts = [
  ofVitest("npm test", tests),
  ["conformance", conformance?.passed ?? 0, conformance?.failed ?? 1],
  ["simulated calls", sim?.violations === 0 ? sim.seeds : 0, sim === undefined ? 1 : sim.violations],
  ["named scenarios", scenarios ? 1 : 0, scenarios ? 0 : 1],
  ["npm start", called ? 1 : 0, called ? 0 : 1],
  ["npm run e2e", read("e2e.json")?.passed ?? 0, read("e2e.json")?.failed ?? 1],
  ofVitest("packages", read("packages.json")),
  ofRuntimes(),
  ["examples", examples?.passed ?? 0, examples?.failed ?? 1],
  ["call in Chromium", browser?.passed ?? 0, browser?.failed ?? 1],
];

/** Test files that failed without a failing test: they could not even be loaded. */
function brokenFiles({ testResults }) {
  return testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
}

if (existsSync(join(folder, "browser.absent"))) console.log("call in Chromium: not available");
for (const [name, passed, failed] of parts) console.log(`${name}: ${passed} passed, ${failed} failed`);
const passed = parts.reduce((sum, [, count]) => sum + count, 0);
let failed = parts.reduce((sum, [, , count]) => sum + count, 0);
// a check before the tests (lint, types, arrows, sizes) fails without a count of its own
if (status !== "0" && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
