// What a vector file holds, once decoded; no disk here
import { isTree, type Tree, type Value } from "./cbor.ts";
import { VectorError } from "./fields.ts";

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

function casesOf(value: Value | undefined, path: string): readonly Tree[] {
  if (!Array.isArray(value)) throw new VectorError(`${path}: no list of cases`);
  const odd = value.findIndex((entry) => !isTree(entry));
  if (odd >= 0) throw new VectorError(`${path}: case ${odd} is not an object`);
  return value as readonly Tree[];
}

/** Where a decoded file came from: `libdave`, `aead`, and a path for messages. */
export interface Origin {
  readonly collection: string;
  readonly name: string;
  readonly path: string;
}

/** Checks the frame of a decoded vector file; a {@link VectorError} says what is wrong with it. */
export function vectorFile(value: Value, origin: Origin, known: ReadonlySet<string>): VectorFile {
  const { collection, name, path } = origin;
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
