// The libraries as JSR gets them: sources and jsr.json side by side, away from package.json, whose `catalog:` is pnpm's
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LIBRARIES, type PackageName } from "./pack.ts";
import { root } from "./root.ts";

export interface JsrManifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly publish: { readonly include: readonly string[] };
}

export const jsrManifest = (name: PackageName): JsrManifest =>
  JSON.parse(readFileSync(join(root, "packages", name, "jsr.json"), "utf8"));

/** Copies what is published into a folder where `deno publish` finds all libraries, each other's included. */
export function stageJsr(folder: string): void {
  for (const name of LIBRARIES) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const part of ["jsr.json", ...jsrManifest(name).publish.include])
      cpSync(join(root, "packages", name, part), join(folder, name, part), { recursive: true });
  }
  const workspace = LIBRARIES.map((name) => `./${name}`);
  writeFileSync(join(folder, "deno.json"), `${JSON.stringify({ workspace })}\n`);
}
