// An example made a whole program: names it does not declare are imported, values that it claims are checked.
import ts from "typescript";
import type { Example } from "./extract.ts";

/** Where a name that an example uses without declaring it may come from. */
export interface Source {
  readonly module: string;
  readonly names: ReadonlySet<string>;
}

/** Identifiers that are declared somewhere in the code, and those that are used as values or types. */
function namesOf(source: ts.SourceFile): { declared: Set<string>; used: Set<string> } {
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isName = "name" in parent && parent.name === node;
      const isProperty = ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent);
      if (!isName || ts.isShorthandPropertyAssignment(parent)) used.add(node.text);
      else if (!isProperty) declared.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { declared, used };
}

/** The import lines that an example leaves out, each name from the first source that has it. */
export function missingImports(code: string, sources: readonly Source[]): string {
  const { declared, used } = namesOf(parse(code));
  const wanted = new Map<string, string[]>();
  for (const name of used) {
    const from = declared.has(name) ? undefined : sources.find(({ names }) => names.has(name));
    if (from !== undefined) wanted.set(from.module, [...(wanted.get(from.module) ?? []), name]);
  }
  return [...wanted].map(([module, names]) => `import { ${names.join(", ")} } from "${module}";`).join(" ");
}

const parse = (code: string): ts.SourceFile =>
  ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);

const LITERALS = new Set([
  ts.SyntaxKind.ParenthesizedExpression,
  ts.SyntaxKind.ArrayLiteralExpression,
  ts.SyntaxKind.ObjectLiteralExpression,
  ts.SyntaxKind.PropertyAssignment,
  ts.SyntaxKind.PrefixUnaryExpression,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.BigIntLiteral,
  ts.SyntaxKind.TrueKeyword,
  ts.SyntaxKind.FalseKeyword,
]);

function isLiteral(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return node.text === "undefined" || ts.isPropertyAssignment(node.parent);
  return LITERALS.has(node.kind) && ts.forEachChild(node, (child) => !isLiteral(child) || undefined) !== true;
}

/** What a comment behind a line claims: a literal, or a number of bytes. */
function claimOf(comment: string): string | undefined {
  const [, bytes] = /^(\d+) bytes\b/.exec(comment) ?? [];
  if (bytes !== undefined) return `bytes(${bytes})`;
  const source = parse(`(${comment})`);
  const broken = (source as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length > 0;
  const [statement] = source.statements;
  if (broken || source.statements.length !== 1 || !ts.isExpressionStatement(statement!)) return undefined;
  return isLiteral(statement.expression) ? `equals(${comment})` : undefined;
}

/** The text of a statement whose value can be claimed, and what names the value afterwards. */
function claimedValue(
  statement: ts.Statement,
  source: ts.SourceFile,
): { before: string; value: string } | undefined {
  if (ts.isExpressionStatement(statement)) return { before: "", value: statement.expression.getText(source) };
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration] = statement.declarationList.declarations;
  if (declaration === undefined || !ts.isIdentifier(declaration.name)) return undefined;
  return { before: `${statement.getText(source)} `, value: declaration.name.text };
}

/** The code with each claimed value compared; lines stay where they are. */
export function withClaims(code: string, place: string): { code: string; claims: number } {
  const source = parse(code);
  let claims = 0;
  let out = code;
  for (const statement of [...source.statements].reverse()) {
    const rest = code.slice(statement.end, code.indexOf("\n", statement.end) + 1 || undefined);
    const [, comment] = /^[ \t]*\/\/ (.*)/.exec(rest) ?? [];
    const claim = comment === undefined ? undefined : claimOf(comment.trim());
    const said = claim === undefined ? undefined : claimedValue(statement, source);
    if (said === undefined) continue;
    claims++;
    const check = `${said.before}claims.${claim!.replace(/\)$/, `, ${said.value}, "${place}")`)};`;
    out = out.slice(0, statement.getStart(source)) + check + out.slice(statement.end);
  }
  return { code: out, claims };
}

/** The program that runs: missing names imported, claims compared. */
export function programOf(example: Example, sources: readonly Source[]): string {
  const { code, claims } = withClaims(example.code, example.place);
  const head = claims > 0 ? 'import * as claims from "example:claims"; ' : "";
  return `${head}${missingImports(example.code, sources)}\n${code}`;
}

/** The program that is type-checked: as written, and a module whatever it holds. */
export const checkedProgramOf = (example: Example, sources: readonly Source[]): string =>
  `export {}; ${missingImports(example.code, sources)}\n${example.code}`;
