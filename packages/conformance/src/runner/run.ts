// Runs vectors through their suites and gathers the verdicts
import { FieldError } from "../peers/kinds.ts";
import { type FaultKind, PeerFault, PeerRefusal, Unsupported } from "../peers/peer.ts";
import { Fields } from "../vectors/case.ts";
import type { Tree } from "../vectors/cbor.ts";
import { diagnostic } from "../vectors/diagnostic.ts";
import { VectorError } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/file.ts";
import { type About, aboutCase, caseId, titleOf } from "./about.ts";
import { Check } from "./check.ts";
import type { Subject, Suite } from "./suite.ts";
import { type CaseResult, type Finding, Mismatch, NotSupported, type Verdict } from "./verdict.ts";

export interface RunOptions {
  /** Milliseconds; for the time each case took. */
  readonly now: () => number;
  /** Run only the case of this number in each file. */
  readonly only?: number;
  /** Run only cases of which this is true. */
  readonly select?: (about: About & { readonly id: string }) => boolean;
  /** `check` holds the rules that the case's comparisons named. */
  readonly onCase?: (result: CaseResult, done: number, total: number, check: Check) => void;
}

const detail = (error: Error): string =>
  `${error.name}${"code" in error ? ` (${error.code})` : ""}: ${error.message}`;

/** Only a peer that came to an end has crashed; one that hangs or answers rubbish has failed. */
const CRASHES: readonly FaultKind[] = ["died", "threw"];
/** After so many deaths or silences of the peer in a row the rest of the suite is not tried. */
const MOST_DEATHS = 5;
const DEATHS: readonly FaultKind[] = ["absent", "died", "hung"];

/** What an exception out of a suite means. */
function judge(error: unknown, rules: readonly string[]): { verdict: Verdict; finding: Finding } {
  if (error instanceof Mismatch) {
    const own = error.finding.rules;
    return { verdict: "fail", finding: { ...error.finding, rules: own.length > 0 ? own : rules } };
  }
  if (error instanceof NotSupported || error instanceof Unsupported)
    return { verdict: "unsupported", finding: { what: error.message, rules: [] } };
  if (error instanceof PeerFault) {
    const verdict = CRASHES.includes(error.kind) ? "crashed" : "fail";
    return { verdict, finding: { what: `${error.kind}: ${error.message}`, rules } };
  }
  if (error instanceof FieldError)
    return { verdict: "fail", finding: { what: `rubbish: ${error.message}`, rules } };
  if (error instanceof PeerRefusal)
    return { verdict: "fail", finding: { what: `the peer refused: ${error.message}`, rules } };
  if (error instanceof VectorError) return { verdict: "fail", finding: { what: error.message, rules: [] } };
  const what = error instanceof Error ? detail(error) : String(error);
  return { verdict: "fail", finding: { what: `unexpected ${what}`, rules } };
}

interface Trial {
  readonly suite: Suite;
  readonly subject: Subject;
  readonly file: VectorFile;
  readonly index: number;
  readonly about: About;
  readonly check: Check;
  readonly now: () => number;
  /** Told when the peer died or hung. */
  readonly died: () => void;
}

/** The verdict of a case that is not tried any more. */
function givenUp({
  suite,
  file,
  index,
  about,
}: Omit<Trial, "subject" | "check" | "now" | "died">): CaseResult {
  const title = titleOf(file.cases[index] as Tree);
  const what = `given up: the peer died or hung ${MOST_DEATHS} times in a row in this suite`;
  const finding = { what, rules: about.rules };
  const id = caseId(suite.name, index);
  return { id, suite: suite.name, title, ...about, verdict: "fail", milliseconds: 0, finding };
}

async function tryCase(trial: Trial): Promise<CaseResult> {
  const { suite, subject, file, index, about, check, now } = trial;
  const cases = file.cases.map((tree, at) => new Fields(tree, `cases[${at}]`));
  const vector = cases[index] as Fields;
  const head = new Fields(file.head, "file");
  const base = { id: caseId(suite.name, index), suite: suite.name, title: titleOf(vector.tree), ...about };
  const start = now();
  try {
    await suite.run({ subject, check, vector, about, head, cases });
    if (check.made === 0) throw new Mismatch({ what: "the case compared nothing", rules: [] });
    return { ...base, verdict: "pass", milliseconds: now() - start };
  } catch (error) {
    if (error instanceof PeerFault && DEATHS.includes(error.kind)) trial.died();
    const judged = judge(error, about.rules);
    const input = judged.verdict === "unsupported" ? {} : { input: diagnostic(vector.tree) };
    return { ...base, milliseconds: now() - start, ...judged, ...input };
  }
}

/** The cases to run, each with its suite and what it is about. */
function* chosenCases(
  files: readonly VectorFile[],
  suites: ReadonlyMap<string, Suite>,
  { only, select }: RunOptions,
) {
  for (const file of files) {
    const suite = suites.get(file.suite) ?? unknownSuite(file.suite);
    for (const [index, vector] of file.cases.entries()) {
      if (only !== undefined && only !== index) continue;
      const about = aboutCase(suite, vector, file.head);
      if (select && !select({ id: caseId(suite.name, index), ...about })) continue;
      yield { suite, file, index, about };
    }
  }
}

/** Runs every case of every file, one after the other. */
export async function runVectors(
  subject: Subject,
  files: readonly VectorFile[],
  suites: ReadonlyMap<string, Suite>,
  options: RunOptions,
): Promise<readonly CaseResult[]> {
  const chosen = [...chosenCases(files, suites, options)];
  const results: CaseResult[] = [];
  const deaths = new Map<string, number>();
  for (const one of chosen) {
    const check = new Check();
    const before = deaths.get(one.suite.name) ?? 0;
    let died = false;
    const trial = { ...one, subject, check, now: options.now, died: () => void (died = true) };
    const result = before < MOST_DEATHS ? await tryCase(trial) : givenUp(one);
    if (before < MOST_DEATHS) deaths.set(one.suite.name, died ? before + 1 : 0);
    results.push(result);
    options.onCase?.(result, results.length, chosen.length, check);
  }
  return results;
}

function unknownSuite(name: string): Suite {
  const run = () => {
    throw new NotSupported(`no suite "${name}" in this runner`);
  };
  return { name, title: name, rules: [], run };
}
