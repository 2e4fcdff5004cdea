// Vector files on disk: the shipped CBOR ones and JSON ones of the same formats from any folder
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeCbor, type Value } from "./cbor.ts";
import { fromJson, VectorError } from "./fields.ts";
import { type VectorFile, vectorFile } from "./file.ts";

export type { VectorFile } from "./file.ts";

/** The package's own folder, from its source as from its build. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

export const vectorsFolder = (): string => join(packageRoot(), "vectors");
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function parse(path: string): Value {
  const bytes = readFileSync(path);
  try {
    return extname(path) === ".cbor"
      ? decodeCbor(bytes)
      : fromJson(JSON.parse(bytes.toString("utf8")), { strict: false });
  } catch (error) {
    throw new VectorError(`${path}: not readable: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads one vector file; a {@link VectorError} says what is wrong with it. */
export function readVectorFile(path: string, known: ReadonlySet<string>): VectorFile {
  const name = basename(path, extname(path));
  return vectorFile(parse(path), { name, collection: basename(dirname(path)), path }, known);
}

function vectorPaths(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = names.filter((entry) => entry.isFile() && /\.(json|cbor)$/.test(entry.name));
  const deeper = names.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  return [
    ...files.filter((entry) => entry.name !== "index.json").map((entry) => join(folder, entry.name)),
    ...deeper.flatMap((entry) => vectorPaths(join(folder, entry.name))),
  ];
}

/** Reads every `.json` and `.cbor` file of a folder and of those in it; `index.json` (checksums) is passed over. */
export function readVectorFolder(folder: string, known: ReadonlySet<string>): VectorFile[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new VectorError(`${folder}: no such folder`);
  const paths = vectorPaths(folder);
  if (paths.length === 0) throw new VectorError(`${folder}: no vector files (.json, .cbor) in it`);
  return paths.map((path) => readVectorFile(path, known));
}
