// Every example of every document and of every public doc comment: it type-checks, it runs, it prints what it says.
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleExamples, importAll, runExample, typeFaults } from "../examples/check.ts";
import { commentExamples, fencedExamples, readDocuments } from "../examples/extract.ts";
import { missingImports, withClaims } from "../examples/program.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const documents = readDocuments(root).flatMap(({ path, text }) => fencedExamples(path, text));
const comments = ["dave", "frame-crypto", "mls"].flatMap((name) => commentExamples(root, name));
const examples = [...documents, ...comments];
const runnable = examples.filter(({ noRun }) => noRun === undefined);
const inDocuments = documents.filter(({ noRun }) => noRun === undefined);

let faults: Map<string, string[]>;
let files: Map<string, string>;
let thrown: Record<string, string>;

beforeAll(async () => {
  faults = typeFaults(root, examples);
  files = await bundleExamples(root, runnable);
  thrown = await importAll(comments.map(({ place }) => files.get(place)!));
}, 120_000);

describe("examples", () => {
  it.each(examples)("$place type-checks", ({ place }) => {
    expect(faults.get(place) ?? []).toEqual([]);
  });

  it.concurrent.each(inDocuments)("$place runs", async ({ place, prints }) => {
    const { ok, printed } = await runExample(files.get(place)!);
    expect(ok, printed).toBe(true);
    if (prints !== undefined) expect(printed).toBe(prints);
  });

  it.each(comments)("$place runs", ({ place }) => {
    expect(thrown[files.get(place)!]).toBe("");
  });

  it("every library's README begins with one that prints something", () => {
    for (const name of ["dave", "frame-crypto", "mls"]) {
      const first = documents.find(({ place }) => place.startsWith(`packages/${name}/README.md`));
      expect(first?.language, name).toBe("js");
      expect(first?.prints, name).toBeTruthy();
    }
  });
});

describe("the reader of examples", () => {
  it("finds an error of types at its line", () => {
    const [example] = fencedExamples("a.md", "```ts\nconst a = 1;\nconst b: string = a;\n```\n");
    expect(typeFaults(root, [example!]).get("a.md:2")).toEqual([
      "line 2: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it("compares what a comment claims", () => {
    expect(withClaims("f(1); // 2n\n", "a:1")).toEqual({
      code: 'claims.equals(2n, f(1), "a:1"); // 2n\n',
      claims: 1,
    });
    expect(withClaims("const k = f(); // 16 bytes\n", "a:1").code).toContain('claims.bytes(16, k, "a:1")');
    expect(withClaims("f(1); // one or two\n", "a:1").claims).toBe(0);
  });

  it("imports what is used and not declared", () => {
    const sources = [{ module: "m", names: new Set(["a", "b", "c"]) }];
    expect(missingImports("const b = 1; x.c = a(b);", sources)).toBe('import { a } from "m";');
  });

  it("takes the text fence below as what is printed", () => {
    const [example] = fencedExamples("a.md", "```js\nconsole.log(1);\n```\n\nprints\n\n```text\n1\n```\n");
    expect(example!.prints).toBe("1\n");
  });
});
