// npm run claims [-- --only TEXT]: each claim of docs/security.md and docs/audit-guide.md as proved, failed or not proved.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Claim, Verdict } from "./claims/claim.ts";
import { guideClaims } from "./claims/documents.ts";
import { prove } from "./claims/prove.ts";
import { SECURITY_CLAIMS } from "./claims/security.ts";

const HELP = `usage: npm run claims [-- --only TEXT] [--list]
Prints each claim of docs/security.md and docs/audit-guide.md as proved, failed or not proved, and by what.
Ten minutes at most. Exit code 1 when one has failed.
  --only TEXT  claims whose id, sentence or check holds TEXT
  --list       their ids and sentences, without asking`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    only: { type: "string" },
    list: { type: "boolean" },
  },
});

const mentions = ({ id, text, proof }: Claim, word: string) =>
  [id, text, proof.by === "check" ? proof.check : ""].some((part) => part.includes(word));

const plain = (text: string) => text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");

function print(claim: Claim, { verdict, by }: Verdict): void {
  console.log(`${verdict.padEnd(10)}  ${claim.id}: ${plain(claim.text)}\n            ${by}`);
}

if (values.help) console.log(HELP);
else {
  const all = [...SECURITY_CLAIMS, ...guideClaims(readFileSync("docs/audit-guide.md", "utf8"))];
  const { only } = values;
  const claims = only === undefined ? all : all.filter((claim) => mentions(claim, only));
  if (claims.length === 0) {
    console.error(`no claim holds ${JSON.stringify(only)}; --list prints them all`);
    process.exitCode = 2;
  } else if (values.list) for (const { id, text } of claims) console.log(`${id}: ${plain(text)}`);
  else {
    const verdicts = await prove(process.cwd(), claims);
    claims.forEach((claim, i) => {
      print(claim, verdicts[i]!);
    });
    const count = (name: Verdict["verdict"]) => verdicts.filter(({ verdict }) => verdict === name).length;
    console.log(`${count("proved")} proved, ${count("failed")} failed, ${count("not proved")} not proved`);
    process.exitCode = count("failed") > 0 ? 1 : 0;
  }
}
