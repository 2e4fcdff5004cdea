// A registry on this machine that knows the tarballs alone, for who takes packages by name and no files: Deno
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Manifest, type PackageName, pack } from "./pack.ts";
import { run } from "./root.ts";

export interface Registry {
  readonly url: string;
  /** The packages whose tarball was fetched. */
  readonly fetched: ReadonlySet<string>;
  close(): void;
}

/** What a registry answers for a package's name: its versions, and where the tarball of each is. */
function packument(manifest: Manifest, bytes: Uint8Array, url: string): unknown {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const dist = { tarball: `${url}${name}.tgz`, integrity };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

/** Serves the packed libraries as the registry of the scope `@puredave`, until closed. */
export async function serveTarballs(names: readonly PackageName[]): Promise<Registry> {
  const fetched = new Set<string>();
  const packages = names.map((name) => {
    const { path } = pack(name);
    const manifest = JSON.parse(run("tar", ["-xzOf", path, "package/package.json"])) as Manifest;
    return { manifest, bytes: readFileSync(path) };
  });
  let url = "";
  const server = createServer((request, response) => {
    // asked as /@puredave%2fdave and /@puredave/dave.tgz
    const path = decodeURIComponent(request.url!).slice(1);
    const found = packages.find(({ manifest: { name } }) => path === name || path === `${name}.tgz`);
    if (found === undefined) return response.writeHead(404).end();
    const { manifest, bytes } = found;
    if (path === manifest.name) return response.end(JSON.stringify(packument(manifest, bytes, url)));
    fetched.add(manifest.name);
    return response.end(bytes);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, fetched, close: () => server.close() };
}
