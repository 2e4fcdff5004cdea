// Type-checks and runs examples, on the packages' source.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import ts from "typescript";
import type { Example } from "./extract.ts";
import { checkedProgramOf, programOf, type Source } from "./program.ts";

const LIBRARIES = ["dave", "frame-crypto", "mls"] as const;
/** Entries beside the main ones whose examples leave their imports out. */
const FURTHER = ["@puredave/dave/protocol", "@puredave/dave/testing", "@puredave/dave/voice"];
const STAGE = "example:stage";

const sourceOf = (root: string, module: string): string => {
  const [, name, sub = "index"] = /^@puredave\/([^/]+)(?:\/(.+))?$/.exec(module)!;
  return join(root, "packages", name!, "src", `${sub}.ts`);
};

/** Where names that an example does not declare come from: the package it belongs to, the others, the stage. */
export function sourcesFor(root: string, example: Example): Source[] {
  const own = LIBRARIES.find((name) => example.place.startsWith(`packages/${name}/`));
  const ordered = [...LIBRARIES].sort((a, b) => Number(b === own) - Number(a === own));
  const modules = [...ordered.map((name) => `@puredave/${name}`), ...FURTHER];
  return [
    ...modules.map((module) => ({ module, names: exportsOf(sourceOf(root, module)) })),
    { module: STAGE, names: exportsOf(join(root, "tools/docs/examples/stage.ts")) },
  ];
}

const known = new Map<string, ReadonlySet<string>>();

/** The names a module lists by hand or declares. */
function exportsOf(file: string): ReadonlySet<string> {
  const before = known.get(file);
  if (before !== undefined) return before;
  const source = ts.createSourceFile(file, ts.sys.readFile(file)!, ts.ScriptTarget.Latest, true);
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    )
      for (const { name } of statement.exportClause.elements) names.add(name.text);
    else if (
      ts.isVariableStatement(statement) &&
      statement.modifiers?.[0]?.kind === ts.SyntaxKind.ExportKeyword
    )
      for (const { name } of statement.declarationList.declarations) names.add(name.getText(source));
  }
  known.set(file, names);
  return names;
}

function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  return {
    ...options,
    allowJs: true,
    checkJs: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    erasableSyntaxOnly: false,
    paths: {
      ...options.paths,
      // what docs/bots.md asks its readers to install
      ws: [join(root, "packages/conformance/node_modules/@types/ws")],
      [STAGE]: [join(root, "tools/docs/examples/stage.ts")],
    },
  };
}

/** Errors of the compiler by place; examples in JavaScript are checked as leniently as an editor checks them. */
export function typeFaults(root: string, examples: readonly Example[]): Map<string, string[]> {
  const faults = new Map<string, string[]>();
  for (const language of ["js", "ts"] as const) {
    const files = new Map(
      examples
        .filter((example) => example.language === language)
        .map((example) => [fileName(root, example), example] as const),
    );
    if (files.size === 0) continue;
    const lenient = { strict: false, noImplicitAny: false, noUncheckedIndexedAccess: false };
    const options = { ...compilerOptions(root), ...(language === "js" ? lenient : {}) };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (file) => files.has(file) || fileExists.call(host, file);
    host.getSourceFile = (file, ...rest) => {
      const example = files.get(file);
      if (example === undefined) return getSourceFile.call(host, file, ...rest);
      return ts.createSourceFile(file, checkedProgramOf(example, sourcesFor(root, example)), rest[0], true);
    };
    const program = ts.createProgram([...files.keys()], options, host);
    for (const [file, example] of files) {
      const source = program.getSourceFile(file)!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      if (found.length > 0) faults.set(example.place, found.map(inWords));
    }
  }
  return faults;
}

const fileName = (root: string, { place, language }: Example): string =>
  join(root, "tools/docs/examples/virtual", `${place.replaceAll(/[^a-z0-9]+/gi, "-")}.${language}`);

function inWords({ messageText, file, start = 0 }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
}

/** Bundles every example for Node; gives the file of each. */
export async function bundleExamples(
  root: string,
  examples: readonly Example[],
): Promise<Map<string, string>> {
  const folder = join(root, "node_modules/.cache/puredave/examples", String(process.pid));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, string>();
  const entries: string[] = [];
  for (const example of examples) {
    const name = example.place.replaceAll(/[^a-z0-9]+/gi, "-");
    const entry = join(folder, `${name}.${example.language}`);
    writeFileSync(entry, programOf(example, sourcesFor(root, example)));
    entries.push(entry);
    files.set(example.place, join(folder, "out", `${name}.js`));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  await build({
    entryPoints: entries,
    outdir: join(folder, "out"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
    treeShaking: false,
    plugins: [
      {
        name: "examples",
        setup(b) {
          b.onResolve({ filter: /^@puredave\// }, ({ path }) => ({ path: sourceOf(root, path) }));
          b.onResolve({ filter: /^@noble\// }, ({ path, kind, pluginData }) =>
            pluginData === "again"
              ? undefined
              : b.resolve(path, { kind, resolveDir: join(root, "packages/mls"), pluginData: "again" }),
          );
          b.onResolve({ filter: /^example:/ }, ({ path }) => ({
            path: join(root, "tools/docs/examples", `${path.slice("example:".length)}.ts`),
          }));
        },
      },
    ],
  });
  return files;
}

const run = promisify(execFile);

export interface RunResult {
  readonly ok: boolean;
  readonly printed: string;
}

async function node(args: readonly string[]): Promise<RunResult> {
  try {
    const { stdout, stderr } = await run(process.execPath, args, { timeout: 60_000 });
    return { ok: true, printed: stdout + stderr };
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    return { ok: false, printed: `${message}\n${stdout}${stderr}` };
  }
}

/** Runs a bundled example in a process of its own; what it printed. */
export const runExample = (file: string): Promise<RunResult> => node([file]);

/** Imports one module after the other; a line of JSON for each. */
const IMPORT_ALL = `
const results = {};
for (const file of process.argv.slice(1))
  await import(file).then(() => results[file] = "", (error) => results[file] = String(error?.stack ?? error));
console.log("\\n" + JSON.stringify(results));
`;

/** Runs examples that print nothing of interest, in one process; faults by file, "" for none. */
export async function importAll(files: readonly string[]): Promise<Record<string, string>> {
  const { ok, printed } = await node(["--input-type=module", "-e", IMPORT_ALL, ...files]);
  if (!ok) throw new Error(printed);
  return JSON.parse(printed.trimEnd().split("\n").at(-1)!) as Record<string, string>;
}
