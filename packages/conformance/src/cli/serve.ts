// `serve`: this project as a peer over stdin and stdout
import type { Command } from "commander";
import { selfHandlers } from "../peers/self/index.ts";
import { serve } from "../peers/serve.ts";
import { EXIT, packageVersion } from "./context.ts";

export function addServe(program: Command, exit: (code: number) => void): void {
  program
    .command("serve")
    .description("answer peer protocol 1 on stdin and stdout, one JSON object a line")
    .action(async () => {
      await serve(selfHandlers(packageVersion()), process.stdin, process.stdout);
      exit(EXIT.ok);
    });
}
