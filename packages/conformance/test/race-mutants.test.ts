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
import { scenariosFile } from "../src/suites/scenarios/index.ts";
import type { VectorFile } from "../src/vectors/files.ts";
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
    alias: {
      ...Object.fromEntries(
        ["protocol", "testing"].map((door) => [`@puredave/dave/${door}`, source("dave", door)]),
      ),
      ...Object.fromEntries(["mls", "frame-crypto", "dave"].map((of) => [`@puredave/${of}`, source(of)])),
    },
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

/**
 * The story in which the simulator's referee notices it from outside. Of the others nothing shows there that an
 * onlooker could tell from a right client: a gateway that waits, a fault that excuses it, nobody who listens.
 */
const STORY: Readonly<Record<string, string>> = {
  "sender-switches-on-prepare": "relay-bot",
  "reset-drops-sender-keys": "recovery",
  "id-0-taken-for-none": "sole-member",
  "retention-from-preparation": "late-execute",
  "recovery-per-bad-frame": "hostile-media",
  "counter-restarts-on-reinstall": "version-anew",
  "sole-member-keeps-its-key": "sole-member",
  "foreign-commit-flagged": "losing-commits",
  "early-execute-forgotten": "early-execute",
  "signature-key-renewed-at-reset": "refill",
  "dropped-keys-deleted": "overlapping",
  "foreign-key-taken-for-replay": "long-epoch-then-a-lost-commit",
  "race-taken-for-a-sole-member": "race-to-one",
};

async function rulesFound(mutant: Mutant, file: VectorFile): Promise<readonly string[]> {
  const subject = { peer: localPeer(mutant.name, await brokenHandlers(mutant)), mls: undefined };
  const results = await runVectors(subject, [file], SUITES, { now: () => 0 });
  const bad = results.filter(({ verdict }) => verdict === "fail" || verdict === "crashed");
  return bad.flatMap(({ finding }) => finding?.rules ?? []);
}

/** The case of one story. */
function story(name: string): VectorFile {
  const file = scenariosFile();
  return { ...file, cases: file.cases.filter(({ scenario }) => scenario === name) };
}

describe("mutants of the client", () => {
  for (const mutant of MUTANTS) {
    // the others need more than the race suite has: the simulator's stories catch them
    it.skipIf(!fits(mutant) || mutant.caught !== undefined)(
      `${mutant.name} is caught by the race suite, which names ${mutant.rule}`,
      async () => {
        expect(await rulesFound(mutant, raceFile())).toContain(mutant.rule);
      },
    );
    const name = STORY[mutant.name];
    if (name !== undefined)
      it.skipIf(!fits(mutant))(
        `${mutant.name} is caught by the story ${name}, which names ${mutant.rule}`,
        async () => {
          expect(await rulesFound(mutant, story(name))).toContain(mutant.rule);
        },
      );
  }
});
