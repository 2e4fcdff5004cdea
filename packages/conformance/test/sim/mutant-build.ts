// Bundles the simulator with one broken client: packages/dave with a mutant's patches, nothing else changed.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { applyPatch, type Mutant } from "../../src/sim/mutants.ts";
import type { Plan } from "../../src/sim/plan.ts";
import type { RunResult } from "../../src/sim/run.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const source = join(root, "packages", "dave", "src");

function mutating({ patches }: Mutant): Plugin {
  return {
    name: "mutant",
    setup({ onLoad }) {
      onLoad({ filter: /packages[\\/]dave[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const file = path.slice(source.length + 1).replaceAll("\\", "/");
        const own = patches.filter((patch) => patch.file === file);
        const contents = own.reduce((text, patch) => applyPatch(text, patch), readFileSync(path, "utf8"));
        return { contents, loader: "ts" };
      });
    },
  };
}

/** The simulator as the mutant's world has it. */
export interface MutantSim {
  runSeed(seed: number): RunResult;
  runPlan(plan: Plan): RunResult;
}

/** The simulator, bundled with the mutant's packages/dave. */
export const buildMutant = (mutant: Mutant): Promise<MutantSim> =>
  buildWith<MutantSim>(mutant, "packages/conformance/src/sim/run.ts");

/** A module of this repository, bundled with the mutant's packages/dave. */
export async function buildWith<T>(mutant: Mutant, entry: string): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "puredave-mutant-"));
  const outfile = join(folder, `${mutant.name}.mjs`);
  try {
    await build({
      entryPoints: [join(root, entry)],
      tsconfig: join(root, "tsconfig.json"),
      plugins: [mutating(mutant)],
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
      outfile,
    });
    return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as T;
  } finally {
    await rm(folder, { recursive: true });
  }
}
