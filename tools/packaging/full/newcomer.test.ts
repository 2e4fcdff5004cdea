// A newcomer's path: the tarballs installed in an empty folder, the README's first example pasted, and it works
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installed } from "../install.ts";
import { LIBRARIES } from "../pack.ts";
import { firstExample } from "../readme.ts";
import { run } from "../root.ts";
import { tool } from "../tools.ts";

const { program, prints } = firstExample();

describe("the README's first example, pasted", () => {
  it.each(["node", "deno", "bun"] as const)("works on %s", (name) => {
    const folder = installed(LIBRARIES);
    writeFileSync(join(folder, "first.mjs"), program);
    const runtime = name === "node" ? process.execPath : tool(name);
    const words = name === "deno" ? ["run", "--no-prompt", "--node-modules-dir=manual"] : [];
    expect(run(runtime, [...words, "first.mjs"], { cwd: folder })).toBe(prints);
  });
});
