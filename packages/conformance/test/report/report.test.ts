// Reports: counts by peer and suite, every failure with input, expected, got and rule; nothing of a peer's words runs
import { describe, expect, it } from "vitest";
import { htmlReport } from "../../src/report/html.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import type { Report } from "../../src/report/report.ts";
import { summarize } from "../../src/runner/summary.ts";
import type { CaseResult } from "../../src/runner/verdict.ts";

const at = (suite: string, number: number, rest: Partial<CaseResult> = {}): CaseResult => ({
  id: `${suite}/${number}`,
  suite,
  title: "",
  verdict: "pass",
  milliseconds: 1,
  rules: ["F1"],
  flags: [],
  stage: "accept",
  ...rest,
});
const failure = at("aead", 1, {
  verdict: "fail",
  title: "a | b",
  input: "{\"key\": h'00'}",
  finding: { what: "tag <b>", expected: "00", got: "<script>alert(1)</script>", rules: ["F1", "K3"] },
});
const results = [
  at("aead", 0),
  failure,
  at("aead", 2, { verdict: "crashed", finding: { what: "died: exit code 3", rules: ["F1"] } }),
  at("race", 0, { verdict: "unsupported", finding: { what: "client.create", rules: [] } }),
];
const report: Report = {
  made: "2026-11-23T00:00:00.000Z",
  version: "1.2.3",
  peers: [
    { peer: "other", version: "x 1", results },
    { peer: "self", version: "puredave 1.2.3", results: [at("aead", 0), at("race", 0)] },
  ],
};

describe("counts", () => {
  it("a crash is a failure, not supported is never passed", () => {
    expect(summarize(results)).toEqual({
      suites: [
        { suite: "aead", passed: 1, failed: 2, unsupported: 0 },
        { suite: "race", passed: 0, failed: 0, unsupported: 1 },
      ],
      passed: 1,
      failed: 2,
      unsupported: 1,
    });
  });
});

describe("the Markdown table", () => {
  const text = markdownReport(report);
  it("has a row for each suite and a column for each peer", () => {
    expect(text).toContain("| suite | x 1 | puredave 1.2.3 |");
    expect(text).toContain("## x 1 (other)");
    expect(text).toContain("| aead | 💥 1/3, 1 failed, 1 crashed | ✅ 1 |");
    expect(text).toContain("| race | ▫️ not supported | ✅ 1 |");
  });
  it("tells every failure with its rules", () => {
    expect(text).toContain("* **aead/1** (a \\| b): fail — F1, K3");
    expect(text).toContain("* **aead/2**: crashed — F1");
    expect(text).toContain("* race: client.create (1)");
  });
});

describe("the page", () => {
  const page = htmlReport(report);
  it("stands alone: no script, nothing fetched, whatever a peer says", () => {
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(|http/i);
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });
  it("leads from the matrix to the failures, with input, expected, got and rule", () => {
    expect(page).toContain('<a href="#peer-0-aead">');
    expect(page).toContain('<h3 id="peer-0-aead">');
    for (const part of ["F1", "K3", "tag &lt;b&gt;", "h&#39;00&#39;", "died: exit code 3"])
      expect(page).toContain(part);
  });
  it("knows light and dark, and narrow screens", () => {
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).toContain('name="viewport"');
  });
});
