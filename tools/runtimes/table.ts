// The table that a run prints, and the plain data of `--json`
import type { Runtime } from "./runtime.ts";
import type { SuiteReport } from "./suite/report.ts";

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly state: "passed" | "failed" | "not available";
  readonly version?: string;
  readonly report?: SuiteReport;
  /** Why it is not available or broke down. */
  readonly reason?: string;
  readonly seconds: number;
}

const sum = (report: SuiteReport | undefined, of: (part: SuiteReport["parts"][number]) => number): number =>
  (report?.parts ?? []).reduce((total, part) => total + of(part), 0);

export const passedOf = (row: Row): number => sum(row.report, ({ passed }) => passed);
/** A runtime that broke down has failed once, whatever it did before. */
export const failedOf = (row: Row): number =>
  row.state === "failed"
    ? Math.max(
        1,
        sum(row.report, ({ failures }) => failures.length),
      )
    : 0;

const NAMES: Readonly<Record<string, string>> = {
  portable: "portable",
  platform: "node:crypto",
  auto: "both, by size",
};

const backendOf = ({ report }: Row): string => {
  if (report === undefined) return "";
  const [frames, mls] = [report.backend.frames, report.backend.mls].map((name) => NAMES[name] ?? name);
  return frames === mls ? frames! : `frames ${frames}; mls ${mls}`;
};

function cells(row: Row): readonly string[] {
  const { report } = row;
  if (report === undefined) return [row.title, row.version ?? "", row.state, "", "", ""];
  const [passed, failed] = [passedOf(row), failedOf(row)];
  return [
    row.title,
    row.version ?? "",
    backendOf(row),
    `${passed} of ${passed + failed}`,
    report.opusMicros?.toFixed(1) ?? "clock stands still",
    report.joinMs?.toFixed(0) ?? "clock stands still",
  ];
}

const HEAD = ["Runtime", "Version", "Backend", "Cases passed", "µs per Opus frame", "ms to join 50 members"];

/** In Markdown, columns aligned. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = (line: readonly string[]) =>
    `| ${line.map((cell, n) => cell.padEnd(widths[n]!)).join(" | ")} |`;
  const [head, ...body] = lines.map(text);
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}

/** What went wrong, a line each. */
export function complaints(rows: readonly Row[]): readonly string[] {
  return rows.flatMap((row) => [
    ...(row.reason === undefined ? [] : [`${row.title}: ${row.state}: ${row.reason}`]),
    ...(row.report?.parts ?? []).flatMap(({ name, failures }) =>
      failures.map((failure) => `${row.title}: ${name}: ${failure}`),
    ),
  ]);
}

export const rowOf = ({ id, title }: Runtime): Pick<Row, "id" | "title"> => ({ id, title });
