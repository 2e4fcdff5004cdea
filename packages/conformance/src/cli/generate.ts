// `generate`: the vector files made anew, or compared with what they are made from
import type { Command } from "commander";
import { check, generate, sharedVectors } from "../vectors/convert.ts";
import { EXIT, print } from "./context.ts";

interface GenerateFlags {
  readonly check?: boolean;
  readonly from?: string;
  readonly json?: boolean;
}

function runCheck(from: string, json: boolean): number {
  const report = check(from);
  const { intact, regenerated, made, problems } = report;
  if (json) {
    print(JSON.stringify({ ...report, regenerated: regenerated ?? null }, null, 2));
  } else {
    print(`${intact} files have the checksum of index.json`);
    print(`${made} files are what their generators make`);
    if (regenerated === undefined) print("recorded JSON: not available, nothing to compare with");
    else print(`${regenerated} files are what the converter makes of the recorded JSON`);
    for (const problem of problems) print(`FAILED ${problem}`);
  }
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
}

function runGenerate(from: string, json: boolean): number {
  const entries = generate(from);
  if (json) print(JSON.stringify(entries, null, 2));
  else for (const { file, cases, bytes } of entries) print(`${file}: ${cases} cases, ${bytes} bytes`);
  return EXIT.ok;
}

export function addGenerate(program: Command, exit: (code: number) => void): void {
  program
    .command("generate")
    .description(
      "make the shipped vector files: from the recorded JSON, and by the generators of src/vectors/made",
    )
    .option(
      "--check",
      "write nothing: compare the shipped files with their checksums, generators and the JSON",
    )
    .option("--from <dir>", "where the recorded JSON lies (holding libdave/ and mlspp/)")
    .option("--json", "what was written or found, as JSON")
    .action(({ check: only, from = sharedVectors(), json = false }: GenerateFlags) =>
      exit(only ? runCheck(from, json) : runGenerate(from, json)),
    );
}
