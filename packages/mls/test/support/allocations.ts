// Every Uint8Array that is made while some code runs, by that code and by @noble beneath it: to look at the very bytes.
import { onTestFinished } from "vitest";

export interface Allocation {
  readonly bytes: Uint8Array;
  /** Where it was made: the functions and files of the stack, the innermost first. */
  readonly site: string;
}

const FRAMES = 12;
let paused = false;

/** Runs what belongs to the test itself: its arrays are not noted. */
export function unnoted<T>(work: () => T): T {
  const before = paused;
  paused = true;
  try {
    return work();
  } finally {
    paused = before;
  }
}

/** The stack as `function file` pairs, without what belongs to the recording itself. */
function site({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .slice(1)
    .filter((line) => !line.includes("support/allocations.ts"))
    .map((line) => {
      const [, name] = /^\s*at (?:async )?(.*?) \(/.exec(line) ?? [];
      const [file] = /@noble\/[\w./-]+|[\w.-]+\/[\w.-]+\.[jt]s/.exec(
        line.replace(/.*node_modules\//, ""),
      ) ?? [line.trim()];
      return `${name ?? "-"} ${file}`;
    })
    .join(" < ");
}

/** Runs `body`, and notes every array that a constructor, `from`, `of`, `slice`, `map` or `filter` makes meanwhile. */
export function allocations(body: () => void): Allocation[] {
  const made: Allocation[] = [];
  const note = <T>(value: T): T => {
    if (paused) return value;
    // The engine writes the stack out only when it is read, which is seldom: that takes most of the time.
    const error = new Error();
    made.push({
      bytes: value as Uint8Array,
      get site() {
        return site(error);
      },
    });
    return value;
  };
  const original = Uint8Array;
  const { stackTraceLimit } = Error;
  const { slice, map, filter } = original.prototype;
  const watched: typeof Uint8Array = new Proxy(original, {
    construct: (target, args, newTarget) =>
      note(Reflect.construct(target, args, newTarget === watched ? target : newTarget)),
  });
  const restore = () => {
    globalThis.Uint8Array = original;
    Error.stackTraceLimit = stackTraceLimit;
    Object.assign(original.prototype, { slice, map, filter });
  };
  onTestFinished(restore);
  globalThis.Uint8Array = watched;
  Error.stackTraceLimit = FRAMES;
  Object.assign(original.prototype, {
    slice(this: Uint8Array, ...args: []) {
      return note(slice.apply(this, args));
    },
    map(this: Uint8Array, ...args: [() => number]) {
      return note(map.apply(this, args));
    },
    filter(this: Uint8Array, ...args: [() => boolean]) {
      return note(filter.apply(this, args));
    },
  });
  try {
    body();
  } finally {
    restore();
  }
  return made;
}
