// Links of the documents lead somewhere, and the audit guide leaves no file of its folders out.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readDocuments } from "../examples/extract.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const documents = readDocuments(root);

/** How the READMEs of packages name a file of this repository: they are shown on pages of their own as well. */
const HOME = /^https:\/\/github\.com\/puredave\/puredave\/(?:blob|tree)\/main\//;

/** Targets of links into this repository, without their anchors; those that name it in full begin with a slash. */
const targets = (text: string): string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.replace(/#.*$/, "").replace(HOME, "/"))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));

const dead = (path: string, text: string): string[] =>
  targets(text).filter(
    (target) => !existsSync(join(root, target.startsWith("/") ? "" : dirname(path), target)),
  );

describe("links", () => {
  it.each(documents)("of $path", ({ path, text }) => {
    expect(dead(path, text)).toEqual([]);
  });

  it("a dead one is found", () => {
    expect(
      dead("docs/a.md", "[here](architecture.md) [there](nowhere.md#x) [out](https://example.org)"),
    ).toEqual(["nowhere.md"]);
    const home = "https://github.com/puredave/puredave/blob/main";
    expect(dead("docs/a.md", `[here](${home}/docs/architecture.md) [there](${home}/nowhere.md#x)`)).toEqual([
      "/nowhere.md",
    ]);
  });
});

const AUDITED = [
  ...["codec", "crypto", "framing", "group", "schedule", "tree"].map((name) => `packages/mls/src/${name}`),
  "packages/frame-crypto/src",
  "packages/dave/src/session",
  "packages/dave/src/transitions",
];

describe("docs/audit-guide.md", () => {
  const { text } = documents.find(({ path }) => path === "docs/audit-guide.md")!;
  const rows = text.split("\n").filter((line) => /^\| \[/.test(line));
  const cells = rows.map((row) => row.split(" | "));

  it.each(AUDITED)("names every file of %s", (folder) => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `../${folder}/${name.replaceAll("\\", "/")}`);
    const named = new Set(cells.map(([file]) => targets(file!)[0]));
    expect(files.filter((file) => !named.has(file))).toEqual([]);
  });

  it("says for each what it must guarantee, and names a test", () => {
    for (const [file, guarantee, vectors, tests] of cells) {
      expect(guarantee!.length, file).toBeGreaterThan(2);
      for (const vector of targets(vectors!)) expect(vector, file).toMatch(/\/vectors\/.*\.(?:cbor|json)$/);
      expect(targets(tests!).length, file).toBeGreaterThan(0);
      for (const test of targets(tests!)) expect(test, file).toMatch(/\.test\.ts$/);
    }
  });
});
