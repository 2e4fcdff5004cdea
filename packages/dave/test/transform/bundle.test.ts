// What ends up where: bundles of each door, from the source, by what esbuild says is in them.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Source files (and packages of others) of which code is in a bundle of these names. */
async function modulesOf(names: string, door: "index" | "transform"): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${names} } from "./packages/dave/src/${door}.ts"`, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    metafile: true,
    write: false,
    logLevel: "error",
    plugins: [
      {
        name: "source",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^@puredave\// }, ({ path }) => ({
            path: `${root}packages/${path.split("/")[1]}/src/index.ts`,
            sideEffects: false,
          })),
      },
    ],
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
}

const among = (modules: string[], what: RegExp) => modules.filter((path) => what.test(path));

describe("what is not asked for is not in the bundle", () => {
  it("a DaveClient brings no transform, and nothing of conformance", async () => {
    const modules = await modulesOf("DaveClient", "index");
    expect(among(modules, /packages\/dave\/src\/client\/client\.ts/)).toHaveLength(1);
    expect(among(modules, /transform(\.ts|\/)|conformance/)).toEqual([]);
  });

  it("the whole index brings no transform either", async () => {
    expect(
      among(await modulesOf("DaveClient, HeldFrames, SsrcResolver", "index"), /src\/transform(\.ts|\/)/),
    ).toEqual([]);
  });

  it("the page's end brings no MLS, no cipher and no client: those are the worker's", async () => {
    const modules = await modulesOf("createDaveWorker", "transform");
    expect(among(modules, /worker\/create\.ts/)).toHaveLength(1);
    expect(
      among(modules, /noble|packages\/mls|dave\/src\/client\/client\.ts|encryptor|decryptor|worker\/serve/),
    ).toEqual([]);
  });

  it("the streams alone bring no client and no messages", async () => {
    const modules = await modulesOf("encryptTransform, decryptTransform", "transform");
    expect(among(modules, /noble|packages\/mls|dave\/src\/client\/client\.ts|transform\/worker/)).toEqual([]);
  });

  it("the worker's end brings the client, and nothing of conformance", async () => {
    const modules = await modulesOf("serveDaveWorker", "transform");
    expect(among(modules, /dave\/src\/client\/client\.ts/)).toHaveLength(1);
    expect(among(modules, /conformance|worker\/create/)).toEqual([]);
  });
});
