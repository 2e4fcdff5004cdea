// The lists of docs/security.md and the first page of docs/audit-guide.md, made from the claims and the files themselves.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Claim, Proof } from "./claim.ts";
import { SECTIONS } from "./security.ts";
import { TRUSTED } from "./trusted.ts";

const link = (path: string) => `[${basename(path)}](../${path})`;

function heldBy(proof: Proof): string {
  switch (proof.by) {
    case "tests":
      return `Tests: ${proof.files.map(link).join(", ")}.`;
    case "check":
      return `Check: \`npm run claims -- --only ${proof.check}\`.`;
    case "timing":
      return "Check: `npm run timing`.";
    case "mutation":
      return `Check: \`npm run mutation -- ${proof.folder}\`, by hand.`;
    case "nothing":
      return `Not proved: ${proof.reason}.`;
  }
}

/** Puts `content` between the markers of that name. */
function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no markers for ${name}`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}

/** docs/security.md with its lists as the claims are now. */
export const securityDocument = (text: string): string =>
  Object.entries(SECTIONS).reduce(
    (whole, [section, rows]) =>
      between(
        whole,
        `claims: ${section}`,
        `${rows.map(([, sentence, proof]) => `* ${sentence} ${heldBy(proof)}`).join("\n")}\n`,
      ),
    text,
  );

const lines = (path: string) => readFileSync(path, "utf8").split("\n").length - 1;

/** docs/audit-guide.md with its first page as the files are now. @throws when a file to trust is missing */
export function auditGuide(root: string, text: string): string {
  const rows = TRUSTED.flatMap(({ files, why }) => {
    const counts = files.map((file) => lines(join(root, file)));
    return files.map((file, i) => ({ file, count: counts[i]!, why: i === 0 ? why : "" }));
  });
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const table = rows.map(({ file, count, why }, i) => {
    const name = file.replace(/^packages\//, "").replace("/src/", "/");
    return `| ${i + 1} | [${name}](../${file}) | ${count} | ${why} |`;
  });
  return between(
    text,
    "first page",
    `${["| | file | lines | what it is trusted with |", "| ---: | --- | ---: | --- |", ...table].join("\n")}\n\n${rows.length} files, ${total} lines, comments included.\n`,
  );
}

/** The rows of the guide's tables as claims: each file's guarantee, held by the tests that its row names. */
export function guideClaims(text: string): Claim[] {
  const targets = (cell: string) => [...cell.matchAll(/\]\(\.\.\/([^)\s#]+)\)/g)].map(([, path]) => path!);
  return text
    .split("\n")
    .filter((line) => /^\| \[/.test(line))
    .map((line) => {
      const [file, guarantee, , negative] = line.split(" | ");
      const [path] = targets(file!);
      return {
        id: `guide/${path!.replace(/^packages\//, "").replace("/src/", "/")}`,
        document: "docs/audit-guide.md",
        text: guarantee!,
        proof: { by: "tests", files: targets(negative!) },
      };
    });
}
