// workerd, with and without node:crypto, and Vercel's edge-runtime: the suite answers a request
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../packaging/root.ts";
import { tool } from "../packaging/tools.ts";
import { bundle } from "./build.ts";
import { freePort, LIMIT_MS, type Running, start, tail, wait } from "./processes.ts";
import type { Runtime } from "./runtime.ts";
import type { SuiteReport } from "./suite/report.ts";

const COMPATIBILITY_DATE = "2026-11-01";

const configuration = (
  port: number,
  flags: readonly string[],
): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .suite)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const suite :Workerd.Worker = (
  modules = [(name = "suite.mjs", esModule = embed "suite.mjs")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ${JSON.stringify(flags)},
);
`;

/** Asks until the server listens; then waits for the one answer. */
async function ask(port: number, server: Running): Promise<SuiteReport> {
  let over = false;
  const died = server.ended.then((code) => {
    over = true;
    throw new Error(`exit code ${code}: ${tail(server.printed())}`);
  });
  const answer = async (): Promise<SuiteReport> => {
    while (!over) {
      try {
        const signal = AbortSignal.timeout(LIMIT_MS);
        const response = await fetch(`http://127.0.0.1:${port}/`, { signal });
        if (!response.ok) throw new Error(`answered ${response.status}: ${await response.text()}`);
        return (await response.json()) as SuiteReport;
      } catch (error) {
        // not listening yet
        if (!(error instanceof TypeError)) throw error;
        await wait(100);
      }
    }
    return died;
  };
  return Promise.race([answer(), died]);
}

const workerd = (id: string, title: string, flags: readonly string[]): Runtime => ({
  id,
  title,
  async run({ installed, folder }) {
    const binary = tool("workerd");
    await bundle({ entry: "hosts/fetch.ts", outfile: join(folder, "suite.mjs"), installed });
    const port = await freePort();
    writeFileSync(join(folder, "config.capnp"), configuration(port, flags));
    const server = start(binary, ["serve", "config.capnp"], folder);
    try {
      const report = await ask(port, server);
      return {
        version: run(binary, ["--version"])
          .trim()
          .replace(/^workerd /, ""),
        report,
      };
    } finally {
      server.stop();
      await server.ended;
    }
  },
});

const EDGE_HOST = `import { readFileSync } from "node:fs";
import { EdgeRuntime } from "edge-runtime";

const runtime = new EdgeRuntime({ initialCode: readFileSync(process.argv[2], "utf8") });
const response = await runtime.dispatchFetch("http://127.0.0.1/");
console.log(await response.text());
process.exit(0);
`;

const edge: Runtime = {
  id: "edge-runtime",
  title: "Vercel edge-runtime",
  async run({ installed, folder }) {
    const place = tool("edge-runtime");
    const outfile = join(folder, "suite.js");
    await bundle({ entry: "hosts/edge.ts", outfile, installed, options: { format: "iife" } });
    writeFileSync(join(place, "host.mjs"), EDGE_HOST);
    const host = start(process.execPath, [join(place, "host.mjs"), outfile], place);
    const code = await host.ended;
    const line = host
      .printed()
      .split("\n")
      .find((text) => text.startsWith('{"backend"'));
    if (code !== 0 || line === undefined) throw new Error(`exit code ${code}: ${tail(host.printed())}`);
    const manifest = join(place, "node_modules", "edge-runtime", "package.json");
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { version, report: JSON.parse(line) as SuiteReport };
  },
};

export const EDGE_RUNTIMES: readonly Runtime[] = [
  workerd("workerd", "workerd", []),
  workerd("workerd-node", "workerd, nodejs_compat", ["nodejs_compat"]),
  edge,
];
