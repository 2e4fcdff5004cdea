// Vectors for tests: the shipped files, and changed copies of single cases

import { SUITE_NAMES } from "../../src/suites/index.ts";
import { Fields } from "../../src/vectors/case.ts";
import { isTree, type Tree, type Value } from "../../src/vectors/cbor.ts";
import { readVectorFolder, type VectorFile, vectorsFolder } from "../../src/vectors/files.ts";

export const shippedFiles = (): VectorFile[] => readVectorFolder(vectorsFolder(), SUITE_NAMES);

export const fieldsOf = (tree: Tree): Fields => new Fields(tree, "case");

/** Where a value stands in a tree. */
export type Path = readonly (string | number)[];

/** Paths of all values that are not lists or maps. */
export function leaves(value: Value, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => leaves(inner, [...path, index]));
  if (isTree(value)) return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  return [path];
}

/** A copy with the value at `path` changed to what `change` makes of it. */
export function changed(value: Value, path: Path, change: (leaf: Value) => Value): Value {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((inner, at) => (at === step ? changed(inner, rest, change) : inner));
  const tree = value as Tree;
  return { ...tree, [step]: changed(tree[step] as Value, rest, change) };
}

/** Another value of the same type. */
export function other(leaf: Value): Value {
  if (leaf instanceof Uint8Array)
    return leaf.length === 0
      ? Uint8Array.of(1)
      : leaf.map((byte, at) => (at === leaf.length >> 1 ? byte ^ 1 : byte));
  if (typeof leaf === "number") return leaf + 1;
  if (typeof leaf === "boolean") return !leaf;
  if (leaf === null) return 1;
  return `${leaf}1`;
}
