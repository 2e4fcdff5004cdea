// Vectors of our own making say themselves what they are about
import { type Describe, FLAGS, STAGES, textOf } from "../../runner/about.ts";

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

export const aboutOwn: Describe = (vector) => {
  const rules = texts(vector.rules);
  const flags = texts(vector.flags).filter((flag): flag is keyof typeof FLAGS => flag in FLAGS);
  const stage = textOf(vector, "stage");
  return {
    ...(rules.length > 0 ? { rules } : {}),
    flags,
    ...(stage in STAGES ? { stage: stage as keyof typeof STAGES } : {}),
  };
};
