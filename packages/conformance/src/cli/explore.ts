// `explore`: the exhaustive search of src/explore, with its own options
import type { Command } from "commander";
import { runExplore } from "../explore/index.ts";

export function addExplore(program: Command, exit: (code: number) => void): void {
  program
    .command("explore")
    .description("every order of events within a bound, each rule checked at every step (explore --help)")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action((_flags: object, command: Command) => exit(runExplore(command.args)));
}
