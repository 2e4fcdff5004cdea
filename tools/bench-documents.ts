// npm run bench -- documents: runs each command that docs/benchmarks.md names in a marker, and writes what it prints there.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const FILE = "docs/benchmarks.md";
/** `<!-- bench: frames --runtime all -->`, what that printed, `<!-- /bench -->`. */
const BLOCK = /(<!-- bench: (.+?) -->\n)[\s\S]*?(<!-- \/bench -->)/g;
/** With several runtimes, the tables of all of them together begin here. */
const TOGETHER = "auto, µs";

/** What the command prints, as Markdown: tables as they are, anything else as text. */
function printed(words: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, process.argv[1]!, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`bench ${words.join(" ")} ended with ${status}`);
  const from = words[0] === "frames" ? Math.max(0, stdout.indexOf(TOGETHER)) : 0;
  const text = stdout
    .slice(from)
    .trim()
    .replace(/\n{3,}/g, "\n\n");
  return /^\|/m.test(text) ? text : `\`\`\`text\n${text}\n\`\`\``;
}

/** Runs the commands whose words contain `only`, all of them by default. The file is written after each. */
export function writeDocuments(only: string | undefined): number {
  const commands = [...readFileSync(FILE, "utf8").matchAll(BLOCK)].map((match) => match[2]!);
  const chosen = commands.filter((command) => only === undefined || command.includes(only));
  if (chosen.length === 0) throw new TypeError(`documents: no command contains ${only}`);
  for (const command of chosen) {
    console.error(`bench ${command} …`);
    const text = printed(command.split(" "));
    const before = readFileSync(FILE, "utf8");
    const after = before.replace(BLOCK, (block, start: string, its: string, end: string) =>
      its === command ? `${start}\n\`npm run bench -- ${command}\` printed:\n\n${text}\n\n${end}` : block,
    );
    writeFileSync(FILE, after);
  }
  return 0;
}
