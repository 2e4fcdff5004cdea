// Vector files on disk: the shipped CBOR ones and JSON ones of the same formats from any folder
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeCbor, isTree, type Tree, type Value } from "./cbor.ts";
import { fromJson, VectorError } from "./fields.ts";

/** One vector file: a suite's cases, and what they share (`base` of session-reject). */
export interface VectorFile {
  readonly suite: string;
  /** The folder it stands in: `libdave`, `mlspp`, or that of `--vectors`. */
  readonly collection: string;
  readonly path: string;
  readonly cases: readonly Tree[];
  /** The file's other fields; empty for the MLS formats, which are bare lists. */
  readonly head: Tree;
}

/** The formats of the MLS working group; their files are bare lists named after the suite. */
export const MLS_FORMATS = [
  "crypto-basics",
  "deserialization",
  "key-schedule",
  "message-protection",
  "messages",
  "passive-client-handling-commit",
  "passive-client-random",
  "passive-client-welcome",
  "psk_secret",
  "secret-tree",
  "transcript-hashes",
  "tree-math",
  "tree-operations",
  "tree-validation",
  "treekem",
  "welcome",
] as const;

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

function casesOf(value: Value | undefined, path: string): readonly Tree[] {
  if (!Array.isArray(value)) throw new VectorError(`${path}: no list of cases`);
  const odd = value.findIndex((entry) => !isTree(entry));
  if (odd >= 0) throw new VectorError(`${path}: case ${odd} is not an object`);
  return value as readonly Tree[];
}

/** Reads one vector file; a {@link VectorError} says what is wrong with it. */
export function readVectorFile(path: string, known: ReadonlySet<string>): VectorFile {
  const name = basename(path, extname(path));
  const collection = basename(dirname(path));
  const value = parse(path);
  if (Array.isArray(value)) {
    if (!(MLS_FORMATS as readonly string[]).includes(name))
      throw new VectorError(`${path}: a bare list, but "${name}" is no suite of the MLS formats`);
    return { suite: name, collection, path, cases: casesOf(value, path), head: {} };
  }
  if (!isTree(value)) throw new VectorError(`${path}: neither an object nor a list`);
  const { cases, ...head } = value;
  const suite = head.suite;
  if (typeof suite !== "string") throw new VectorError(`${path}: no "suite" field`);
  if (!known.has(suite)) throw new VectorError(`${path}: unknown suite "${suite}"`);
  return { suite, collection, path, cases: casesOf(cases, path), head };
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
