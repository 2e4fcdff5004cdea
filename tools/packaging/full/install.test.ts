// Every package manager installs the tarballs by the line that `npm run pack` prints; the oldest and the newest
// TypeScript read their types.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { installLine, MANAGERS, type Manager } from "../install-lines.ts";
import { entriesOf, LIBRARIES, manifestOf, PACKAGES, packAll, unpackAll } from "../pack.ts";
import { bin, root, run } from "../root.ts";
import { tool } from "../tools.ts";
import { resolutionsOf, titleOf, typecheck, typecheckOnTheWeb } from "../typecheck.ts";

/** Programs that are on the path only when the workspace puts them there. */
const PROGRAMS: Readonly<Record<Manager, () => string | undefined>> = {
  npm: () => undefined,
  pnpm: () => bin("pnpm"),
  yarn: () => tool("yarn"),
  bun: () => tool("bun"),
  deno: () => tool("deno"),
};

/** A link would not do: pnpm's own launcher looks for its files beside itself. */
const wrap = (program: string, file: string): void =>
  writeFileSync(file, `#!/bin/sh\nexec '${program}' "$@"\n`, { mode: 0o755 });

const PROGRAM = `import { DaveClient } from "@puredave/dave";
const client = new DaveClient({ userId: "1", channelId: "2", send() {} });
console.log(client.state);
`;

it.each(MANAGERS)("%s, in the folder of an empty package.json", (manager) => {
  const folder = mkdtempSync(join(tmpdir(), "puredave-"));
  try {
    const program = PROGRAMS[manager]();
    mkdirSync(join(folder, "bin"));
    if (program !== undefined) wrap(program, join(folder, "bin", manager));
    const env = { PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}` };
    const project = join(folder, "project");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
    run("sh", ["-c", installLine(manager, packAll(LIBRARIES))], { cwd: project, env });
    writeFileSync(join(project, "first.mjs"), PROGRAM);
    const [runtime, ...words] =
      manager === "deno" ? ["deno", "run", "--node-modules-dir=manual"] : [process.execPath];
    expect(run(runtime!, [...words, "first.mjs"], { cwd: project, env }).trim()).toBe("negotiating");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each(PACKAGES)("the line in the README of %s, beside the tarballs, brings every entry", (name) => {
  const project = mkdtempSync(join(tmpdir(), "puredave-"));
  try {
    for (const { name: packed, path } of packAll())
      copyFileSync(path, join(project, `puredave-${packed}-${manifestOf(packed).version}.tgz`));
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
    const readme = readFileSync(join(root, "packages", name, "README.md"), "utf8");
    run("sh", ["-c", /npm install \.\/puredave[^`]*/.exec(readme)?.[0] ?? "exit 1"], { cwd: project });
    const program = entriesOf(name).map((entry) => `import ${JSON.stringify(entry)};\n`);
    writeFileSync(join(project, "first.mjs"), program.join(""));
    expect(run(process.execPath, ["first.mjs"], { cwd: project })).toBe("");
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});

describe.each(["5.2", "7"] as const)("TypeScript %s reads the types of every entry", (version) => {
  it.each(resolutionsOf(Number(version)).map((resolution) => [titleOf(resolution), resolution] as const))(
    "%s",
    (_, resolution) => {
      expect(() => typecheck(unpackAll(), tool(`typescript-${version}`), resolution)).not.toThrow();
    },
  );
});

// from 6 on the DOM takes only bytes that lie in an ArrayBuffer
it.each(["5.2", "6", "7"] as const)(
  "TypeScript %s compiles the first lines of the READMEs beside its DOM",
  (version) => {
    expect(() => typecheckOnTheWeb(unpackAll(), tool(`typescript-${version}`))).not.toThrow();
  },
);
