// What is published, looked at in the tarballs themselves: exact lists, manifests, code that knows no platform
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { LIBRARIES, type Manifest, PACKAGES, type PackageName, pack, unpackAll } from "../pack.ts";
import { run } from "../root.ts";

const listOf = (name: PackageName): string[] =>
  run("tar", ["-tzf", pack(name).path])
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith("/"))
    .map((line) => line.replace(/^package\//, ""))
    .sort();

const packed = (name: PackageName, file: string): string =>
  run("tar", ["-xzOf", pack(name).path, `package/${file}`]);

const manifest = (name: PackageName): Manifest => JSON.parse(packed(name, "package.json"));

/** The doors that `exports` names: script and declarations. */
const doors = (name: PackageName): string[] =>
  Object.values(manifest(name).exports)
    .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
    .map((target) => target.replace(/^\.\//, ""));

/** Sources under version control: a file that only lies about is not published unnoticed. */
const sources = (name: PackageName): string[] =>
  run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", `packages/${name}/src`])
    .split("\n")
    .filter(Boolean)
    .map((path) => path.replace(`packages/${name}/`, ""));

/** tsup names what several doors share by its content. */
const SHARED = /^dist\/(chunk-[A-Z0-9]{8}\.js(\.map)?|[a-z]+-[A-Za-z0-9_-]{8}\.d\.ts)$/;

describe.each([...LIBRARIES])("the tarball of %s", (name) => {
  it("holds its doors, their source maps, the sources, README and LICENSE, and nothing else", () => {
    const scripts = doors(name).filter((file) => file.endsWith(".js"));
    const expected = [...doors(name), ...scripts.map((file) => `${file}.map`), ...sources(name)];
    const list = listOf(name).filter((file) => !SHARED.test(file));
    expect(list).toEqual([...new Set([...expected, "package.json", "LICENSE", "README.md"])].sort());
  });

  it("maps every script back to sources it carries", () => {
    const list = listOf(name);
    for (const script of list.filter((file) => /^dist\/.*\.js$/.test(file))) {
      const map = JSON.parse(packed(name, `${script}.map`)) as {
        sources: string[];
        sourcesContent?: string[];
      };
      expect(map.sourcesContent?.length ?? 0).toBe(map.sources.length);
      for (const source of map.sources) expect(list).toContain(join("dist", source));
    }
  });

  it("depends on noble and its sisters alone, each at one exact version", () => {
    const { dependencies = {} } = manifest(name);
    expect(Object.keys(dependencies).length).toBe({ mls: 3, dave: 4, "frame-crypto": 0 }[name]);
    for (const [other, version] of Object.entries(dependencies)) {
      expect(other).toMatch(/^@(noble|puredave)\//);
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

describe.each([...PACKAGES])("the manifest of %s", (name) => {
  it("has one script for each entry, given to import and to require alike, types first", () => {
    const { exports, type, sideEffects } = manifest(name);
    expect({ type, sideEffects }).toEqual({ type: "module", sideEffects: false });
    for (const [entry, target] of Object.entries(exports))
      if (entry !== "./package.json") expect(Object.keys(target)).toEqual(["types", "default"]);
  });

  it("tells the same entries to TypeScript's node10 resolution, which reads no exports", () => {
    const { exports, main, types, typesVersions } = manifest(name);
    const [root, ...others] = Object.entries(exports).filter(([entry]) => entry !== "./package.json");
    expect({ types, default: main }).toEqual(root![1]);
    const expected = others.map(([entry, target]) => [
      entry.slice(2),
      [(target as Readonly<Record<string, string>>).types],
    ]);
    expect(typesVersions).toEqual(expected.length === 0 ? undefined : { "*": Object.fromEntries(expected) });
  });

  it("says where the sources, the documents and the reports of bugs are", () => {
    const home = "https://github.com/puredave/puredave";
    expect(manifest(name)).toMatchObject({
      repository: { type: "git", url: `git+${home}.git`, directory: `packages/${name}` },
      homepage: `${home}/tree/main/packages/${name}#readme`,
      bugs: `${home}/issues`,
    });
  });

  it("has a README whose links lead somewhere from a package's page", () => {
    const links = [...packed(name, "README.md").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((target) => !/^(https:\/\/|#)/.test(target))).toEqual([]);
  });
});

describe.each([...PACKAGES])("installing %s", (name) => {
  it("runs nothing, downloads nothing else, and brings no binary", () => {
    const { scripts = {}, ...fields } = manifest(name);
    const hooks = [
      "preinstall",
      "install",
      "postinstall",
      "prepare",
      "prepublish",
      "preprepare",
      "postprepare",
    ];
    expect(Object.keys(scripts as object).filter((script) => hooks.includes(script))).toEqual([]);
    for (const field of [
      "optionalDependencies",
      "peerDependencies",
      "bundledDependencies",
      "gypfile",
      "os",
      "cpu",
    ])
      expect(fields).not.toHaveProperty(field);
    expect(listOf(name).filter((file) => /\.(node|wasm|so|dll|dylib|exe|a|gyp)$/.test(file))).toEqual([]);
    expect(fields).toMatchObject({ license: "MIT", engines: { node: ">=20.19" } });
  });
});

describe("library code knows no platform", () => {
  /** The questions that are asked of a runtime, and where. */
  const PROBE =
    /process\?\.getBuiltinModule\?\.\("node:(?:crypto"\)|buffer"\)\?\.Buffer\?\.prototype\?\.indexOf)/g;
  /** The runtime's name, which the table of frame sizes is read by. */
  const NAME = /const\{process,navigator\}=runtime\(\);.*?process\.versions\[name\]/s;
  const PROBES: Readonly<Record<string, number>> = { mls: 1, "frame-crypto": 2, dave: 1 };

  it.each([...LIBRARIES])("%s", (name) => {
    const folder = join(unpackAll(), "node_modules", "@puredave", name);
    const scripts = listOf(name).filter((file) => /^dist\/.*\.js$/.test(file));
    // without comments, which may speak of anything
    const code = scripts
      .map((file) => transformSync(readFileSync(join(folder, file), "utf8"), { minifyWhitespace: true }).code)
      .join("\n");
    expect(code.match(PROBE)?.length ?? 0).toBe(PROBES[name]);
    // without messages, known by their spaces
    const rest = code
      .replace(PROBE, "")
      .replace(NAME, "")
      .replace(/"[^"\n]* [^"\n]*"/g, '""');
    const platform = /.{0,40}(\b(Buffer|process|require|__dirname|global|Deno|Bun)\b|"node:).{0,40}/g;
    expect(rest.match(platform)).toBeNull();
    const imported = [...rest.matchAll(/(?:from|import\(?)"([^"]+)"/g)].map(([, path]) => path!);
    expect(imported.filter((path) => !/^(\.|@noble\/|@puredave\/)/.test(path))).toEqual([]);
  });
});
