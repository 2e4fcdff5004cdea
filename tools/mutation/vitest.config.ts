// The tests that each mutant of packages/mls is tried with.
import { defineConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/** The text of sources and documents, bundles, the primitives, hostile input and live histories with a peer are left out. */
const LEFT_OUT = ["shape/", "interop/", "crypto/", "hostile/", "rules/rules.test.ts", "group/readme.test.ts"];

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["packages/mls/test/**/*.test.ts"],
    exclude: LEFT_OUT.map((name) => `packages/mls/test/${name}**`),
  },
});
