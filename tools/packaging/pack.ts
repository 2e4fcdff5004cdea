// The tarballs as they would be published, packed anew when something in them has changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin, cache, root, run } from "./root.ts";

export const LIBRARIES = ["mls", "frame-crypto", "dave"] as const;
export const PACKAGES = [...LIBRARIES, "conformance"] as const;
export type PackageName = (typeof PACKAGES)[number];

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface Tarball {
  readonly name: PackageName;
  readonly path: string;
  /** Of everything that goes in. */
  readonly digest: string;
}

export const manifestOf = (name: PackageName): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));

/** What a user imports: every entry of a package, as its `exports` name it. */
export const entriesOf = (name: PackageName): string[] =>
  Object.keys(manifestOf(name).exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => `@puredave/${name}${entry.slice(1)}`);

/** Files that decide what a tarball holds. */
function ingredients(name: PackageName): string[] {
  const folder = join(root, "packages", name);
  const inside = ["dist", "src"].flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const single = ["package.json", "README.md", "tsup.config.ts"].map((file) => join(folder, file));
  const shared = ["LICENSE", "pnpm-workspace.yaml"].map((file) => join(root, file));
  return [...inside, ...single, ...shared].filter((file) => existsSync(file)).sort();
}

function digestOf(name: PackageName): string {
  const hash = createHash("sha256");
  for (const file of ingredients(name)) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** One package's tarball; it holds the last build, whatever its age. */
export function pack(name: PackageName): Tarball {
  if (!existsSync(join(root, "packages", name, "dist")))
    throw new Error(`packages/${name} is not built: npm run build`);
  const digest = digestOf(name);
  const path = cache("tarballs", `puredave-${name}-${digest}.tgz`);
  if (existsSync(path)) return { name, path, digest };
  const folder = cache("tarballs", `.${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  run(bin("pnpm"), ["pack", "--pack-destination", folder], { cwd: join(root, "packages", name) });
  const [file] = readdirSync(folder);
  renameSync(join(folder, file!), path);
  rmSync(folder, { recursive: true });
  return { name, path, digest };
}

export const packAll = (names: readonly PackageName[] = PACKAGES): readonly Tarball[] => names.map(pack);

/** The tarballs unpacked side by side as an installation has them, without their dependencies. */
export function unpackAll(names: readonly PackageName[] = LIBRARIES): string {
  const tarballs = packAll(names);
  const folder = cache("unpacked", tarballs.map(({ digest }) => digest.slice(0, 8)).join("-"));
  if (existsSync(folder)) return folder;
  const draft = `${folder}-${process.pid}`;
  for (const { name, path } of tarballs) {
    const place = join(draft, "node_modules", "@puredave", name);
    mkdirSync(place, { recursive: true });
    run("tar", ["-xzf", path, "-C", place, "--strip-components=1"]);
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    // another worker was quicker
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true });
  }
  return folder;
}
