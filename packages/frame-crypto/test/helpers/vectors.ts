// The recorded vectors. They lie beside the repository until the conformance package carries them.
import { readFileSync } from "node:fs";

export function vectors<Case>(name: string): Case[] {
  const file = new URL(`../../../../../shared/vectors/libdave/${name}.json`, import.meta.url);
  const { suite, cases } = JSON.parse(readFileSync(file, "utf8")) as { suite: string; cases: Case[] };
  if (suite !== name || cases.length === 0) throw new Error(`${name}: not the vectors asked for`);
  return cases;
}

/** Encoded frames of real codecs, by codec. */
export function mediaFrames(): Record<string, string[]> {
  const file = new URL("../../../../../shared/media/frames.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string[]>;
}
