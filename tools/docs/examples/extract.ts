// Examples of the documents and of the public doc comments, as programs to be checked and run.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { filesBelow } from "../files.ts";

export interface Example {
  /** File and line of the first line of code, e.g. `packages/dave/README.md:12`. */
  readonly place: string;
  readonly language: "js" | "ts";
  readonly code: string;
  /** Why it is only type-checked: the words behind `no-run:` in the fence's info string. */
  readonly noRun: string | undefined;
  /** What it prints, where the document says so: the `text` fence that follows. */
  readonly prints: string | undefined;
}

/** A block of shell commands. */
export interface Commands {
  readonly place: string;
  readonly lines: readonly string[];
}

interface Fence {
  readonly info: string;
  readonly body: string;
  readonly line: number;
  /** Offset behind the fence. */
  readonly end: number;
}

/** Every document whose examples count: root, `docs/` and the README of each package. */
export function documentPaths(root: string): string[] {
  const markdown = (folder: string) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .sort()
      .map((name) => (folder === "." ? name : `${folder}/${name}`));
  return [".", "docs", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`)].flatMap(
    markdown,
  );
}

function fencesOf(text: string): Fence[] {
  return [...text.matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1]!.trim(),
    body: match[2]!,
    line: text.slice(0, match.index).split("\n").length + 1,
    end: match.index + match[0].length,
  }));
}

/** The `text` fence right behind an example, with nothing but one short line between, says what it prints. */
function printedBelow(text: string, fence: Fence, next: Fence | undefined): string | undefined {
  if (next?.info !== "text") return undefined;
  const between = text.slice(fence.end, text.indexOf("```text", fence.end)).trim();
  return between.includes("\n") ? undefined : next.body;
}

/** The examples of one document in `js` and `ts` fences. */
export function fencedExamples(path: string, text: string): Example[] {
  const fences = fencesOf(text);
  return fences.flatMap((fence, i) => {
    const [, language, rest] = /^(js|ts)\b\s*(.*)$/.exec(fence.info) ?? [];
    if (language === undefined) return [];
    const [, reason] = /^no-run: (.+)$/.exec(rest!) ?? [];
    if (rest !== "" && reason === undefined) throw new Error(`${path}:${fence.line}: unknown mark: ${rest}`);
    return [
      {
        place: `${path}:${fence.line}`,
        language: language as "js" | "ts",
        code: fence.body,
        noRun: reason,
        prints: printedBelow(text, fence, fences[i + 1]),
      },
    ];
  });
}

/** The commands of one document in `sh` fences, comments and continued lines put away. */
export function fencedCommands(path: string, text: string): Commands[] {
  return fencesOf(text)
    .filter(({ info }) => info === "sh")
    .map(({ body, line }) => ({
      place: `${path}:${line}`,
      lines: body
        .replaceAll(/\\\n\s*/g, " ")
        .split("\n")
        .map((words) => words.replace(/(^|\s)#.*$/, "").trim())
        .filter((words) => words !== ""),
    }));
}

/** The `@example` blocks of doc comments in a package's source. */
export function commentExamples(root: string, packageName: string): Example[] {
  return filesBelow(root, `packages/${packageName}/src`).flatMap(({ path, text }) => {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const found = new Map<number, Example>();
    const visit = (node: ts.Node): void => {
      for (const tag of ts.getJSDocTags(node)) {
        if (tag.tagName.text !== "example") continue;
        const comment = ts.getTextOfJSDocComment(tag.comment) ?? "";
        const [, fenced] = /^```(?:ts|js)\n([\s\S]*?)\n```/m.exec(comment) ?? [];
        const line = source.getLineAndCharacterOfPosition(tag.getStart(source)).line + 1;
        const place = `${path}:${line}`;
        found.set(line, {
          place,
          language: "ts",
          code: fenced ?? comment,
          noRun: undefined,
          prints: undefined,
        });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return [...found.values()];
  });
}

/** Reads all documents of the repository. */
export const readDocuments = (root: string): { path: string; text: string }[] =>
  documentPaths(root).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
