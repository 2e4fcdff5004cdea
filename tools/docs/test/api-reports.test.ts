// The public surface of each library is the one that its committed API report shows.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { apiReport, DOORS, reportPath } from "../api-reports.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("API reports: after a wanted change run `npm run api`, commit the report, and add a changeset", () => {
  it.each(DOORS)(
    "$name, $entry",
    (door) => {
      const kept = readFileSync(reportPath(root, door), "utf8");
      expect(apiReport(root, door)).toBe(kept);
      // no `any` in what the libraries promise
      expect(kept).not.toMatch(/[:<|,] any\b/);
    },
    120_000,
  );
});
