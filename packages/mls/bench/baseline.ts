// npm run bench -- mls --baseline DIR: groups by this checkout's build beside that of another checkout, in one process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Library from "../src/index.ts";
import { median, STEPS, type Step } from "./operations.ts";
import { OwnSubject, type Subject } from "./subjects.ts";

export type Samples = Record<Step, number[]>;

/** The build of mls in a checkout. */
const library = async (checkout: string): Promise<typeof Library> =>
  (await import(pathToFileURL(join(checkout, "packages", "mls", "dist", "index.js")).href)) as typeof Library;

/** How groups of one size are timed: in how many rounds, and one round. */
interface Rounds {
  readonly rounds: number;
  round(subject: Subject, samples: Samples): void;
}

/** Times both in turns and prints time ÷ time before for each step of each size. */
export async function groupsBeside(
  checkout: string,
  sizes: readonly number[],
  roundsOf: (size: number) => Rounds,
): Promise<void> {
  const libraries = { now: await library(process.cwd()), before: await library(checkout) };
  console.log("groups, platform: this checkout beside the other, ms of processor time, medians\n");
  console.log("| members | step | now | before | now ÷ before |\n| ---: | --- | ---: | ---: | ---: |");
  const empty = (): Samples => ({ "key package": [], welcome: [], commit: [], process: [] });
  for (const size of sizes) {
    const { rounds, round } = roundsOf(size);
    const subjects = Object.entries(libraries).map(([name, mls]) => ({
      subject: new OwnSubject(name, mls.createCryptoProvider(), mls),
      samples: empty(),
    }));
    for (const { subject } of subjects) round(subject, empty());
    for (let i = 0; i < rounds; i++) for (const { subject, samples } of subjects) round(subject, samples);
    for (const step of STEPS) {
      const [now, before] = subjects.map(({ samples }) => median(samples[step])) as [number, number];
      const figures = [now, before, now / before].map((value) => value.toFixed(2));
      console.log(`| ${[size, step, ...figures].join(" | ")} |`);
    }
  }
}
