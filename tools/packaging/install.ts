// The tarballs installed by npm in an empty folder, as a user does it: nothing links back to the workspace.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PackageName, packAll } from "./pack.ts";
import { cache, run } from "./root.ts";

/** A folder where `npm install` of these tarballs has run; kept until one of them changes. */
export function installed(names: readonly PackageName[]): string {
  const tarballs = packAll(names);
  const folder = cache("installed", tarballs.map(({ digest }) => digest.slice(0, 8)).join("-"));
  if (existsSync(folder)) return folder;
  const draft = `${folder}-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, "package.json"), '{ "private": true, "type": "module" }\n');
  const words = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional"];
  run("npm", [...words, ...tarballs.map(({ path }) => path)], { cwd: draft });
  renameSync(draft, folder);
  return folder;
}
