// esbuild, Rollup, webpack, Vite and Bun bundle a round trip from the tarballs; the result runs in plain Node
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { expect, it } from "vitest";
import { installed } from "../install.ts";
import { LIBRARIES } from "../pack.ts";
import { run } from "../root.ts";
import { tool } from "../tools.ts";

const PROGRAM = `import { DaveClient } from "@puredave/dave";
import { HashRatchet } from "@puredave/dave/protocol";
import { Decryptor, Encryptor, ReceiverKey, SenderKey } from "@puredave/frame-crypto";
import { createCryptoProvider } from "@puredave/mls";

const client = new DaveClient({ userId: "1", channelId: "2", send() {} });
const refused = client.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(20) });
const ratchet = () => new HashRatchet(createCryptoProvider(), new Uint8Array(16));
const encryptor = new Encryptor();
encryptor.setKey(new SenderKey(ratchet()));
const decryptor = new Decryptor();
decryptor.install(new ReceiverKey(ratchet(), { preparedAt: 0 }));
const frame = new TextEncoder().encode("an Opus frame");
const sealed = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame });
const opened = decryptor.decrypt({ mediaType: "audio", frame: sealed.frame, now: 0 });
console.log(refused.outcome, sealed.outcome, new TextDecoder().decode(opened.frame));
`;

interface Job {
  readonly folder: string;
  readonly entry: string;
  readonly out: string;
  /** What the bundler had to complain of. */
  readonly warnings: string[];
}

// biome-ignore lint/suspicious/noExplicitAny: the bundlers are fetched on demand, their types are not here
type Foreign = any;

async function load(name: string): Promise<Foreign> {
  const path = createRequire(join(tool("bundlers"), "package.json")).resolve(name);
  const found = (await import(pathToFileURL(path).href)) as Foreign;
  return found.default?.webpack === undefined ? found : found.default;
}

const BUNDLERS: Readonly<Record<string, (job: Job) => Promise<void> | void>> = {
  async esbuild({ entry, out, warnings }) {
    const outfile = join(out, "bundle.mjs");
    const made = await esbuild({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: "esm",
      platform: "browser",
    });
    warnings.push(...made.warnings.map(({ text }) => text));
  },
  async rollup({ entry, out, warnings }) {
    const { rollup } = await load("rollup");
    const { nodeResolve } = await load("@rollup/plugin-node-resolve");
    const onwarn = ({ message }: { message: string }) => warnings.push(message);
    const bundle = await rollup({ input: entry, plugins: [nodeResolve({ browser: true })], onwarn });
    await bundle.write({ file: join(out, "bundle.mjs"), format: "es" });
  },
  async webpack({ folder, entry, out, warnings }) {
    const webpack = await load("webpack");
    const output = { path: out, filename: "bundle.mjs", module: true };
    const options = { mode: "production", target: ["web", "es2022"], context: folder, entry, output };
    const more = { experiments: { outputModule: true }, performance: { hints: false } };
    const stats: Foreign = await new Promise((resolve, reject) =>
      webpack({ ...options, ...more }, (error: Error | null, done: unknown) =>
        error ? reject(error) : resolve(done),
      ),
    );
    const { errors, warnings: said } = stats.toJson({ all: false, errors: true, warnings: true });
    warnings.push(...[...errors, ...said].map(({ message }: { message: string }) => message));
  },
  async vite({ folder, entry, out, warnings }) {
    const { build } = await load("vite");
    const rollupOptions = { onwarn: ({ message }: { message: string }) => void warnings.push(message) };
    const lib = { entry, formats: ["es"], fileName: () => "bundle.mjs" };
    const options = { outDir: out, lib, rollupOptions, emptyOutDir: false };
    await build({ root: folder, configFile: false, logLevel: "silent", build: options });
  },
  bun({ folder, entry, out }) {
    run(tool("bun"), ["build", entry, "--target=browser", `--outfile=${join(out, "bundle.mjs")}`], {
      cwd: folder,
    });
  },
};

it.each(Object.keys(BUNDLERS))("%s, for browsers: no warning, and the bundle runs", async (name) => {
  const folder = installed(LIBRARIES);
  const out = join(folder, "bundles", name);
  mkdirSync(out, { recursive: true });
  const entry = join(folder, "entry.mjs");
  writeFileSync(entry, PROGRAM);
  const job = { folder, entry, out, warnings: [] };
  await BUNDLERS[name]!(job);
  expect(job.warnings).toEqual([]);
  expect(readdirSync(out)).toContain("bundle.mjs");
  expect(run(process.execPath, [join(out, "bundle.mjs")]).trim()).toBe("not-ready encrypted an Opus frame");
});
