// The shape of the source: no file over 300 lines, no function over 40, the first line of each file names its section.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

function functions(file: string): { name: string; lines: number }[] {
  const text = readFileSync(folder + file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const out: { name: string; lines: number }[] = [];
  const line = (at: number) => source.getLineAndCharacterOfPosition(at).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const name = node.name?.getText(source) ?? "(anonymous)";
      out.push({ name: `${file} ${name}`, lines: line(node.getEnd()) - line(node.getStart(source)) + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return out;
}

describe("every source file", () => {
  it.each(files)("%s", (file) => {
    const lines = readFileSync(folder + file, "utf8").split("\n");
    expect(lines[0]).toMatch(/^\/\/ .*RFC \d/);
    expect(lines.length).toBeLessThanOrEqual(300);
    const long = functions(file).filter((f) => f.lines > 40);
    expect(long).toEqual([]);
  });
});
