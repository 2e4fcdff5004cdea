// Bundles a development entry for Node, the packages' source taken directly: no build to go stale.
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, outfile] = process.argv.slice(2);
const source = {
  name: "puredave-source",
  setup(b) {
    b.onResolve({ filter: /^@puredave\// }, ({ path }) => {
      const [, name, sub = "index"] = path.split("/");
      return { path: join(root, "packages", name, "src", `${sub}.ts`) };
    });
  },
};
await build({
  absWorkingDir: root,
  entryPoints: [entry],
  outfile: resolve(root, outfile),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  external: [
    "@snazzah/davey",
    "esbuild",
    "playwright-core",
    "*.node",
    "esbuild",
    "typedoc",
    "typescript",
    "@microsoft/*",
  ],
  banner: {
    js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);',
  },
  plugins: [source],
  logLevel: "error",
});
