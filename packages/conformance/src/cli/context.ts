// What the commands share: streams, colours, exit codes, the package's version, errors told as one line
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { packageRoot } from "../vectors/files.ts";

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** What a user did wrong, or a file that cannot be read: told as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const packageVersion = (): string =>
  JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")).version;

/** picocolors knows NO_COLOR, FORCE_COLOR and whether stdout is a terminal. */
export const colors = pc;

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Lines with columns of equal width; the first column is text, the others are numbers. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  "),
  );
}
