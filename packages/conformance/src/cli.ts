#!/usr/bin/env node
// The conformance command line. Exit codes: 0 all well, 1 something failed, 2 wrong usage or unreadable input.
import { Command, CommanderError } from "commander";
import { EXIT, packageVersion, UsageError } from "./cli/context.ts";
import { addExplore } from "./cli/explore.ts";
import { addGenerate } from "./cli/generate.ts";
import { addInspect } from "./cli/inspect.ts";
import { addList } from "./cli/list.ts";
import { OutputError } from "./cli/outputs.ts";
import { addRun } from "./cli/run.ts";
import { addServe } from "./cli/serve.ts";
import { addServer } from "./cli/server.ts";
import { addSim } from "./cli/sim.ts";
import { VectorError } from "./vectors/fields.ts";

const HELP = `
Exit codes: 0 all well, 1 something failed, 2 wrong usage or unreadable input.
Colours appear on a terminal only; NO_COLOR switches them off.`;

function makeProgram(): Command {
  const program = new Command("puredave-conformance");
  const exit = (code: number): void => {
    process.exitCode = code;
  };
  program
    .description("Vectors, peers and verdicts for implementations of Discord's DAVE protocol.")
    .version(packageVersion())
    .addHelpText("after", HELP)
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)");
  addRun(program, exit);
  addList(program, exit);
  addGenerate(program, exit);
  addServe(program, exit);
  addServer(program, exit);
  addSim(program, exit);
  addExplore(program, exit);
  addInspect(program, exit);
  return program;
}

/** commander has printed its own errors by now; ours are one line. */
function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (
    error instanceof UsageError ||
    error instanceof OutputError ||
    error instanceof VectorError ||
    isSystemError(error)
  ) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return EXIT.usage;
  }
  throw error;
}

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && "syscall" in error;

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = codeOf(error);
}
