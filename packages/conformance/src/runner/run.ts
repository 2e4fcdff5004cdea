// Runs vectors through their suites and gathers the verdicts
import { FieldError } from "../peers/kinds.ts";
import { PeerFault, PeerRefusal, Unsupported } from "../peers/peer.ts";
import { Fields } from "../vectors/case.ts";
import { diagnostic } from "../vectors/diagnostic.ts";
import { VectorError } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/files.ts";
import { Check } from "./check.ts";
import type { Subject, Suite } from "./suite.ts";
import { type CaseResult, type Finding, Mismatch, NotSupported, type Verdict } from "./verdict.ts";

export interface RunOptions {
  /** Milliseconds; for the time each case took. */
  readonly now: () => number;
  /** Run only the case of this number in each file. */
  readonly only?: number;
  readonly onCase?: (result: CaseResult, done: number, total: number) => void;
}

const detail = (error: Error): string =>
  `${error.name}${"code" in error ? ` (${error.code})` : ""}: ${error.message}`;

/** What an exception out of a suite means. */
function judge(error: unknown, rules: readonly string[]): { verdict: Verdict; finding: Finding } {
  if (error instanceof Mismatch) {
    const own = error.finding.rules;
    return { verdict: "fail", finding: { ...error.finding, rules: own.length > 0 ? own : rules } };
  }
  if (error instanceof NotSupported || error instanceof Unsupported)
    return { verdict: "unsupported", finding: { what: error.message, rules: [] } };
  if (error instanceof PeerFault)
    return { verdict: "crashed", finding: { what: `${error.kind}: ${error.message}`, rules } };
  if (error instanceof FieldError)
    return { verdict: "crashed", finding: { what: `rubbish: ${error.message}`, rules } };
  if (error instanceof PeerRefusal)
    return { verdict: "fail", finding: { what: `the peer refused: ${error.message}`, rules } };
  if (error instanceof VectorError) return { verdict: "fail", finding: { what: error.message, rules: [] } };
  const what = error instanceof Error ? detail(error) : String(error);
  return { verdict: "fail", finding: { what: `unexpected ${what}`, rules } };
}

function titleOf(vector: Fields): string {
  const kind = vector.tree.kind;
  const codec = vector.tree.codec;
  return [codec, kind].filter((part) => typeof part === "string").join(" ");
}

export const caseId = (suite: string, index: number): string => `${suite}/${index}`;

async function tryCase(suite: Suite, subject: Subject, file: VectorFile, index: number, options: RunOptions) {
  const cases = file.cases.map((tree, at) => new Fields(tree, `cases[${at}]`));
  const vector = cases[index] as Fields;
  const head = new Fields(file.head, "file");
  const check = new Check();
  const base = { id: caseId(suite.name, index), suite: suite.name, title: titleOf(vector) };
  const start = options.now();
  try {
    await suite.run({ subject, check, vector, head, cases });
    if (check.made === 0) throw new Mismatch({ what: "the case compared nothing", rules: [] });
    return { ...base, verdict: "pass", milliseconds: options.now() - start } satisfies CaseResult;
  } catch (error) {
    const judged = judge(error, suite.rules);
    const input = judged.verdict === "unsupported" ? {} : { input: diagnostic(vector.tree) };
    return { ...base, milliseconds: options.now() - start, ...judged, ...input } satisfies CaseResult;
  }
}

/** Runs every case of every file, one after the other. */
export async function runVectors(
  subject: Subject,
  files: readonly VectorFile[],
  suites: ReadonlyMap<string, Suite>,
  options: RunOptions,
): Promise<readonly CaseResult[]> {
  const total = files.reduce((sum, file) => sum + file.cases.length, 0);
  const results: CaseResult[] = [];
  for (const file of files) {
    const suite = suites.get(file.suite) ?? unknownSuite(file.suite);
    for (let index = 0; index < file.cases.length; index++) {
      if (options.only !== undefined && options.only !== index) continue;
      const result = await tryCase(suite, subject, file, index, options);
      results.push(result);
      options.onCase?.(result, results.length, total);
    }
  }
  return results;
}

function unknownSuite(name: string): Suite {
  const run = () => {
    throw new NotSupported(`no suite "${name}" in this runner`);
  };
  return { name, title: name, rules: [], run };
}
