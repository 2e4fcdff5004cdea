// Node, Deno and Bun: they resolve the installed packages themselves
import { join } from "node:path";
import { run } from "../packaging/root.ts";
import { NODE_VERSIONS, type NodeVersion, tool } from "../packaging/tools.ts";
import { bundle } from "./build.ts";
import { start, tail } from "./processes.ts";
import type { Runtime, Workplace } from "./runtime.ts";
import type { SuiteReport } from "./suite/report.ts";

/** Built once; beside node_modules, so that its imports are found there. */
async function suiteIn({ installed }: Workplace): Promise<string> {
  const outfile = join(installed, "suite.mjs");
  await bundle({ entry: "hosts/console.ts", outfile, installed, external: true });
  return outfile;
}

async function reportOf(command: string, args: readonly string[], cwd: string): Promise<SuiteReport> {
  const running = start(command, args, cwd);
  const code = await running.ended;
  const line = running
    .printed()
    .split("\n")
    .find((text) => text.startsWith('{"backend"'));
  if (code !== 0 || line === undefined) throw new Error(`exit code ${code}: ${tail(running.printed())}`);
  return JSON.parse(line) as SuiteReport;
}

const node = (version: NodeVersion): Runtime => ({
  id: `node-${version}`,
  title: `Node ${version}`,
  async run(place) {
    const binary = tool(`node-${version}`);
    const report = await reportOf(binary, [await suiteIn(place)], place.installed);
    return { version: run(binary, ["--version"]).trim().replace(/^v/, ""), report };
  },
});

const deno: Runtime = {
  id: "deno",
  title: "Deno 2",
  async run(place) {
    const binary = tool("deno");
    const words = ["run", "--no-prompt", "--node-modules-dir=manual", "--allow-env"];
    const report = await reportOf(binary, [...words, await suiteIn(place)], place.installed);
    return { version: /^deno (\S+)/.exec(run(binary, ["--version"]))?.[1] ?? "?", report };
  },
};

const bun: Runtime = {
  id: "bun",
  title: "Bun 1",
  async run(place) {
    const binary = tool("bun");
    const report = await reportOf(binary, [await suiteIn(place)], place.installed);
    return { version: run(binary, ["--version"]).trim(), report };
  },
};

export const CONSOLE_RUNTIMES: readonly Runtime[] = [...NODE_VERSIONS.map(node), deno, bun];
