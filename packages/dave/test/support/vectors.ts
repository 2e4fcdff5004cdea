// The recorded vectors, read where the repository's neighbour keeps them or, without it, not at all.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../../../shared/vectors/libdave/", import.meta.url));
export const haveVectors = existsSync(folder);
// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, its shape is described in the vectors' README
export const vector = (name: string): any => JSON.parse(readFileSync(`${folder}${name}.json`, "utf8"));
export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
export const toHex = (data: Uint8Array): string => Buffer.from(data).toString("hex");
