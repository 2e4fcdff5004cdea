// jsr.json says what package.json says: JSR gets the sources of the same doors, at the same versions
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type JsrManifest, jsrManifest } from "../jsr.ts";
import { LIBRARIES, manifestOf as manifest } from "../pack.ts";
import { root } from "../root.ts";

const { catalog } = parse(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")) as {
  catalog: Readonly<Record<string, string>>;
};

/** Where JSR is to take a dependency from. */
const SOURCES = { noble: "npm", puredave: "jsr" } as const;

function specifier(dependency: string, range: string): string {
  const [, scope] = /^@(noble|puredave)\//.exec(dependency) as unknown as [string, keyof typeof SOURCES];
  const version = range === "catalog:" ? catalog[dependency] : jsrManifest("dave").version;
  return `${SOURCES[scope]}:${dependency}@${version}`;
}

describe.each([...LIBRARIES])("jsr.json of %s (`node tools/jsr.mjs` writes it)", (name) => {
  const jsr: JsrManifest = jsrManifest(name);

  it("has the name, the version and the licence of package.json", () => {
    const { name: called, version, license } = manifest(name);
    expect({ name: jsr.name, version: jsr.version, license: jsr.license }).toEqual({
      name: called,
      version,
      license,
    });
  });

  it("has the same doors, each at the source that the script is built from", () => {
    const doors = Object.keys(manifest(name).exports).filter((door) => door !== "./package.json");
    expect(Object.keys(jsr.exports)).toEqual(doors);
    for (const [door, file] of Object.entries(jsr.exports)) {
      expect(file).toBe(`./src/${door === "." ? "index" : door.slice(2)}.ts`);
      expect(existsSync(join(root, "packages", name, file))).toBe(true);
    }
  });

  it("takes noble from npm and its sisters from JSR, at the same versions", () => {
    const { dependencies = {} } = manifest(name);
    const expected = Object.entries(dependencies).map(([other, range]) => [other, specifier(other, range)]);
    expect(jsr.imports).toEqual(Object.fromEntries(expected));
  });

  it("publishes sources and README alone", () => {
    expect(jsr.publish).toEqual({ include: ["src", "README.md"] });
  });
});
