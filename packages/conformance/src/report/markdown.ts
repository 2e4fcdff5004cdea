// The report as Markdown: the matrix, then every failure
import type { CaseResult } from "../runner/verdict.ts";
import {
  cellOf,
  failuresOf,
  fullTitleOf,
  type PeerRun,
  type Report,
  suitesOf,
  textOf,
  titleOf,
  unsupportedOf,
  wordOf,
} from "./report.ts";

const MARKS = { pass: "✅", part: "✅", fail: "❌", crashed: "💥", unsupported: "▫️" } as const;
const VALUE_LENGTH = 400;

const escapeCell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const cut = (text: string): string => (text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text);
/** A fence longer than any run of backticks inside. */
const code = (text: string): string => `\`\` ${escapeCell(cut(text)).replaceAll("`", "'")} \`\``;

function failure({ id, title, verdict, finding, flags, stage }: CaseResult): string[] {
  const rules = finding && finding.rules.length > 0 ? ` — ${finding.rules.join(", ")}` : "";
  const lines = [`* **${id}**${title ? ` (${escapeCell(title)})` : ""}: ${verdict}${rules}`];
  if (finding) lines.push(`  ${escapeCell(finding.what)}`);
  lines.push(`  expected stage ${stage}${flags.length > 0 ? `; flags ${flags.join(", ")}` : ""}`);
  if (finding?.expected !== undefined) lines.push(`  expected ${code(finding.expected)}`);
  if (finding?.got !== undefined) lines.push(`  got ${code(finding.got)}`);
  return lines;
}

function section(run: PeerRun): string[] {
  const failures = failuresOf(run);
  const unsupported = unsupportedOf(run);
  if (failures.length === 0 && unsupported.length === 0) return [];
  const reasons = unsupported.map(({ reason, cases }) => `* ${escapeCell(reason)} (${cases})`);
  return [
    `## ${escapeCell(fullTitleOf(run))}`,
    "",
    ...(failures.length > 0 ? ["### Failures", "", ...failures.flatMap(failure), ""] : []),
    ...(reasons.length > 0 ? ["### Not supported", "", ...reasons, ""] : []),
  ];
}

export function markdownReport(report: Report): string {
  const heads = ["suite", ...report.peers.map((run) => escapeCell(titleOf(run)))];
  const rows = suitesOf(report).map((suite) => [
    suite,
    ...report.peers.map((run) => {
      const cell = cellOf(run, suite);
      return cell.total === 0 ? "–" : `${MARKS[wordOf(cell)]} ${textOf(cell)}`;
    }),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    "# DAVE conformance",
    "",
    `${report.made}, @puredave/conformance ${report.version}.`,
    "",
    line(heads),
    line(heads.map(() => "---")),
    ...rows.map(line),
    "",
    ...report.peers.flatMap(section),
  ].join("\n");
}
