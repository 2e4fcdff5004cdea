// Named stories, runnable alone: each shows one thing that went wrong in the field, and that it goes right here.

import { CALLERS } from "./scenarios/callers.ts";
import { FAULTS } from "./scenarios/faults.ts";
import { LOSSES } from "./scenarios/losses.ts";
import { PEOPLE } from "./scenarios/people.ts";
import { planOfSketch, type Scenario } from "./scenarios/sketch.ts";

export type { Scenario } from "./scenarios/sketch.ts";

/** Stories that show all they are about to an onlooker. */
const OUTSIDE = [...PEOPLE, ...FAULTS, ...LOSSES];

export const SCENARIOS: readonly Scenario[] = [...OUTSIDE, ...CALLERS].map(
  ([name, shows, covers, sketch, expect], i) => ({
    name,
    shows,
    covers,
    expect,
    plan: planOfSketch(9_000_000 + i, sketch),
    inside: i >= OUTSIDE.length,
  }),
);
