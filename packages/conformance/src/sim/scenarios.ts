// Named stories, runnable alone: each shows one thing that went wrong in the field, and that it goes right here.
import { FAULTS } from "./scenarios/faults.ts";
import { PEOPLE } from "./scenarios/people.ts";
import { planOfSketch, type Scenario } from "./scenarios/sketch.ts";

export type { Scenario } from "./scenarios/sketch.ts";

export const SCENARIOS: readonly Scenario[] = [...PEOPLE, ...FAULTS].map(
  ([name, shows, covers, sketch, expect], i) => ({
    name,
    shows,
    covers,
    expect,
    plan: planOfSketch(9_000_000 + i, sketch),
  }),
);
