// Where the bytes of the budgets in .size-limit.json come from: `npm run size:why`, with `-- --files` by file.
// Minified bytes as esbuild counts them; gzip: what the bundle would weigh less without that part.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const byFile = process.argv.includes("--files");

/** The packages' source instead of their build: the build is one file each. */
const source = {
  name: "puredave-source",
  setup(b) {
    b.onResolve({ filter: /^@puredave\// }, ({ path }) => {
      const [, name, sub = "index"] = path.split("/");
      return { path: join(root, "packages", name, "src", `${sub}.ts`), sideEffects: false };
    });
  },
};

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of one segment of a source map. */
function vlq(text) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const letter of text) {
    const digit = BASE64.indexOf(letter);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}

/** The minified text cut into pieces, each with the source file it comes from. */
function pieces(text, map) {
  const found = [];
  const lines = text.split("\n");
  let file = 0;
  map.mappings.split(";").forEach((line, at) => {
    let column = 0;
    const starts = line.split(",").flatMap((segment) => {
      const [move, source] = vlq(segment);
      if (move === undefined) return [];
      column += move;
      file += source ?? 0;
      return [{ column, file: map.sources[file] }];
    });
    starts.forEach((start, i) => {
      found.push({ file: start.file, text: lines[at].slice(start.column, starts[i + 1]?.column) });
    });
  });
  return found;
}

function partOf(file) {
  const inside = file.split("node_modules/").at(-1);
  if (byFile) return inside.replace(/^.*packages\//, "");
  return inside.startsWith("@noble/")
    ? inside.split("/", 2).join("/")
    : file.replace(/^.*packages\//, "").split("/")[0];
}

const gzipped = (text) => gzipSync(text, { level: 9 }).length;

async function why({ name, path, import: names = "*" }) {
  const { dir, base } = { dir: dirname(dirname(path)), base: "src/index.ts" };
  const what = names === "*" ? "*" : names;
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: `export ${what} from "./${base}"`, resolveDir: join(root, dir), loader: "ts" },
    outfile: join(root, "out.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    legalComments: "none",
    sourcemap: "external",
    write: false,
    plugins: [source],
    logLevel: "error",
  });
  const [map, { text }] = result.outputFiles;
  const all = pieces(text, JSON.parse(map.text));
  const parts = [...new Set(all.map(({ file }) => partOf(file)))].map((part) => {
    const own = all.filter(({ file }) => partOf(file) === part).map((piece) => piece.text);
    const rest = all.filter(({ file }) => partOf(file) !== part).map((piece) => piece.text);
    return { part, bytes: own.join("").length, gzip: gzipped(text) - gzipped(rest.join("")) };
  });
  parts.sort((a, b) => b.gzip - a.gzip);
  const row = (part, bytes, gzip) =>
    console.log(`${String(bytes).padStart(8)} ${String(gzip).padStart(7)}  ${part}`);
  console.log(`${name}\n${"minified".padStart(8)} ${"gzip".padStart(7)}`);
  for (const { part, bytes, gzip } of parts) row(part, bytes, gzip);
  row("together\n", text.length, gzipped(text));
}

for (const budget of JSON.parse(readFileSync(join(root, ".size-limit.json"), "utf8"))) await why(budget);
