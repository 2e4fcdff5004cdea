// The report as one page: no script, no fetches; light and dark, wide and narrow
import type { CaseResult } from "../runner/verdict.ts";
import { SUITES } from "../suites/index.ts";
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
import { STYLE } from "./style.ts";

const MARKS = { pass: "✓", part: "✓", fail: "✗", crashed: "✗", unsupported: "·" } as const;
const VALUE_LENGTH = 2000;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
const cut = (text: string): string =>
  text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}… (${text.length} characters)` : text;
const anchor = (at: number, suite = ""): string => `peer-${at}${suite ? `-${suite}` : ""}`;

function matrixRow(report: Report, suite: string): string {
  const { title = "", rules = [] } = SUITES.get(suite) ?? {};
  const cells = report.peers.map((run, at) => {
    const cell = cellOf(run, suite);
    if (cell.total === 0) return "<td></td>";
    const word = wordOf(cell);
    const text = `<span aria-hidden="true">${MARKS[word]}</span> ${escapeHtml(textOf(cell))}`;
    const linked = word === "fail" || word === "crashed";
    return `<td class="${word}">${linked ? `<a href="#${anchor(at, suite)}">${text}</a>` : text}</td>`;
  });
  const name = `<th scope="row"><b>${escapeHtml(suite)}</b><span class="title">${escapeHtml(title)}</span><span class="rules">${escapeHtml(rules.join(", "))}</span></th>`;
  return `<tr>${name}${cells.join("")}</tr>`;
}

function matrix(report: Report): string {
  const heads = report.peers.map((run) => `<th scope="col">${escapeHtml(titleOf(run))}</th>`).join("");
  const rows = suitesOf(report).map((suite) => matrixRow(report, suite));
  return `<div class="scroll"><table><thead><tr><th scope="col">suite</th>${heads}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

const value = (name: string, text: string | undefined): string =>
  text === undefined ? "" : `<dt>${name}</dt><dd><pre>${escapeHtml(cut(text))}</pre></dd>`;

function failure({ id, title, verdict, finding, input, flags, stage }: CaseResult): string {
  const rules = (finding?.rules ?? [])
    .map((rule) => `<span class="rule">${escapeHtml(rule)}</span>`)
    .join(" ");
  const head = `<summary><code>${escapeHtml(id)}</code> ${escapeHtml(title)} <span class="${verdict}">${verdict}</span> ${rules}</summary>`;
  const about = `expected stage ${stage}${flags.length > 0 ? `; ${flags.join(", ")}` : ""}`;
  const body = `<p>${escapeHtml(finding?.what ?? "")}</p><p class="title">${escapeHtml(about)}</p><dl>${value("expected", finding?.expected)}${value("got", finding?.got)}${value("input", input)}</dl>`;
  return `<details>${head}${body}</details>`;
}

function failuresSection(run: PeerRun, at: number): string {
  const failures = failuresOf(run);
  const suites = [...new Set(failures.map(({ suite }) => suite))];
  const parts = suites.map((suite) => {
    const own = failures.filter((result) => result.suite === suite).map(failure);
    return `<h3 id="${anchor(at, suite)}">${escapeHtml(suite)}</h3>${own.join("\n")}`;
  });
  return parts.join("\n");
}

function section(run: PeerRun, at: number): string {
  const unsupported = unsupportedOf(run);
  const failures = failuresSection(run, at);
  if (!failures && unsupported.length === 0) return "";
  const reasons = unsupported.map(
    ({ reason, cases }) => `<li>${escapeHtml(reason)} <small>(${cases})</small></li>`,
  );
  const lacking = reasons.length > 0 ? `<h3>Not supported</h3><ul>${reasons.join("")}</ul>` : "";
  return `<section id="${anchor(at)}"><h2>${escapeHtml(fullTitleOf(run))}</h2>${failures}${lacking}</section>`;
}

/** A page that stands alone: everything is in it. */
export function htmlReport(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>DAVE conformance</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>DAVE conformance</h1>
<p>Implementations of Discord's end-to-end encryption for voice and video, suite by suite. A number alone: every case
passed. <em>Not supported</em> is never counted as passed.</p>
${matrix(report)}
${report.peers.map(section).join("\n")}
<footer>${escapeHtml(report.made)}, @puredave/conformance ${escapeHtml(report.version)}</footer>
</main>
</body>
</html>
`;
}
