// davey's WebAssembly build: what is left to a user of davey where no native addon loads. A black box, only timed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const NAME = "@snazzah/davey-wasm32-wasi";
const VERSION = "0.1.12";

/** Installs it apart from the workspace, because package managers refuse `cpu: wasm32` unless they are told otherwise. */
function install(folder: string): boolean {
  console.error(`installing ${NAME} ${VERSION} for the comparison …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--force", "--cpu=wasm32"];
  const { status } = spawnSync("npm", ["install", ...options, `${NAME}@${VERSION}`], {
    cwd: folder,
    stdio: "ignore",
    shell: process.platform === "win32",
    timeout: 120_000,
  });
  if (status !== 0) console.error(`${NAME} could not be installed: its columns say n/a`);
  return status === 0;
}

let loaded: { module: unknown } | undefined;

/** The module, with the same exports as `@snazzah/davey`; `undefined` where it cannot be installed or loaded. */
export function loadDaveyWasm<Davey>(): Davey | undefined {
  if (loaded) return loaded.module as Davey | undefined;
  const folder = join(process.cwd(), "node_modules", ".cache", "puredave", `davey-wasm-${VERSION}`);
  loaded = { module: undefined };
  const here = join(folder, "node_modules", ...NAME.split("/"));
  if (!existsSync(here) && !install(folder)) return undefined;
  try {
    loaded.module = createRequire(join(folder, "package.json"))(NAME);
  } catch (error) {
    console.error(`${NAME} does not load here: ${error instanceof Error ? error.message : String(error)}`);
  }
  return loaded.module as Davey | undefined;
}
