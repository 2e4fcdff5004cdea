// What the race scenes are about, beside their rules: flags, and where the scene's wrong input is refused
import type { About, Describe, Flag } from "../../runner/about.ts";
import { textOf } from "../../runner/about.ts";

type Remark = Partial<Pick<About, "flags" | "stage">>;

const REMARKS: Readonly<Record<string, Remark>> = {
  "late-execute": { flags: ["expiry", "reference-differs"], stage: "key" },
  "receivers-first": { flags: ["expiry"] },
  "sole-member": { flags: ["removal"], stage: "key" },
  refill: { flags: ["removal"] },
  "two-pending": { flags: ["expiry"], stage: "key" },
  "key-installed-again": { flags: ["replay"], stage: "replay" },
  "nothing-twice": { flags: ["replay"], stage: "replay" },
  downgrade: { flags: ["version", "plaintext"], stage: "plaintext" },
  "plaintext-refused": { flags: ["plaintext", "silence"], stage: "plaintext" },
  "version-above-ours": { flags: ["version", "unknown"], stage: "policy" },
  upgrade: { flags: ["version", "plaintext", "expiry"], stage: "plaintext" },
  "unknown-joiner": { flags: ["hostile"], stage: "policy" },
  "half-bad-batch": { flags: ["hostile"], stage: "context" },
  "invalid-commit": { flags: ["recovery", "forged"], stage: "verify" },
  "broken-welcome": { flags: ["recovery", "forged"], stage: "verify" },
  "stale-welcome": { stage: "context" },
  "foreign-commit-while-pending": { stage: "context" },
  "left-but-not-removed": { flags: ["removal", "expiry"], stage: "key" },
  resume: { flags: ["resume"] },
  "member-removed": { flags: ["removal"], stage: "key" },
  "bad-frames": { flags: ["hostile"], stage: "authenticate" },
};

const RACE: readonly Flag[] = ["race"];

export const aboutScene: Describe = (vector) => {
  const { flags = [], ...remark } = REMARKS[textOf(vector, "scene")] ?? {};
  const rules = Array.isArray(vector.rules) ? vector.rules.filter((rule) => typeof rule === "string") : [];
  return { ...(rules.length > 0 ? { rules } : {}), flags: [...RACE, ...flags], ...remark };
};
