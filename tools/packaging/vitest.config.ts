import { defineConfig } from "vitest/config";

// Slower than npm test would like: installations and bundlers, with programs fetched when first needed.
export default defineConfig({
  test: {
    include: ["tools/packaging/full/*.test.ts"],
    expect: { requireAssertions: true },
    testTimeout: 300_000,
    maxWorkers: 1,
  },
});
