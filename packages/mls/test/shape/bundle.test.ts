// What a DAVE bundle pulls in: the features beside the core stay out, shown by the bundler.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

async function bundle(code: string) {
  const result = await build({
    stdin: { contents: code, resolveDir: `${root}packages/mls/src`, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    write: false,
    metafile: true,
  });
  const [output] = Object.values(result.metafile.outputs);
  const used = Object.entries(output!.inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file.replace(/^.*packages\/mls\//, "")] : [],
  );
  return { used, size: gzipSync(result.outputFiles[0]!.contents, { level: 9 }).length };
}

const DAVE = `import { Group, createKeyPackage, createCryptoProvider } from "./index.ts";
  console.log(Group, createKeyPackage, createCryptoProvider);`;
const BESIDE = [
  /^src\/features\//,
  /^src\/schedule\/(psk|secret-tree)\.ts$/,
  /^src\/framing\/private-message\.ts$/,
  /^src\/group\/member-proposal\.ts$/,
  /^src\/internals\.ts$/,
];

describe("a DAVE bundle", () => {
  it("leaves out PrivateMessage, PSKs, Update, external commits, ReInit, GroupContextExtensions", async () => {
    const { used } = await bundle(DAVE);
    expect(used).toContain("src/group/process-commit.ts");
    expect(used.filter((file) => BESIDE.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  it("which a bundle with everything has: the patterns name files that exist", async () => {
    const { used } = await bundle(`import * as all from "./internals.ts"; console.log(all);`);
    for (const pattern of BESIDE.slice(0, -1)) {
      expect(used.some((file) => pattern.test(file))).toBe(true);
    }
  });
});
