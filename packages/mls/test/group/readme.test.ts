// The README's example runs, and does what it says.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { expect, it } from "vitest";
import * as mls from "../../src/index.ts";

it("the first example", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme)!;
  const body = code!.replace(/^import .*$/m, "");
  const names = /^import \{([^}]*)\}/
    .exec(code!)![1]!
    .split(",")
    .map((name) => name.trim());
  const { code: script } = transformSync(`${body}\nreturn { joined, made };`, { loader: "ts" });
  const doors: Record<string, unknown> = { ...mls };
  const run = new Function(...names, script);
  const { joined, made } = run(...names.map((name) => doors[name]));
  const exported = (group: mls.Group) => mls.hex(group.exportSecret("label", new Uint8Array(), 16));
  expect(exported(joined)).toBe(exported(made.group));
  expect(exported(joined)).toHaveLength(32);
});
