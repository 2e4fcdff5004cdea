// Recorded JSON vectors → CBOR files with an index of checksums; `check` proves the files are theirs
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { encodeCbor, isTree, type Value } from "./cbor.ts";
import { fromJson } from "./fields.ts";
import { packageRoot, sha256, vectorsFolder } from "./files.ts";

/** The folders that may be shipped; the working group's own vectors may not. */
export const COLLECTIONS = ["libdave", "mlspp"] as const;
export const INDEX_FORMAT = "puredave-vector-index/1";

export interface IndexEntry {
  readonly file: string;
  readonly suite: string;
  readonly cases: number;
  readonly bytes: number;
  /** SHA-256 of the CBOR file, hex. */
  readonly sha256: string;
  /** SHA-256 of the JSON file it was made from, hex. */
  readonly from: string;
}

interface Converted extends IndexEntry {
  readonly content: Uint8Array;
}

/** Where the recorded JSON lies beside a checkout of the repository. */
export const sharedVectors = (): string => join(packageRoot(), "..", "..", "..", "shared", "vectors");

const caseCount = (value: Value): number => {
  const cases = isTree(value) ? value.cases : value;
  return Array.isArray(cases) ? cases.length : 0;
};

function convertFile(source: string, collection: string, name: string): Converted {
  const json = readFileSync(join(source, collection, name));
  const value = fromJson(JSON.parse(json.toString("utf8")), { strict: true });
  const suite = basename(name, ".json");
  const content = encodeCbor(value);
  return {
    file: `${collection}/${suite}.cbor`,
    suite,
    cases: caseCount(value),
    bytes: content.length,
    sha256: sha256(content),
    from: sha256(json),
    content,
  };
}

function convertAll(source: string): Converted[] {
  return COLLECTIONS.flatMap((collection) =>
    readdirSync(join(source, collection))
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => convertFile(source, collection, name)),
  );
}

function indexText(entries: readonly Converted[]): string {
  const files = entries.map(({ content: _, ...entry }) => entry);
  return `${JSON.stringify({ format: INDEX_FORMAT, files }, null, 2)}\n`;
}

/** The shipped index. */
export function readIndex(folder = vectorsFolder()): readonly IndexEntry[] {
  return JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).files;
}

/** Writes the CBOR files and the index; gives what was written. */
export function generate(source = sharedVectors(), target = vectorsFolder()): readonly IndexEntry[] {
  const converted = convertAll(source);
  for (const collection of COLLECTIONS) mkdirSync(join(target, collection), { recursive: true });
  for (const { file, content } of converted) writeFileSync(join(target, file), content);
  writeFileSync(join(target, "index.json"), indexText(converted));
  return converted.map(({ content: _, ...entry }) => entry);
}

export interface CheckReport {
  /** Files whose bytes have the index's checksum. */
  readonly intact: number;
  /** Files that equal what the converter makes of the JSON; undefined when the JSON is absent. */
  readonly regenerated: number | undefined;
  readonly problems: readonly string[];
}

function checkSums(target: string): { intact: number; problems: string[] } {
  const problems: string[] = [];
  const index = readIndex(target);
  for (const { file, sha256: expected } of index) {
    const path = join(target, file);
    if (!existsSync(path)) problems.push(`${file}: missing`);
    else if (sha256(readFileSync(path)) !== expected)
      problems.push(`${file}: checksum differs from index.json`);
  }
  const listed = new Set(index.map(({ file }) => file));
  for (const collection of COLLECTIONS)
    for (const name of readdirSync(join(target, collection)))
      if (name.endsWith(".cbor") && !listed.has(`${collection}/${name}`))
        problems.push(`${collection}/${name}: not in index.json`);
  return { intact: index.length - problems.length, problems };
}

/** Compares the shipped files with their checksums and, where the recorded JSON is present, with a fresh conversion. */
export function check(source = sharedVectors(), target = vectorsFolder()): CheckReport {
  const { intact, problems } = checkSums(target);
  if (!existsSync(source)) return { intact, regenerated: undefined, problems };
  const converted = convertAll(source);
  let regenerated = 0;
  for (const { file, content } of converted) {
    const path = join(target, file);
    if (existsSync(path) && Buffer.compare(readFileSync(path), content) === 0) regenerated++;
    else problems.push(`${file}: differs from what the converter makes of the JSON`);
  }
  if (readFileSync(join(target, "index.json"), "utf8") !== indexText(converted))
    problems.push("index.json: differs from what the converter writes");
  return { intact, regenerated, problems };
}
