// The exhaustive search over the transition function: it finds planted faults, and a small bound is free of them.
import { nextTransitionDeadline, type TransitionEvent, transition } from "@puredave/dave/protocol";
import { describe, expect, test } from "vitest";
import { BOUNDS, type Bound, INITIAL_WORLD, moved } from "../../src/explore/model.ts";
import { broken } from "../../src/explore/rules.ts";
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

  test("E22: a record without keys is executed 10 s after its op 23 by a sole member, which breaks no rule", () => {
    const keySet = (id: number, others: readonly string[], established: boolean) => ({
      id,
      members: ["0", ...others],
      established,
    });
    const path: readonly TransitionEvent[] = [
      { type: "select-version", version: 1 },
      { type: "pending-group", keySet: keySet(1, [], false) },
      { type: "connect", userIds: ["1"] },
      { type: "adopted", id: 0, keySet: keySet(2, ["1"], true) },
      { type: "recover" },
      { type: "pending-group", keySet: keySet(3, [], false) },
      { type: "disconnect", userId: "1" },
      { type: "prepare", version: 1, id: 5 },
    ];
    let world = INITIAL_WORLD;
    const next = (event: TransitionEvent, at: number) => {
      const before = world;
      const step = transition(before.state, event, at);
      world = moved(before, { event, at }, step);
      const edge = { before, move: { event, at }, step, after: world };
      expect(broken({ ...edge, transition, deadline: nextTransitionDeadline })).toEqual([]);
      return step;
    };
    for (const event of path) next(event, world.now);
    const { effects } = next({ type: "tick" }, world.now + 10_000);
    // the sender has the key of epoch 0, which nobody else knows and nobody can have taken away
    expect(world.state.sender).toEqual({ kind: "key", keySet: 3 });
    expect(JSON.stringify(effects)).toContain("missing-execute");
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
