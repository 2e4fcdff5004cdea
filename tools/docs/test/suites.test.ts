// Every suite has its page, and the page is what the suite and its vectors say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { suitePages } from "../suites.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const pages = suitePages(root);

describe("docs/suites: run `npm run docs` when one of these fails", () => {
  it.each(pages)("$path", ({ path, text }) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });

  it("holds no page of a suite that is gone", () => {
    const names = readdirSync(join(root, "docs/suites")).map((name) => `docs/suites/${name}`);
    expect(names.sort()).toEqual(pages.map(({ path }) => path).sort());
  });
});
