// docs/field-lessons.md: what went wrong for others, and the test or scenario that keeps it from happening here.

import items from "./field-lessons.json" with { type: "json" };
import { filesBelow, pathFrom } from "./files.ts";

interface Lesson {
  readonly id: string;
  readonly title: string;
  /** Why it does not concern this project. */
  readonly elsewhere?: string;
}

const LESSONS: readonly Lesson[] = items;
const PLACES = [
  ...["packages/dave/test", "packages/conformance/test", "packages/conformance/src/sim"],
  ...["packages/conformance/src/suites", "packages/frame-crypto/test", "packages/mls/test"],
];

/** `SES-0` must not be found in `SES-01`. */
const cites = (text: string, id: string): boolean =>
  [id, id.replace("§10.", "Cross-")].some((name) =>
    new RegExp(`${name.replace(".", "\\.")}(?![0-9])`).test(text),
  );

export interface LessonRow extends Lesson {
  readonly tests: readonly string[];
}

export function lessonRows(root: string): LessonRow[] {
  const files = PLACES.flatMap((place) => filesBelow(root, place));
  return LESSONS.map((lesson) => ({
    ...lesson,
    tests: files.filter(({ text }) => cites(text, lesson.id)).map(({ path }) => path),
  }));
}

/** Lessons of this layer without a test. */
export const untested = (rows: readonly LessonRow[]): string[] =>
  rows.filter(({ elsewhere, tests }) => elsewhere === undefined && tests.length === 0).map(({ id }) => id);

export function fieldLessonsDocument(root: string): string {
  const rows = lessonRows(root).map(({ id, title, elsewhere, tests }) => {
    const proof = tests.length > 0 ? tests.map(pathFrom).join(", ") : `not this layer: ${elsewhere}`;
    return `| ${id} | ${title} | ${proof} |`;
  });
  return [
    "# Lessons from the field",
    "",
    "What users and maintainers of DAVE implementations ran into, and the tests that play it here. Generated from the tests'",
    "own citations by `npm run docs`; `npm test` fails when an item has none.",
    "",
    "| item | what happened | tests |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
