// The first example of dave's README, as a reader copies it
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

/** The README's first block of a language. */
function firstBlock(language: string): string {
  const readme = readFileSync(join(root, "packages", "dave", "README.md"), "utf8");
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  if (block === undefined) throw new Error(`packages/dave/README.md has no block in ${language}`);
  return block;
}

/** The program, and what the README says it prints. */
export const firstExample = () => ({ program: firstBlock("js"), prints: firstBlock("text") });
