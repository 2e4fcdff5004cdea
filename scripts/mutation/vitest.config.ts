// The tests that mutants of packages/mls are run against, the quick and telling ones first.
import type { RunnerTestCase, RunnerTestFile } from "vitest";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification } from "vitest/node";
import base from "../../vitest.config.ts";

/** Left out: tests of the text of the sources and of bundles, and live histories with a peer (slow, and add nothing). */
const EXCLUDED = ["shape", "interop", "crypto", "rules/rules.test.ts", "group/readme.test.ts"];
/** In this order; what is not named comes in between. */
const FIRST = ["rules/", "codec", "tree/", "group/group", "group/corners", "property/"];
const LAST = ["hostile/", "group/operations", "vectors/treekem", "vectors/libdave-session"];

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const first = FIRST.findIndex((part) => moduleId.includes(`packages/mls/test/${part}`));
      if (first >= 0) return first;
      return 100 + LAST.findIndex((part) => moduleId.includes(`packages/mls/test/${part}`));
    };
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}

/** A test file that cannot even be loaded is a failed test; Stryker sees tests only and would call the mutant survived. */
const loading: Reporter = {
  onTestModuleEnd(module: TestModule) {
    const { task: file } = module as unknown as { task: RunnerTestFile };
    if (file.result?.state !== "fail" || file.tasks.length > 0) return;
    const { errors } = file.result;
    const name = "can be loaded";
    const test = { type: "test", id: `${file.id}_load`, name, mode: "run", meta: {}, file, suite: file };
    file.tasks.push({ ...test, result: { state: "fail", errors } } as unknown as RunnerTestCase);
  },
};

const tests = "packages/mls/test";
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [`${tests}/**/*.test.ts`],
    exclude: EXCLUDED.map((name) => (name.endsWith(".ts") ? `${tests}/${name}` : `${tests}/${name}/**`)),
    sequence: { sequencer: QuickFirst },
    reporters: [loading],
    isolate: false,
    env: { PUREDAVE_TEST_QUICK: "1" },
  },
});
