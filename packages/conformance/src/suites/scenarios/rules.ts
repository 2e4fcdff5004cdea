// What the referee's invariants are about (docs/simulator.md), and what each named scenario is
import { type About, type Describe, textOf } from "../../runner/about.ts";

export interface Invariant {
  readonly text: string;
  readonly rules: readonly string[];
}

/** By number; 0: the story came about as told. */
export const INVARIANTS: Readonly<Record<number, Invariant>> = {
  1: { text: "encrypt never fails for want of a key and never falls to plaintext", rules: ["M4", "M5"] },
  2: { text: "every frame that a member is entitled to decrypts", rules: ["M1", "M2", "M9"] },
  3: { text: "the key in use is that of the newest executed transition", rules: ["M2", "M9", "E21", "E22"] },
  4: { text: "the members of an epoch agree", rules: ["P4", "E29", "E30"] },
  5: { text: "no frame is accepted twice", rules: ["K7", "F8"] },
  6: { text: "no nonce is used twice under one key", rules: ["K3", "K4"] },
  7: { text: "retired keys are gone after their time", rules: ["M3"] },
  8: { text: "every fault heals, and nobody recovers without one", rules: ["E27", "E29", "E30", "E31"] },
  9: { text: "nothing throws", rules: ["M11"] },
  10: { text: "plaintext is accepted in its windows only", rules: ["M6"] },
  11: { text: "whoever can be reached is heard again within 10 s", rules: ["E31"] },
  12: { text: "events and getters agree", rules: ["E29", "E30"] },
  13: {
    text: "nobody leaves a key that others need, nor keeps one that only those who left know",
    rules: ["E21"],
  },
  14: { text: "in every epoch a newcomer could join", rules: ["E27", "E30"] },
  15: { text: "nothing is told after close()", rules: ["M11"] },
};

type Row = Pick<About, "rules"> & Partial<About>;

/** The rules that each story is about. */
const STORIES: Readonly<Record<string, Row>> = {
  "relay-bot": { rules: ["M1", "M2", "M4", "M9", "E29", "E30"] },
  "sole-member": { rules: ["M4", "E21"], flags: ["removal"] },
  refill: { rules: ["M4", "K4", "E21", "E24"], flags: ["removal"] },
  "downgrade-upgrade": { rules: ["M5", "M6", "E21", "E22", "E24"], flags: ["version", "plaintext"] },
  "plain-first": { rules: ["M5", "M6", "E4", "E24"], flags: ["version", "plaintext"] },
  storm: { rules: ["M9", "M10", "E27", "E29", "E30"], flags: ["removal"] },
  "reset-while-pending": { rules: ["M10", "E21", "E24"], flags: ["removal"] },
  "audio-and-video": { rules: ["M9", "F6", "F8"] },
  "dave-required": { rules: ["M5", "M9"], flags: ["version"] },
  "late-execute": { rules: ["M3", "E22"], flags: ["expiry", "reference-differs"] },
  "early-execute": { rules: ["E22"] },
  overlapping: { rules: ["M10", "E22"] },
  recovery: { rules: ["M4", "E29", "E30", "E31"], flags: ["recovery", "forged"], stage: "verify" },
  resume: { rules: ["O2", "O3"], flags: ["resume"] },
  "stale-welcome": { rules: ["E30"], stage: "context" },
  "late-connect": { rules: ["E11", "E27"], flags: ["reordered"] },
  "late-external-sender": { rules: ["E25", "E27"], flags: ["reordered"] },
  "leave-before-welcome": { rules: ["E13", "E27", "E30"], flags: ["removal"] },
  "rejoin-at-once": { rules: ["E11", "E13", "E30"], flags: ["removal"] },
  "losing-commits": { rules: ["E27", "E29"] },
  duplicates: { rules: ["O2", "M11", "K7"], flags: ["replay"], stage: "replay" },
  garbage: { rules: ["O1", "M11"], flags: ["malformed", "hostile"], stage: "decode" },
  "version-anew": { rules: ["K4", "E21", "E24"] },
  "id-wrap": { rules: ["O1", "M10", "E22"], flags: ["rollover"] },
  "departed-frames": { rules: ["M9", "E13"], flags: ["removal"], stage: "key" },
  "hostile-media": { rules: ["M11", "K7", "F8", "E31"], flags: ["hostile", "forged"], stage: "authenticate" },
  crash: { rules: ["E11", "E13", "E27"], flags: ["removal"] },
  "external-sender-again": { rules: ["E25"], flags: ["hostile"], stage: "policy" },
  "race-to-one": { rules: ["M4", "E21", "E24"], flags: ["removal"] },
  "race-to-all": { rules: ["M4", "E21", "E24"], flags: ["removal"] },
  "late-disconnect": { rules: ["M4", "E13", "E21"], flags: ["removal", "reordered"] },
  "sole-member-and-return": { rules: ["M4", "E21", "E24"], flags: ["removal"] },
  "resume-after-8-s": { rules: ["O3", "E31"], flags: ["resume"] },
  "long-epoch-then-a-lost-commit": { rules: ["K4", "K5", "E31"], flags: ["recovery"] },
  "lost-proposals": { rules: ["E27", "E29", "E31"], flags: ["recovery"] },
  "lost-execute": { rules: ["M2", "E22"], flags: ["expiry", "reference-differs"] },
  "silence-of-a-minute": { rules: ["E31"] },
  "speech-with-pauses": { rules: ["E31"], flags: ["recovery"] },
  stranger: { rules: ["E11", "E30"] },
  removal: { rules: ["E29", "E31"], flags: ["removal"] },
  "op-4-again": { rules: ["M4", "E4"] },
  "valid-commit-flagged": { rules: ["M9", "E29", "E31"], flags: ["recovery"] },
  "sender-before-description": { rules: ["E4", "E25"], flags: ["version", "reordered"] },
};

export const storyRules = (scenario: string): readonly string[] => STORIES[scenario]?.rules ?? ["M9"];

export const aboutScenario: Describe = (vector) => {
  const { flags = [], ...row } = STORIES[textOf(vector, "scenario")] ?? { rules: ["M9"] };
  return { ...row, flags: ["race", ...flags] };
};

/** Everything that a comparison of the suite may name. */
export const SCENARIO_RULES: readonly string[] = [
  ...new Set([
    ...Object.values(INVARIANTS).flatMap(({ rules }) => rules),
    ...Object.values(STORIES).flatMap(({ rules }) => rules),
  ]),
];
