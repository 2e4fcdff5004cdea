// Every entry of every package, by `import` and by `require`, on every runtime that resolves packages itself.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { installed } from "../install.ts";
import { entriesOf, PACKAGES } from "../pack.ts";
import { run } from "../root.ts";
import { NODE_VERSIONS, tool } from "../tools.ts";

const DENO = [
  "run",
  "--no-prompt",
  "--node-modules-dir=manual",
  "--allow-env",
  "--allow-read",
  "--allow-sys",
];
const RUNTIMES = [
  ...NODE_VERSIONS.map((version) => ({
    title: `Node ${version}`,
    name: `node-${version}` as const,
    words: [],
  })),
  { title: "Deno", name: "deno" as const, words: DENO },
  { title: "Bun", name: "bun" as const, words: [] },
];

const entries = PACKAGES.flatMap(entriesOf);

/** Prints the names that each entry exports, as one JSON object. */
const report = (load: string) => `const names = {};
for (const entry of ${JSON.stringify(entries)})
  names[entry] = Object.keys(${load}(entry)).filter((name) => name !== "__esModule").sort();
console.log(JSON.stringify(names));
`;

type Names = Readonly<Record<string, readonly string[]>>;
let folder: string;

const namesOf = (command: string, words: readonly string[], file: string): Names =>
  JSON.parse(run(command, [...words, file], { cwd: folder })) as Names;

beforeAll(() => {
  folder = installed(PACKAGES);
  writeFileSync(join(folder, "entries.mjs"), report("await import"));
  writeFileSync(join(folder, "entries.cjs"), report("require"));
});

describe("every entry gives the same names by import and by require", () => {
  it.each(RUNTIMES)("on $title", ({ name, words }) => {
    const binary = tool(name);
    const imported = namesOf(binary, words, "entries.mjs");
    expect(Object.keys(imported)).toEqual(entries);
    for (const entry of entries) expect(imported[entry]!.length, entry).toBeGreaterThan(0);
    expect(namesOf(binary, words, "entries.cjs")).toEqual(imported);
  });
});

const CALL = `const { DaveClient, DaveError } = require("@puredave/dave");
try { new DaveClient({ userId: 1, channelId: "2", send() {} }); } catch (error) { console.log(error instanceof DaveError); }
import("@puredave/dave").then((dave) => console.log(dave.DaveError === DaveError));
`;

it.each(RUNTIMES)("require and import share one instance of the classes on $title", ({ name, words }) => {
  writeFileSync(join(folder, "instance.cjs"), CALL);
  expect(run(tool(name), [...words, "instance.cjs"], { cwd: folder })).toBe("true\ntrue\n");
});
