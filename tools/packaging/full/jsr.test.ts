// `deno publish` rehearsed: JSR's own checks of names, doors, imports and types, on the sources that it would get
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsrManifest, stageJsr } from "../jsr.ts";
import { LIBRARIES } from "../pack.ts";
import { run } from "../root.ts";
import { tool } from "../tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "puredave-jsr-"));
  stageJsr(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What deno says, nearly all of it on standard error; whether it is content stands in its last words. */
function rehearse(): string {
  const words = [tool("deno"), "publish", "--dry-run", "--allow-dirty"];
  return run("sh", ["-c", '"$@" 2>&1 || true', "sh", ...words], { cwd: folder, env: { NO_COLOR: "1" } });
}

describe("deno publish --dry-run", () => {
  it("type-checks every door and would publish all three", () => {
    const printed = rehearse();
    // Every public name has a written type: what has none is refused without `--allow-slow-types`.
    expect(printed).toContain("Checking for slow types");
    expect(printed).toContain("Success Dry run complete");
    for (const { name, version } of LIBRARIES.map(jsrManifest))
      expect(printed).toContain(`Simulating publish of ${name}@${version}`);
  });
});
