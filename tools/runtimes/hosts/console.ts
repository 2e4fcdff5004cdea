// Node, Deno, Bun: the report is the last line that is printed
import { runSuite } from "../suite/main.ts";

console.log(JSON.stringify(await runSuite()));
