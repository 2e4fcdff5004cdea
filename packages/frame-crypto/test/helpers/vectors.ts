// The recorded vectors and media, as packages/conformance carries them; bytes are handed on as lowercase hex.
import { readFileSync } from "node:fs";
import { decodeCbor } from "../../../conformance/src/vectors/cbor.ts";

const carried = (path: string): Buffer =>
  readFileSync(new URL(`../../../conformance/${path}`, import.meta.url));

/** Every byte string of a value as hex, maps and lists alike. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, readable(field)]));
}

export function vectors<Case>(name: string): Case[] {
  const { suite, cases } = readable(decodeCbor(carried(`vectors/libdave/${name}.cbor`))) as {
    suite: string;
    cases: Case[];
  };
  if (suite !== name || cases.length === 0) throw new Error(`${name}: not the vectors asked for`);
  return cases;
}

/** Encoded frames of real codecs, by codec. */
export const mediaFrames = (): Record<string, string[]> =>
  JSON.parse(carried("media/frames.json").toString("utf8")) as Record<string, string[]>;
