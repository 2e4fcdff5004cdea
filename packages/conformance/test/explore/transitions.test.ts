// The exhaustive search over the transition function: it finds planted faults, and a small bound is free of them.
import { describe, expect, test } from "vitest";
import { BOUNDS, type Bound } from "../../src/explore/model.ts";
import { search, type tell } from "../../src/explore/search.ts";
import { SeenSet } from "../../src/explore/seen.ts";
import { MUTANTS } from "../../src/sim/mutants.ts";
import { buildWith } from "../sim/mutant-build.ts";

const A = BOUNDS["A"] as Bound;

/** Each mutant, the rule that it breaks, and the events after which it does. */
const PLANTED: readonly (readonly [mutant: string, rule: string, depth: number])[] = [
  ["sender-switches-on-prepare", "M2 sender last", 2],
  ["reset-drops-sender-keys", "M4 a reset keeps media", 1],
  ["id-0-taken-for-none", "M2 id 0 is executed at once", 1],
  ["retention-extended", "M3 retention", 1],
  ["sole-member-keeps-its-key", "E21 a deserted key is left", 3],
  ["race-taken-for-a-sole-member", "E21 a held key stays", 2],
  ["recovers-without-a-connection", "O3 lost connection", 2],
];

describe("the exhaustive search over the transition function", () => {
  test("no rule is broken within three events, from nothing and from a call under way", () => {
    for (const call of [false, true]) {
      const result = search({ bound: A, depth: 3, call });
      expect(result.counterexamples).toEqual([]);
      expect(result.depth).toBe(3);
      expect(result.frontier).toBeGreaterThan(0);
    }
  });

  test.each(PLANTED)("the fault %s breaks the rule %s", async (name, rule, depth) => {
    const mutant = MUTANTS.find((one) => one.name === name);
    if (mutant === undefined) throw new Error(`no mutant ${name}`);
    type Search = { search: typeof search; tell: typeof tell };
    const broken = await buildWith<Search>(mutant, "packages/conformance/src/explore/search.ts");
    const { counterexamples } = broken.search({ bound: A, depth, call: true });
    const found = counterexamples.find((one) => one.rule === rule);
    expect(counterexamples.map((one) => one.rule)).toContain(rule);
    // the counterexample can be told, and its last line names the rule
    expect(broken.tell(found?.path ?? [], A).at(-1)).toContain(rule);
  });

  test("the set of seen states tells new texts from known ones, also after it has grown", () => {
    const seen = new SeenSet();
    for (let i = 0; i < 100_000; i++) expect(seen.add(`state ${i}`)).toBe(true);
    for (let i = 0; i < 100_000; i += 997) expect(seen.add(`state ${i}`)).toBe(false);
    expect(seen.size).toBe(100_000);
  });
});
