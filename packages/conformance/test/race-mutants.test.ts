// The race suite can fail: clients with one rule of their source broken, the simulator's own list, are caught by it
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { type Handlers, localPeer } from "../src/peers/peer.ts";
import { runVectors } from "../src/runner/run.ts";
import { applyPatch, MUTANTS, type Mutant } from "../src/sim/mutants.ts";
import { SUITES } from "../src/suites/index.ts";
import { raceFile } from "../src/suites/race/index.ts";
import { packageRoot } from "../src/vectors/files.ts";

const packages = join(packageRoot(), "..");
const dave = join(packages, "dave", "src");
/** A patch that no longer fits its source is for the simulator's test to report; here it is skipped, visibly. */
const fits = ({ patches }: Mutant): boolean =>
  patches.every(({ file, find }) => readFileSync(join(dave, file), "utf8").split(find).length === 2);

/** This project's handlers over a broken client. */
async function brokenHandlers({ name, patches }: Mutant): Promise<Handlers> {
  const outfile = join(packageRoot(), "node_modules", ".cache", `race-mutant-${name}.mjs`);
  const source = (of: string, file = "index"): string => join(packages, of, "src", `${file}.ts`);
  await build({
    entryPoints: [join(packageRoot(), "src", "peers", "self", "index.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
    external: ["cbor-x"],
    alias: Object.fromEntries(["mls", "frame-crypto", "dave"].map((of) => [`@puredave/${of}`, source(of)])),
    plugins: [
      {
        name: "mutant",
        setup({ onLoad }) {
          onLoad({ filter: /packages\/dave\/src\/.*\.ts$/ }, ({ path }) => {
            const mine = patches.filter(({ file }) => path.endsWith(`/dave/src/${file}`));
            if (mine.length === 0) return undefined;
            return { contents: mine.reduce(applyPatch, readFileSync(path, "utf8")), loader: "ts" };
          });
        },
      },
    ],
  });
  const { selfHandlers } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return selfHandlers("mutant");
}

describe("mutants of the client", () => {
  for (const mutant of MUTANTS)
    it.skipIf(!fits(mutant))(`${mutant.name} (${mutant.rule}) is caught`, async () => {
      const subject = { peer: localPeer(mutant.name, await brokenHandlers(mutant)), mls: undefined };
      const results = await runVectors(subject, [raceFile()], SUITES, { now: () => 0 });
      const bad = results.filter(({ verdict }) => verdict === "fail" || verdict === "crashed");
      expect(bad.map(({ id }) => id)).not.toEqual([]);
    });
});
