// Vectors: JSON with bytes as hex, read from the shared folder beside the repository.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import type { CryptoProvider } from "../../src/index.ts";
import { backends } from "./crypto.ts";

// biome-ignore lint/suspicious/noExplicitAny: the shape of a vector file is what its suite says
export type Json = any;

const folder = (name: string) =>
  fileURLToPath(new URL(`../../../../../shared/vectors/${name}/`, import.meta.url));

export const loadVectors = (name: string): Json => {
  const [set, file] = name.split("/");
  return JSON.parse(readFileSync(`${folder(set!)}${file}.json`, "utf8"));
};

export const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/**
 * One suite of the MLS working group's formats on both sets and both backends. The published set (`mls`) may not be
 * copied into the repository: where it is absent its tests are skipped and say so.
 */
export function rfcVectors(suite: string, check: (vector: Json, crypto: CryptoProvider) => void): void {
  for (const set of ["mlspp", "mls"]) {
    const file = `${folder(set)}${suite}.json`;
    if (!existsSync(file)) {
      if (existsSync(folder(set))) continue; // this set has no such suite
      describe(`${set}/${suite}`, () => {
        it.skip(`not available: ../shared/vectors/${set} is absent`, () => undefined);
      });
      continue;
    }
    const vectors = (JSON.parse(readFileSync(file, "utf8")) as Json[])
      .map((vector, index) => ({ vector, index }))
      // tree-operations is published for suite 1, whose hash is the same; the rest must be suite 2.
      .filter(({ vector }) => [undefined, 1, 2].includes(vector.cipher_suite));
    describe.each(backends)(`${set}/${suite}, $backend backend`, (crypto) => {
      it.each(vectors)("case $index", ({ vector }) => check(vector, crypto));
    });
  }
}
