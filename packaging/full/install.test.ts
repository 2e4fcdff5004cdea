// npm, pnpm and bun install the three tarballs given at once; TypeScript 5.2, the oldest supported, reads their types
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LIBRARIES, packAll, unpackAll } from "../pack.ts";
import { bin, run } from "../root.ts";
import { tool } from "../tools.ts";
import { RESOLUTIONS, typecheck } from "../typecheck.ts";

const tarballs = packAll(LIBRARIES);
/** The tarballs depend on each other by version, which no registry has yet: they are named as what to take instead. */
const overrides = Object.fromEntries(tarballs.map(({ name, path }) => [`@puredave/${name}`, `file:${path}`]));

const MANAGERS = {
  npm: () => ["npm", "install", "--no-audit", "--no-fund"],
  pnpm: () => [bin("pnpm"), "add", "--ignore-workspace"],
  bun: () => [tool("bun"), "add"],
} as const;

const PROGRAM = `import { DaveClient } from "@puredave/dave";
const client = new DaveClient({ userId: "1", channelId: "2", send() {} });
console.log(client.state);
`;

it.each(Object.keys(MANAGERS) as (keyof typeof MANAGERS)[])("%s, in an empty folder", (name) => {
  const folder = mkdtempSync(join(tmpdir(), "puredave-"));
  try {
    const manifest = {
      private: true,
      type: "module",
      ...(name === "npm" ? {} : { overrides, pnpm: { overrides } }),
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    const [command, ...words] = MANAGERS[name]();
    run(command!, [...words, ...tarballs.map(({ path }) => path)], { cwd: folder });
    writeFileSync(join(folder, "first.mjs"), PROGRAM);
    expect(run(process.execPath, ["first.mjs"], { cwd: folder }).trim()).toBe("negotiating");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const resolution of RESOLUTIONS)
  it(`TypeScript 5.2, moduleResolution ${resolution[0]}`, () => {
    expect(() => typecheck(unpackAll(), tool("typescript-5.2"), resolution)).not.toThrow();
  });
