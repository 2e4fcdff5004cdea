// `deno publish` rehearsed: JSR's own checks of names, doors, imports and types, on the sources that it would get
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsrManifest, stageJsr } from "../jsr.ts";
import { LIBRARIES } from "../pack.ts";
import { run } from "../root.ts";
import { tool } from "../tools.ts";

/** Public names without a written type: for a package with such names JSR makes no declarations. To become none. */
const SLOW = [
  "frame-crypto/src/format/trailer.ts clear",
  "mls/src/codec/codec.ts u8",
  "mls/src/codec/codec.ts u16",
  "mls/src/codec/codec.ts u32",
  "mls/src/crypto/hpke.ts hpkeCiphertextCodec",
  "mls/src/framing/content.ts CONTENT_BODIES",
];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "puredave-jsr-"));
  stageJsr(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What deno says, nearly all of it on standard error; whether it is content stands in its last words. */
function rehearse(...more: string[]): string {
  const words = [tool("deno"), "publish", "--dry-run", "--allow-dirty", ...more];
  return run("sh", ["-c", '"$@" 2>&1 || true', "sh", ...words], { cwd: folder, env: { NO_COLOR: "1" } });
}

describe("deno publish --dry-run", () => {
  it("type-checks every door and would publish all three", () => {
    const printed = rehearse("--allow-slow-types");
    expect(printed).toContain("Success Dry run complete");
    for (const { name, version } of LIBRARIES.map(jsrManifest))
      expect(printed).toContain(`Simulating publish of ${name}@${version}`);
  });

  it("finds no slow type but the known ones", () => {
    const printed = rehearse();
    expect(printed).toContain("Checking for slow types");
    const places = printed.matchAll(/--> .*?\/([a-z-]+\/src\/\S+?):.*\n.*\n\d+ \|.*?(\w+) = /g);
    const found = [...places].map(([, file, name]) => `${file} ${name}`);
    expect(found.filter((place) => !SLOW.includes(place))).toEqual([]);
    expect(found.length).toBe(Number(/Found (\d+) problem/.exec(printed)?.[1] ?? 0));
  });
});
