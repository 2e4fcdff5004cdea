// Sees every typed array that the library makes, so that a test can look at the very bytes after they were wiped.
import { vi } from "vitest";

type Bytes = Uint8Array | Int32Array;

export interface Watched {
  /** The library, loaded anew: its own working memory is among the arrays, too. */
  readonly loaded: typeof import("../../src/index.ts");
  /** Every Uint8Array and Int32Array made since the library began to load, views of the same memory included. */
  readonly made: readonly Bytes[];
  /** How many of them were made while it loaded: constant tables and working memory. */
  readonly atLoad: number;
}

/** Loads the library with constructors that note what they make. Call `vi.unstubAllGlobals()` afterwards. */
export async function watched(): Promise<Watched> {
  const made: Bytes[] = [];
  for (const name of ["Uint8Array", "Int32Array"] as const) {
    const real = globalThis[name];
    const noting = new Proxy(real, {
      construct(target, words, newTarget) {
        const array = Reflect.construct(target, words, newTarget === noting ? target : newTarget) as Bytes;
        made.push(array);
        return array;
      },
    });
    vi.stubGlobal(name, noting);
  }
  vi.resetModules();
  const loaded = await import("../../src/index.ts");
  return { loaded, made, atLoad: made.length };
}

/** The memory as it lies, in hex; bytes of a view only. */
export const memory = (array: Bytes): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex");
