// A newcomer's path: the tarballs installed in an empty folder, the README's first example pasted, and it works
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installed } from "../install.ts";
import { LIBRARIES } from "../pack.ts";
import { root, run } from "../root.ts";
import { tool } from "../tools.ts";

const readme = readFileSync(join(root, "packages", "dave", "README.md"), "utf8");

/** The README's first block of a language, as a reader copies it. */
function firstBlock(language: string): string {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  if (block === undefined) throw new Error(`packages/dave/README.md has no block in ${language}`);
  return block;
}

function paste(): { folder: string; file: string } {
  const folder = installed(LIBRARIES);
  const file = join(folder, "first.mjs");
  writeFileSync(file, firstBlock("js"));
  return { folder, file };
}

describe("the README's first example, pasted", () => {
  it.each(["node", "deno", "bun"] as const)("works on %s", (name) => {
    const { folder, file } = paste();
    const program = name === "node" ? process.execPath : tool(name);
    const words = name === "deno" ? ["run", "--no-prompt", "--node-modules-dir=manual"] : [];
    const printed = run(program, [...words, file], { cwd: folder });
    // what the README says it prints
    expect(printed).toBe(firstBlock("text"));
  });
});
