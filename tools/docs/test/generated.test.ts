// Generated documents are up to date, and every rule names its code and its test.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EVENT_NAMES } from "../../../packages/dave/src/client/events.ts";
import { errorSections, errorsDocument } from "../errors.ts";
import { fieldLessonsDocument, lessonRows, untested } from "../field-lessons.ts";
import { ruleRows, uncovered, withRuleTable } from "../rules.ts";
import { transitionsDocument } from "../transitions.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (name: string): string => readFileSync(`${root}/docs/${name}`, "utf8");

describe("documents: run `npm run docs` when one of these fails", () => {
  it("docs/transitions.md is what the transition function says", () => {
    expect(read("transitions.md")).toBe(transitionsDocument());
  });

  it("docs/protocol.md names every rule's code and tests", () => {
    const protocol = read("protocol.md");
    expect(uncovered(ruleRows(root, protocol))).toEqual([]);
    expect(protocol).toBe(withRuleTable(root, protocol));
  });

  it("docs/field-lessons.md names a test for every item of this layer", () => {
    expect(untested(lessonRows(root))).toEqual([]);
    expect(read("field-lessons.md")).toBe(fieldLessonsDocument(root));
  });

  it("docs/errors.md has cause and remedy of every code, outcome and event", () => {
    const { sections, faults } = errorSections(root);
    expect(faults).toEqual([]);
    expect(sections.find(({ column }) => column === "event")?.entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...EVENT_NAMES]),
    );
    expect(read("errors.md")).toBe(errorsDocument(root));
  });

  it("a rule that nobody cites is found", () => {
    expect(uncovered(ruleRows(root, "**M99** is no rule"))).toEqual(["M99: no code cites it"]);
  });
});
