// Writes each library's jsr.json from its package.json and the catalog: `npm run versions` does it behind changesets.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const LIBRARIES = ["mls", "frame-crypto", "dave"];
const { catalog } = parse(readFileSync("pnpm-workspace.yaml", "utf8"));

/** JSR takes the sources: a door is the file that its script is built from. */
const doorsOf = (exports) =>
  Object.entries(exports)
    .filter(([door]) => door !== "./package.json")
    .map(([door, { default: script }]) => [door, script.replace("/dist/", "/src/").replace(/\.js$/, ".ts")]);

// the house's packages have one version, and a release names exact ones
const importsOf = (dependencies, version) =>
  Object.keys(dependencies).map((name) => [
    name,
    name.startsWith("@puredave/") ? `jsr:${name}@${version}` : `npm:${name}@${catalog[name]}`,
  ]);

for (const library of LIBRARIES) {
  const folder = join("packages", library);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, version, license, exports, dependencies = {} } = manifest;
  const jsr = {
    name,
    version,
    license,
    exports: Object.fromEntries(doorsOf(exports)),
    imports: Object.fromEntries(importsOf(dependencies, version)),
    publish: { include: ["src", "README.md"] },
  };
  writeFileSync(join(folder, "jsr.json"), `${JSON.stringify(jsr, null, 2)}\n`);
}
