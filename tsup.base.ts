import { defineConfig, type Options } from "tsup";

/** The one way a package of this house is built: ESM, declarations and source maps beside it. */
export const build = (entry: Record<string, string>, extra: Options = {}) =>
  defineConfig({
    entry,
    format: ["esm"],
    target: "es2022",
    platform: "neutral",
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    splitting: true,
    ...extra,
  });
