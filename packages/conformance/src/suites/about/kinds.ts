// From a vector's kind, in words, to what it is about: the first pattern that fits counts
import { type About, type Describe, textOf } from "../../runner/about.ts";

/** A pattern over message and kind, and what a case of that name is about. */
export type Row = readonly [pattern: RegExp, about: Partial<About>];

/** What the first fitting row says. */
export const byKind =
  (rows: readonly Row[]): Describe =>
  (vector) => {
    const name = `${textOf(vector, "message")} ${textOf(vector, "kind")}`.trim();
    return rows.find(([pattern]) => pattern.test(name))?.[1] ?? {};
  };
