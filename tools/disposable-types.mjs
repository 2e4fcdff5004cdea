// Puts the library that declares `Symbol.dispose` before the declarations that name it, for users whose `lib` lacks it;
// tsup drops the line from the source. Run in a package's folder behind tsup.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LINE = '/// <reference lib="esnext.disposable" />\n';

for (const name of readdirSync("dist").filter((file) => file.endsWith(".d.ts"))) {
  const file = join("dist", name);
  const text = readFileSync(file, "utf8");
  if (text.includes("Symbol.dispose") && !text.startsWith(LINE)) writeFileSync(file, LINE + text);
}
