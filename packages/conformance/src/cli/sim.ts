// `sim`: the simulator of src/sim, with its own options
import type { Command } from "commander";
import { runSim } from "../sim/index.ts";

export function addSim(program: Command, exit: (code: number) => void): void {
  program
    .command("sim")
    .description("simulated calls under virtual time, every invariant checked at every step (sim --help)")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_flags: object, command: Command) => exit(await runSim(command.args)));
}
