// What a case says it is about: rules that exist, and that its comparisons do name
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { selfPeer } from "../../src/peers/self/index.ts";
import { catalog, FLAGS, proves, STAGES } from "../../src/runner/about.ts";
import type { Check } from "../../src/runner/check.ts";
import { mlsInternals } from "../../src/runner/mls-subject.ts";
import { isRule, isSection, RULES } from "../../src/runner/rules.ts";
import { runVectors } from "../../src/runner/run.ts";
import { ALL_SUITES, liveFiles, SUITES } from "../../src/suites/index.ts";
import { packageRoot } from "../../src/vectors/files.ts";
import { shippedFiles } from "../support/vectors.ts";

const files = [...shippedFiles(), ...liveFiles()];
const cases = catalog(files, SUITES);
const exists = (rule: string): boolean => isRule(rule) || isSection(rule);

describe("rules", () => {
  it("are those of docs/protocol.md, in its order", () => {
    const text = readFileSync(join(packageRoot(), "..", "..", "docs", "protocol.md"), "utf8");
    const ids = [...text.matchAll(/\*\*([PMEOKFCRVGS][0-9]+)\*\*/g)].map(([, id]) => id);
    expect(Object.keys(RULES)).toEqual([...new Set(ids)]);
  });

  it("a section is one that RFC 9420 has", () => {
    const sections = ["RFC 9420 §7.8", "RFC 9420 §17", "RFC 9420 Appendix C"];
    expect(sections.filter(isSection)).toEqual(sections);
    const none = ["RFC 9420 §0", "RFC 9420 §18", "RFC 9420", "§7.8", "RFC 9420 Appendix E", "RFC 9180 §4"];
    expect(none.filter(isSection)).toEqual([]);
  });

  it("a section stands for those below it", () => {
    const about = { rules: ["RFC 9420 §8.1", "M4"] };
    expect(proves(about, "RFC 9420 §8")).toBe(true);
    expect(proves(about, "RFC 9420 §8.1")).toBe(true);
    expect(proves(about, "RFC 9420 §8.1.1")).toBe(false);
    expect(proves(about, "M")).toBe(false);
  });
});

describe("every case of every suite", () => {
  it("is of a suite with cases", () => {
    expect(
      ALL_SUITES.map(({ name }) => name).filter((name) => !files.some((file) => file.suite === name)),
    ).toEqual([
      "deserialization",
      "passive-client-welcome",
      "passive-client-handling-commit",
      "passive-client-random",
    ]);
  });

  it("has rules, and they exist", () => {
    expect(cases.filter(({ rules }) => rules.length === 0)).toEqual([]);
    expect(
      cases.flatMap(({ id, rules }) => rules.filter((rule) => !exists(rule)).map((rule) => [id, rule])),
    ).toEqual([]);
    expect(ALL_SUITES.flatMap(({ rules }) => rules.filter((rule) => !exists(rule)))).toEqual([]);
  });

  it("has flags and a stage of the lists, and an id of its own", () => {
    expect(cases.filter(({ flags }) => flags.some((flag) => !(flag in FLAGS)))).toEqual([]);
    expect(cases.filter(({ stage }) => !(stage in STAGES))).toEqual([]);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it("no flag and no stage is without a case", () => {
    expect(
      Object.keys(FLAGS).filter((flag) => !cases.some(({ flags }) => flags.includes(flag as never))),
    ).toEqual([]);
    expect(Object.keys(STAGES).filter((stage) => !cases.some((one) => one.stage === stage))).toEqual([]);
  });
});

describe("what is said is what is compared", () => {
  const subject = { peer: selfPeer("test"), mls: mlsInternals };
  /** Larger groups show nothing more; every scenario makes the same comparisons and names its own story's rules. */
  const MORE = /^(?:interop\/(?:[4-9]|1\d)|scenarios\/(?!(?:1|27)$))/;
  const select = ({ id }: { readonly id: string }) => !MORE.test(id);
  for (const file of files)
    it(file.suite, async () => {
      const unproved: (readonly string[])[] = [];
      const beyond = new Set<string>();
      const onCase = (
        result: { id: string; rules: readonly string[] },
        _: number,
        __: number,
        check: Check,
      ) => {
        const missing = result.rules.filter((rule) => !check.general && !check.named.has(rule));
        if (missing.length > 0) unproved.push([result.id, ...missing]);
        for (const rule of check.named) if (!SUITES.get(file.suite)?.rules.includes(rule)) beyond.add(rule);
      };
      await runVectors(subject, [file], SUITES, { now: () => 0, select, onCase });
      expect(unproved, "rules that a case claims and no comparison of it names").toEqual([]);
      expect([...beyond], "rules that comparisons name and the suite does not").toEqual([]);
    });
});
