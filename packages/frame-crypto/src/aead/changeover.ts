// Which sizes of frames are left to the platform: a table, for what a call into it costs differs from runtime to runtime.
import { check } from "../arguments.ts";
import { NEVER } from "../constants.ts";
import type { Changeover } from "./backend.ts";
import { platformName } from "./ports.ts";

/**
 * Placed by `npm run bench -- changeover`; docs/performance-notes.md has the figures. Node makes a cipher object in 1.5 µs
 * and more, so that short frames are not worth one; Bun does it in half a microsecond; Deno's GCM is slower than its ECB
 * with this package's GHASH at every size.
 */
const CHANGEOVERS: Readonly<Record<string, Changeover>> = {
  node: { keystreamFrom: 448, gcmFrom: 1536 },
  bun: { keystreamFrom: NEVER, gcmFrom: 160 },
  deno: { keystreamFrom: 448, gcmFrom: NEVER },
};

/** For runtimes that show none of these names: slower than the portable cipher on none of those measured. */
const DEFAULT: Changeover = { keystreamFrom: 512, gcmFrom: 8192 };

/** The table's entry for this runtime. */
export const runtimeChangeover = (name: string | undefined = platformName()): Changeover =>
  CHANGEOVERS[name ?? ""] ?? DEFAULT;

/**
 * Whether the search of `node:buffer` is the faster one: in Node and Bun. In Deno an H.264 frame of 12 kB
 * took 100 µs longer with it.
 */
export const searchIsFast = (name: string | undefined = platformName()): boolean =>
  name === "node" || name === "bun";

/** Refuses anything but two sizes. */
export function checkChangeover({ keystreamFrom, gcmFrom }: Changeover): void {
  const sizes = [keystreamFrom, gcmFrom].every((size) => typeof size === "number" && size >= 0);
  check(sizes, "changeover", "two sizes", undefined);
}
