// Every command in the documents names scripts, packages, subcommands and options that exist.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CommandCheck } from "../examples/commands.ts";
import { fencedCommands, readDocuments } from "../examples/extract.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const check = new CommandCheck(root);
const blocks = readDocuments(root).flatMap(({ path, text }) => fencedCommands(path, text));

describe("commands", () => {
  it.each(blocks)("$place", ({ lines }) => {
    expect(lines).not.toEqual([]);
    for (const line of lines) expect(check.fault(line), line).toBeUndefined();
  });

  it.each([
    ["npm run nothing", "no script nothing"],
    ["npm install @puredave/davey", "no package @puredave/davey"],
    ["npm run conformance -- walk", "no command walk"],
    ["npx @puredave/conformance run --quickly", "run has no --quickly"],
    ["make all", "not understood"],
  ])("%s is found out", (line, fault) => {
    expect(check.fault(line)).toBe(fault);
  });
});
