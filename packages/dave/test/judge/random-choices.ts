// A gateway whose every choice is drawn at random.

import type { Choice, Choices, Duration } from "../../src/testing/choices.ts";
import type { Random } from "./random.ts";

const LONGEST: { readonly [K in Duration]: number } = { propose: 400, disconnect: 2_000, race: 2_800 };

/** Rare ones are those that would drown the others. */
const RARE: readonly Choice[] = ["repeat-unnumbered", "repeat-numbered"];

/** A gateway whose every choice is drawn from `random`. `trouble` says whether it may surprise at all. */
export const randomChoices = (random: Random, trouble: () => boolean = () => true): Choices => ({
  flip: (choice) => random.chance(RARE.includes(choice) ? 0.03 : 0.3) && trouble(),
  duration(duration) {
    const length = random.between(duration === "race" ? 200 : 0, LONGEST[duration]);
    return trouble() ? length : Math.min(length, 100);
  },
});
