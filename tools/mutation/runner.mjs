// Stryker plug-in: runs the tests of packages/mls for one mutant after the other in one process. The tests are bundled
// with the instrumented source; a mutant is switched on at run time and its tests run until one fails. A runner that
// loads everything anew for each mutant takes some twenty times as long.
//
// A failure counts only if the same test passes with the mutant switched off, right after or in a freshly loaded
// environment: what an earlier mutant may have left behind kills nothing.

import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

const HITS = "hits.json";
const TESTS = join("packages", "mls", "test");
/** Left out: the text of sources and documents, bundles, the primitives below, hostile input and live histories with a peer (slow). */
const EXCLUDED = /^(shape|interop|crypto|hostile)\/|rules\/rules\.test|group\/readme\.test/;
/** Quick and telling ones first, slow ones last; what is not named comes in between. */
const ORDER = [/^codec\//, /^tree\//, /^rules\//, /^group\/group/, /^vectors\/tree-/, /^vectors\/passive/];
const LAST = [
  /^property\//,
  /^group\/corners/,
  /^group\/operations/,
  /^vectors\/(libdave|treekem)/,
  /^hostile\//,
];

const rank = (file) => {
  const first = ORDER.findIndex((pattern) => pattern.test(file));
  return first >= 0 ? first : 100 + LAST.findIndex((pattern) => pattern.test(file));
};

const testFiles = () =>
  readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".test.ts") && !EXCLUDED.test(file))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));

/** One script: a function that gives, for each test file, how to load it; that gives its tests. */
async function bundle() {
  const require = createRequire(join(process.cwd(), "package.json"));
  const { build } = require("esbuild");
  const shim = join(process.cwd(), "tools", "mutation", "shim.ts");
  const vitest = dirname(realpathSync(require.resolve("vitest/package.json")));
  const files = testFiles();
  const lines = files.map(
    (file) => `() => collect(${JSON.stringify(`${TESTS}/${file}`)}, () => require("./${TESTS}/${file}")),`,
  );
  const stands = {
    name: "vitest-stands-in",
    setup(b) {
      b.onResolve({ filter: /^vitest$/ }, () => ({ path: shim }));
      b.onResolve({ filter: /^@vitest\// }, ({ path, kind, pluginData }) =>
        pluginData ? undefined : b.resolve(path, { kind, resolveDir: vitest, pluginData: true }),
      );
    },
  };
  const { outputFiles } = await build({
    stdin: {
      contents: `import { collect } from "vitest";\nmodule.exports = [\n${lines.join("\n")}\n];`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node20",
    // the one file that asks where it lies looks for the vectors from there
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(TESTS, "support", "vectors.ts")).href) },
    external: ["esbuild", "typescript"],
    plugins: [stands],
    logLevel: "error",
  });
  const code = `(function (require, module) {${outputFiles[0].text}\n})`;
  return new vm.Script(code, { filename: join(process.cwd(), "tests.cjs") });
}

class Runner {
  #namespace = (globalThis.__stryker__ ??= {});
  #require = createRequire(join(process.cwd(), "package.json"));
  #script;
  /** In order; undefined where they must be loaded anew. */
  #tests;
  /** How often each test reached each mutant when all was well; a hundred times that is an endless loop. */
  #hits;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    process.env.PUREDAVE_TEST_QUICK = "1";
    this.#script = await bundle();
  }

  /** A fresh copy of everything; each test file is loaded when its turn comes. */
  #files() {
    const module = { exports: [] };
    this.#script.runInThisContext()(this.#require, module);
    return module.exports;
  }

  async #outcome(test) {
    const start = performance.now();
    let failureMessage;
    try {
      await test.run();
    } catch (error) {
      failureMessage = String(error?.message ?? error).slice(0, 500);
    }
    return {
      id: test.id,
      name: test.id,
      timeSpentMs: performance.now() - start,
      fileName: test.file,
      failureMessage,
    };
  }

  async dryRun() {
    this.#namespace.activeMutant = undefined;
    this.#tests = this.#files().flatMap((load) => load());
    const tests = [];
    for (const test of this.#tests) {
      this.#namespace.currentTestId = test.id;
      const outcome = await this.#outcome(test);
      this.#namespace.currentTestId = undefined;
      tests.push({ ...outcome, status: outcome.failureMessage === undefined ? 0 : 1 });
    }
    const { mutantCoverage } = this.#namespace;
    writeFileSync(HITS, JSON.stringify(mutantCoverage?.perTest ?? {}));
    return { status: "complete", tests, mutantCoverage };
  }

  /** The tests a mutant is tried with. One that is to be there at loading gets each test file freshly loaded. */
  *#testsFor({ testFilter, mutantActivation }) {
    if (mutantActivation === "static") for (const load of this.#files()) yield* load();
    else {
      this.#tests ??= this.#files().flatMap((load) => load());
      const wanted = testFilter && new Set(testFilter);
      for (const test of this.#tests) if (!wanted || wanted.has(test.id)) yield test;
    }
  }

  /** The first test that fails with the mutant switched on, and how many ran. */
  async #firstFailure(options) {
    const namespace = this.#namespace;
    const { activeMutant, mutantActivation } = options;
    this.#hits ??= existsSync(HITS) ? JSON.parse(readFileSync(HITS, "utf8")) : {};
    const limit = (hitLimit) => Object.assign(namespace, { hitCount: 0, hitLimit });
    namespace.activeMutant = undefined;
    const tests = this.#testsFor(options);
    let nrOfTests = 0;
    let failed;
    for (;;) {
      limit(1_000_000);
      if (mutantActivation === "static") namespace.activeMutant = activeMutant.id;
      const { value: test } = tests.next();
      if (!test) break;
      namespace.activeMutant = activeMutant.id;
      limit(Math.max(100_000, 100 * (this.#hits[test.id]?.[activeMutant.id] ?? 0)));
      nrOfTests++;
      const outcome = await this.#outcome(test);
      if (outcome.failureMessage === undefined) continue;
      failed = { test, ...outcome };
      break;
    }
    namespace.activeMutant = undefined;
    const endless = namespace.hitCount > namespace.hitLimit;
    namespace.hitCount = undefined;
    return { failed, nrOfTests, endless };
  }

  async mutantRun(options) {
    let { failed, nrOfTests, endless } = await this.#firstFailure(options);
    const loaded = options.mutantActivation === "static";
    if (!loaded && failed && (await this.#outcome(failed.test)).failureMessage !== undefined) {
      this.#tests = undefined;
      ({ failed, nrOfTests, endless } = await this.#firstFailure(options));
      this.#tests = undefined;
    }
    if (endless) return { status: "timeout", reason: "endless: the mutant was reached too often" };
    if (!failed) return { status: "survived", nrOfTests };
    return { status: "killed", killedBy: [failed.id], failureMessage: failed.failureMessage, nrOfTests };
  }
}

const factory = () => new Runner();
factory.inject = [];
export const strykerPlugins = [{ kind: "TestRunner", name: "puredave", factory }];
