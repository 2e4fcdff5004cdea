// Source files with their text, for documents made from citations.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const SKIPPED = new Set(["node_modules", "dist", "vectors", "media"]);

/** TypeScript files at or below a place, in order. */
export function filesBelow(root: string, place: string): SourceFile[] {
  const full = join(root, place);
  if (!statSync(full).isDirectory()) return [{ path: place, text: readFileSync(full, "utf8") }];
  return readdirSync(full)
    .sort()
    .filter((name) => !SKIPPED.has(name) && (name.endsWith(".ts") || !name.includes(".")))
    .flatMap((name) => filesBelow(root, `${place}/${name}`));
}

/** A link from a document, named short. */
export const pathFrom = (path: string): string =>
  `[${path
    .replace(/^packages\//, "")
    .replace("/src/", "/")
    .replace("/test/", "/")}](../${path})`;
