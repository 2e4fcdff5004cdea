// Bundles the suite for its hosts, every package taken from the folder where the tarballs are installed.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { root } from "../packaging/root.ts";

/** The vectors of the installed conformance package, as a module that holds their bytes. */
const embedVectors = (installed: string): Plugin => ({
  name: "embed-vectors",
  setup(bundle) {
    bundle.onResolve({ filter: /^vectors:embedded$/ }, ({ path }) => ({ path, namespace: "vectors" }));
    bundle.onLoad({ filter: /.*/, namespace: "vectors" }, () => {
      const folder = join(installed, "node_modules", "@puredave", "conformance", "vectors");
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((f) =>
        f.endsWith(".cbor"),
      );
      const imports = files.map((file, n) => `import v${n} from ${JSON.stringify(`./${file}`)};`);
      const entries = files.map((file, n) => {
        const [collection, name] = file.replace(/\.cbor$/, "").split("/");
        return `{ collection: "${collection}", name: "${name}", bytes: v${n} }`;
      });
      const contents = `${imports.join("\n")}\nexport const embedded = [${entries.join(", ")}];`;
      return { contents, resolveDir: folder, loader: "js" };
    });
  },
});

const ASKED = "asked";

/** Names of packages are looked up in the installation, never in the workspace. */
const fromInstallation = (installed: string): Plugin => ({
  name: "from-installation",
  setup(bundle) {
    bundle.onResolve({ filter: /^[@a-z]/ }, ({ path, kind, importer, pluginData }) => {
      // the question below comes by here again
      if (pluginData === ASKED || importer.startsWith(installed)) return undefined;
      return bundle.resolve(path, { kind, resolveDir: installed, pluginData: ASKED });
    });
  },
});

const librariesOutside: Plugin = {
  name: "libraries-outside",
  setup(bundle) {
    const libraries = /^@puredave\/(mls|frame-crypto|dave)(\/|$)/;
    bundle.onResolve({ filter: libraries }, ({ path }) => ({ path, external: true }));
  },
};

export interface Bundle {
  /** The host's own module, or the suite itself. */
  readonly entry: string;
  readonly outfile: string;
  readonly installed: string;
  /** The libraries stay imports, for runtimes that resolve packages themselves. */
  readonly external?: boolean;
  readonly options?: BuildOptions;
}

export async function bundle({
  entry,
  outfile,
  installed,
  external = false,
  options = {},
}: Bundle): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [join("tools", "runtimes", entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    loader: { ".cbor": "binary" },
    // the workspace's own paths lead to sources
    tsconfigRaw: {},
    plugins: [embedVectors(installed), ...(external ? [librariesOutside] : []), fromInstallation(installed)],
    logLevel: "warning",
    ...options,
  });
}
