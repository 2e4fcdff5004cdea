// docs/architecture.md says which functions a commit and a frame pass through: the source must say the same.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const text = readFileSync(`${root}/docs/architecture.md`, "utf8");
const section = text.slice(text.indexOf("## The way of the data"), text.indexOf("## Where to look"));

interface Row {
  readonly journey: string;
  readonly file: string;
  readonly name: string;
  readonly calls: readonly string[];
}

const named = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

const rows: Row[] = section.split("\n### ").flatMap((part) => {
  const [journey = ""] = part.split("\n");
  return [...part.matchAll(/^\| (dave\S+) \| (.+) \| (.+) \|$/gm)].map(([, file, name, calls]) => ({
    journey,
    file: file!,
    name: named(name!)[0]!,
    calls: named(calls!),
  }));
});

const calleeOf = (node: ts.CallExpression): string =>
  ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();

/** What a function calls, in the order of the text; `undefined` when the file has no function of that name. */
function callsIn(file: string, name: string): string[] | undefined {
  const path = `${root}/packages/${file}`;
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  let body: ts.Node | undefined;
  const find = (node: ts.Node): void => {
    const isFunction = ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node);
    if (isFunction && node.name?.getText() === name) body = node.body;
    ts.forEachChild(node, find);
  };
  find(source);
  if (body === undefined) return undefined;
  const calls: { readonly at: number; readonly name: string }[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push({ at: node.expression.getEnd(), name: calleeOf(node) });
    ts.forEachChild(node, collect);
  };
  collect(body);
  return calls.sort((a, b) => a.at - b.at).map((call) => call.name);
}

/** The calls of a row that do not occur in this order. */
function missing(expected: readonly string[], found: readonly string[]): string[] {
  let at = 0;
  return expected.filter((name) => {
    const next = found.indexOf(name, at);
    if (next >= 0) at = next + 1;
    return next < 0;
  });
}

describe("the journeys of docs/architecture.md", () => {
  it("are three: a commit, a frame out, a frame in", () => {
    expect([...new Set(rows.map(({ journey }) => journey))]).toEqual([
      "A commit (op 29)",
      "A frame out",
      "A frame in",
    ]);
  });

  it.each(rows)(
    "$journey: $name in $file calls what the table says, in that order",
    ({ file, name, calls }) => {
      const found = callsIn(file, name);
      expect(found, "the function is there").toBeDefined();
      expect(missing(calls, found!)).toEqual([]);
    },
  );

  it("a call that is not there is found", () => {
    expect(missing(["a", "b"], ["b", "a"])).toEqual(["b"]);
    expect(callsIn("dave/src/client/client.ts", "nowhere")).toBeUndefined();
  });
});
