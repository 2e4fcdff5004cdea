import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("./packages/", import.meta.url));

// Tests run on the source of every package, never on a build that may be stale.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@puredave\/([^/]+)$/, replacement: `${source}$1/src/index.ts` },
      { find: /^@puredave\/([^/]+)\/([^/]+)$/, replacement: `${source}$1/src/$2.ts` },
    ],
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "tools/*/test/*.test.ts"],
    expect: { requireAssertions: true },
    testTimeout: 60_000,
    pool: "threads",
    maxWorkers: 2,
    coverage: {
      include: ["packages/mls/src/**"],
      reporter: ["text-summary", "json"],
      reportsDirectory: "reports/coverage",
      thresholds: { branches: 98 },
    },
  },
});
