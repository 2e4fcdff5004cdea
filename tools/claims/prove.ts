// Asks for each claim whether it holds: all tests in one run, each check once, the timing check once.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "./checks.ts";
import type { Claim, Proof, Verdict } from "./claim.ts";

const say = (line: string) => console.error(line);
const cache = (root: string, name: string) => {
  const folder = join(root, "node_modules", ".cache", "puredave", "claims");
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
};

interface TestFile {
  readonly ok: boolean;
  readonly tests: number;
  readonly failed: readonly string[];
}

function runTests(root: string, files: readonly string[]): Record<string, TestFile> {
  if (files.length === 0) return {};
  say(`running ${files.length} test files …`);
  const result = cache(root, "tests.json");
  rmSync(result, { force: true });
  const reporter = join(root, "tools", "claims", "reporter.mjs");
  spawnSync(join(root, "node_modules", ".bin", "vitest"), ["run", "--reporter", reporter, ...files], {
    cwd: root,
    env: { ...process.env, PUREDAVE_CLAIMS_TESTS: result },
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  return existsSync(result) ? JSON.parse(readFileSync(result, "utf8")) : {};
}

function byTests(proof: Extract<Proof, { by: "tests" }>, results: Record<string, TestFile>): Verdict {
  const seen = proof.files.map((file) => ({ file, result: results[file] }));
  const bad = seen.find(({ result }) => !result?.ok);
  if (bad)
    return {
      verdict: "failed",
      by: `${bad.file}: ${bad.result ? (bad.result.failed[0] ?? "no test passed") : "did not run"}`,
    };
  const count = seen.reduce((sum, { result }) => sum + result!.tests, 0);
  return {
    verdict: "proved",
    by: `${count} tests in ${seen.map(({ file }) => file.replace(/^packages\//, "")).join(", ")}`,
  };
}

async function byCheck(root: string, name: string): Promise<Verdict> {
  const check = CHECKS[name];
  if (!check) return { verdict: "failed", by: `there is no check ${name}` };
  say(`checking ${name} …`);
  try {
    return { verdict: "proved", by: await check(root) };
  } catch (error) {
    return { verdict: "failed", by: error instanceof Error ? error.message : String(error) };
  }
}

interface Finding {
  readonly name: string;
  readonly differs: boolean;
  readonly detectable: number;
}
interface Timing {
  readonly controls: readonly Finding[];
  readonly subjects: readonly Finding[];
}

function runTiming(root: string): Timing | undefined {
  say("timing comparisons …");
  const result = cache(root, "timing.json");
  rmSync(result, { force: true });
  const timing = [join(root, "tools", "run.mjs"), "timing", "--measurements", "8000", "--json", result];
  spawnSync(process.execPath, timing, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return existsSync(result) ? JSON.parse(readFileSync(result, "utf8")) : undefined;
}

function byTiming(
  { subjects, found }: Extract<Proof, { by: "timing" }>,
  timing: Timing | undefined,
): Verdict {
  if (!timing) return { verdict: "failed", by: "npm run timing wrote nothing" };
  const all = [...timing.controls, ...timing.subjects];
  const of = all.filter(({ name }) => subjects.some((subject) => name.startsWith(subject)));
  if (!subjects.every((subject) => of.some(({ name }) => name.startsWith(subject))))
    return { verdict: "failed", by: "npm run timing does not know one of these operations" };
  const blind = timing.controls.find(({ differs }) => !differs);
  if (blind)
    return { verdict: "not proved", by: `${blind.name} was not found out: this machine is too busy` };
  const wrong = of.find(({ differs }) => differs !== (found === true));
  if (wrong) return { verdict: "failed", by: `${wrong.name} differs` };
  const shown = of.map(({ name, detectable }) => `${name} (${detectable.toFixed(2)} ns would show)`);
  return { verdict: "proved", by: `npm run timing: ${shown.join(", ")}` };
}

/** The score that packages/mls/README.md has from the last run, with its commit; it counts while the folder is as it was. */
function byMutation(root: string, folder: string): Verdict {
  const text = readFileSync(join(root, "packages", "mls", "README.md"), "utf8").replaceAll("\n", " ");
  const [, commit] = /at commit ([0-9a-f]{7,40}), it printed/.exec(text) ?? [];
  const [line, score] = new RegExp(`${folder}: ([\\d.]+) % of [\\d ]+mutants \\([^;)]*`).exec(text) ?? [];
  if (!commit || !score) return { verdict: "not proved", by: "packages/mls/README.md has no score" };
  const by = `${line}) at commit ${commit}`;
  if (Number(score) < 95) return { verdict: "failed", by };
  const { status } = spawnSync("git", ["diff", "--quiet", commit, "--", `packages/mls/src/${folder}`], {
    cwd: root,
  });
  if (status === 0) return { verdict: "proved", by };
  const reason = status === 1 ? "the folder has changed since" : "that commit is not at hand";
  return { verdict: "not proved", by: `${reason}: ${by}` };
}

/** What was asked once for all claims. */
interface Asked {
  readonly tests: Record<string, TestFile>;
  readonly checks: ReadonlyMap<string, Verdict>;
  readonly timing: Timing | undefined;
}

function verdictOf(root: string, proof: Proof, { tests, checks, timing }: Asked): Verdict {
  switch (proof.by) {
    case "tests":
      return byTests(proof, tests);
    case "check":
      return checks.get(proof.check)!;
    case "timing":
      return byTiming(proof, timing);
    case "mutation":
      return byMutation(root, proof.folder);
    case "nothing":
      return { verdict: "not proved", by: proof.reason };
  }
}

/** Verdicts in the order of the claims. */
export async function prove(root: string, claims: readonly Claim[]): Promise<Verdict[]> {
  const proofs = claims.map(({ proof }) => proof);
  const files = proofs.flatMap((proof) => (proof.by === "tests" ? proof.files : []));
  // Before the tests, which keep the machine busy.
  const timing = proofs.some(({ by }) => by === "timing") ? runTiming(root) : undefined;
  const checks = new Map<string, Verdict>();
  for (const proof of proofs)
    if (proof.by === "check" && !checks.has(proof.check))
      checks.set(proof.check, await byCheck(root, proof.check));
  const asked = { timing, checks, tests: runTests(root, [...new Set(files)].sort()) };
  return proofs.map((proof) => verdictOf(root, proof, asked));
}
