// Serves the page, its modules bundled: node examples/browser/serve.mjs, then open what it prints.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Starts a server on this machine alone; more entries (name → file) may be bundled beside the example's own. */
export async function servePage({ port = 0, entries = {} } = {}) {
  const { outputFiles } = await build({
    entryPoints: { page: `${here}page.mjs`, "dave-worker": `${here}dave-worker.mjs`, ...entries },
    outdir: "/",
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
    nodePaths: [`${here}../node_modules`],
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  files.set("/", await readFile(`${here}index.html`));
  const server = createServer(({ url }, response) => {
    const contents = files.get(url);
    const type = url === "/" ? "text/html" : "text/javascript";
    response.writeHead(contents === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` });
    response.end(contents);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  console.log((await servePage({ port: 8080 })).url);
