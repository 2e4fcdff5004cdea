// A reporter of vitest for `npm run claims`: a line for each test file as it ends, and at last all of them as JSON.
import { writeFileSync } from "node:fs";

export default class {
  #done = {};
  #total = 0;

  onTestRunStart(specifications) {
    this.#total = specifications.length;
  }
  onTestModuleEnd(module) {
    const file = module.relativeModuleId.replaceAll("\\", "/");
    const tests = [...module.children.allTests()];
    const failed = tests.filter((test) => test.result().state === "failed").map((test) => test.fullName);
    const ok = module.ok() && tests.some((test) => test.result().state === "passed");
    this.#done[file] = { ok, tests: tests.length, failed };
    const count = String(Object.keys(this.#done).length).padStart(String(this.#total).length);
    console.error(`  ${count} of ${this.#total}  ${ok ? "passed" : "FAILED"}  ${file}`);
  }
  onTestRunEnd() {
    writeFileSync(process.env.PUREDAVE_CLAIMS_TESTS, JSON.stringify(this.#done));
  }
}
