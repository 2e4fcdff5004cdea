// `deno add` takes names, not files: it gets the tarballs from a registry on this machine, noble from the usual one
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { LIBRARIES } from "../pack.ts";
import { firstExample } from "../readme.ts";
import { serveTarballs } from "../registry.ts";
import { tool } from "../tools.ts";

it("deno add, in an empty folder; the README's first example runs without a permission", async () => {
  const folder = mkdtempSync(join(tmpdir(), "puredave-"));
  const registry = await serveTarballs(LIBRARIES);
  // a cache of its own: another build of the same version must not be found there
  const env = { ...process.env, DENO_DIR: join(folder, ".deno"), NO_COLOR: "1" };
  // not at a stroke as elsewhere: the registry must be able to answer meanwhile
  const deno = (...words: string[]) => promisify(execFile)(tool("deno"), words, { cwd: folder, env });
  try {
    writeFileSync(join(folder, ".npmrc"), `@puredave:registry=${registry.url}\n`);
    writeFileSync(join(folder, "deno.json"), "{}\n");
    await deno("add", "npm:@puredave/dave", "npm:@puredave/mls");
    const { imports } = JSON.parse(readFileSync(join(folder, "deno.json"), "utf8"));
    expect(Object.keys(imports)).toEqual(["@puredave/dave", "@puredave/mls"]);
    const { program, prints } = firstExample();
    writeFileSync(join(folder, "first.mjs"), program);
    expect((await deno("run", "--no-prompt", "first.mjs")).stdout).toBe(prints);
    expect([...registry.fetched].sort()).toEqual(LIBRARIES.map((name) => `@puredave/${name}`).sort());
  } finally {
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
