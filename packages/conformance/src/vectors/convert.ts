// Recorded JSON vectors and those of our own making → CBOR files with an index of checksums; `check` proves the files
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { encodeCbor, isTree, type Value } from "./cbor.ts";
import { fromJson } from "./fields.ts";
import { packageRoot, sha256, vectorsFolder } from "./files.ts";
import { MADE, madeFiles } from "./made/index.ts";

/** The folders of recorded vectors that may be shipped; the working group's own may not. */
export const COLLECTIONS = ["libdave", "mlspp"] as const;
const FOLDERS = [...COLLECTIONS, MADE];
export const INDEX_FORMAT = "puredave-vector-index/1";

export interface IndexEntry {
  readonly file: string;
  readonly suite: string;
  readonly cases: number;
  readonly bytes: number;
  /** SHA-256 of the CBOR file, hex. */
  readonly sha256: string;
  /** SHA-256 of the JSON file it was made from, hex; of recorded files. */
  readonly from?: string;
  /** The generator it was made by; of this project's own files. */
  readonly by?: string;
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
  return converted(collection, suite, value, { from: sha256(json) });
}

type Origin = Pick<IndexEntry, "from" | "by">;

function converted(collection: string, suite: string, value: Value, origin: Origin): Converted {
  const content = encodeCbor(value);
  return {
    file: `${collection}/${suite}.cbor`,
    suite,
    cases: caseCount(value),
    bytes: content.length,
    sha256: sha256(content),
    ...origin,
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

/** The files made here; they draw on the recorded files of `target`. */
const makeAll = (target: string): Converted[] =>
  madeFiles(target).map(({ suite, by, value }) => converted(MADE, suite, value, { by }));

/** The shipped index. */
export function readIndex(folder = vectorsFolder()): readonly IndexEntry[] {
  return JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).files;
}

function write(target: string, entries: readonly Converted[]): void {
  for (const folder of FOLDERS) mkdirSync(join(target, folder), { recursive: true });
  for (const { file, content } of entries) writeFileSync(join(target, file), content);
}

/** Writes the CBOR files and the index; gives what was written. */
export function generate(source = sharedVectors(), target = vectorsFolder()): readonly IndexEntry[] {
  const recorded = convertAll(source);
  write(target, recorded);
  const made = makeAll(target);
  write(target, made);
  writeFileSync(join(target, "index.json"), indexText([...recorded, ...made]));
  return [...recorded, ...made].map(({ content: _, ...entry }) => entry);
}

export interface CheckReport {
  /** Files whose bytes have the index's checksum. */
  readonly intact: number;
  /** Recorded files that equal what the converter makes of the JSON; undefined when the JSON is absent. */
  readonly regenerated: number | undefined;
  /** Files of this project's own making that equal what their generators make now. */
  readonly made: number;
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
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(target, folder)))
      if (name.endsWith(".cbor") && !listed.has(`${folder}/${name}`))
        problems.push(`${folder}/${name}: not in index.json`);
  return { intact: index.length - problems.length, problems };
}

/** How many of the files are byte for byte what was made now. */
function same(target: string, fresh: readonly Converted[], maker: string, problems: string[]): number {
  const differing = fresh.filter(({ file, content }) => {
    const path = join(target, file);
    return !existsSync(path) || Buffer.compare(readFileSync(path), content) !== 0;
  });
  for (const { file } of differing) problems.push(`${file}: differs from what ${maker}`);
  return fresh.length - differing.length;
}

/** Makes the files of this project's own making anew; what they draw on may be damaged. */
function remake(target: string, problems: string[]): { made: number; fresh: readonly Converted[] } {
  try {
    const fresh = makeAll(target);
    return { made: same(target, fresh, "its generator makes", problems), fresh };
  } catch (error) {
    problems.push(`${MADE}: cannot be made: ${error instanceof Error ? error.message : String(error)}`);
    return { made: 0, fresh: [] };
  }
}

/** Compares the shipped files with their checksums, their generators and, where it is present, the recorded JSON. */
export function check(source = sharedVectors(), target = vectorsFolder()): CheckReport {
  const { intact, problems } = checkSums(target);
  const { made, fresh } = remake(target, problems);
  if (!existsSync(source)) return { intact, made, regenerated: undefined, problems };
  const recorded = convertAll(source);
  const regenerated = same(target, recorded, "the converter makes of the JSON", problems);
  if (readFileSync(join(target, "index.json"), "utf8") !== indexText([...recorded, ...fresh]))
    problems.push("index.json: differs from what the converter writes");
  return { intact, made, regenerated, problems };
}
