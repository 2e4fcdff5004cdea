import { build } from "../../tsup.base.ts";

export default build(
  {
    index: "src/index.ts",
    portable: "src/portable.ts",
    server: "src/server.ts",
    cli: "src/cli.ts",
    call: "src/call/main.ts",
    e2e: "src/e2e/main.ts",
    "sim-worker": "src/sim/worker.ts",
    "scenario-worker": "src/sim/outside/worker.ts",
  },
  { platform: "node", external: ["@snazzah/davey"] },
);
