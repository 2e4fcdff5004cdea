// docs/rules.md: every rule has code, text and a negative test, and the document says so.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("tools/rules.mjs finds nothing amiss", () => {
  const script = fileURLToPath(new URL("../../../../tools/rules.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
