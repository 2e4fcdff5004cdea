// npm run pack: packs the tarballs and prints how to install them, since no registry has the packages yet.
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installLine, MANAGERS } from "./install-lines.ts";
import { LIBRARIES, manifestOf, PACKAGES, pack } from "./pack.ts";
import { root } from "./root.ts";

const HELP = `usage: npm run pack [-- --out DIR]

Packs the built packages as they would be published, and prints the command that installs them in a project of yours.

  --out DIR   where the tarballs go; default: tarballs
`;

function main(): void {
  const options = { out: { type: "string", default: "tarballs" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  if (values.help) return console.log(HELP);
  const folder = resolve(root, values.out);
  mkdirSync(folder, { recursive: true });
  const packed = PACKAGES.map((name) => {
    const path = join(folder, `puredave-${name}-${manifestOf(name).version}.tgz`);
    copyFileSync(pack(name).path, path);
    return { name, path };
  });
  for (const { path } of packed) console.log(path);
  const libraries = packed.filter(({ name }) => LIBRARIES.some((library) => library === name));
  console.log("\nIn the folder of your package.json:");
  for (const manager of MANAGERS) console.log(`\n${manager}\n  ${installLine(manager, libraries)}`);
  console.log("  deno run --node-modules-dir=manual your-program.ts");
  console.log("\nThe conformance suite needs all four files: name puredave-conformance-….tgz as well.");
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
