// Every session, gateway and cross-check item of field-lessons.md has a story, or a reason why not.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ELSEWHERE, ITEMS, lessonRows, lessonTable } from "../../src/sim/lessons.ts";
import { SCENARIOS } from "../../src/sim/scenarios.ts";

const file = new URL("../../src/sim/LESSONS.md", import.meta.url);

describe("field lessons", () => {
  test.each(lessonRows())("$item: $shown", ({ shown }) => {
    expect(shown).not.toBe("");
  });

  test("no item is both shown and excused", () => {
    const shown = new Set(SCENARIOS.flatMap(({ covers }) => covers));
    expect(ITEMS.filter((item) => shown.has(item) && item in ELSEWHERE)).toEqual([]);
  });

  test("the table in the repository is the one of the scenarios", () => {
    if (process.env.UPDATE_LESSONS) writeFileSync(file, lessonTable());
    expect(readFileSync(file, "utf8")).toBe(lessonTable());
  });

  test("the stories that were asked for are there", () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...["relay-bot", "sole-member", "refill", "downgrade-upgrade", "storm"],
        ...["late-execute", "early-execute", "recovery", "resume", "stale-welcome"],
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
