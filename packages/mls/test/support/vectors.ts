// Vectors: JSON with bytes as hex, read from the shared folder beside the repository.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = (name: string) =>
  fileURLToPath(new URL(`../../../../../shared/vectors/${name}/`, import.meta.url));

/** Whether a folder of vectors is there; `mls` may not be copied into the repository. */
export const hasVectors = (name: string): boolean => existsSync(folder(name));

// biome-ignore lint/suspicious/noExplicitAny: the shape of a vector file is what its suite says
export const loadVectors = (name: string): any =>
  JSON.parse(readFileSync(`${folder(name.split("/")[0]!) + name.split("/")[1]!}.json`, "utf8"));

export const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
