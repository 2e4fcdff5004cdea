// Stands in for "vitest" while mutants are tried: collects suites and tests, so that they can be run again and again in
// one process. `expect` and spies are Vitest's own.
import { format } from "node:util";
// biome-ignore-start lint/correctness/noUndeclaredDependencies: resolved from where vitest is
// @ts-expect-error no dependency of the root
import * as vitestExpect from "@vitest/expect";
// @ts-expect-error no dependency of the root
import { spyOn } from "@vitest/spy";

// biome-ignore-end lint/correctness/noUndeclaredDependencies: resolved from where vitest is

type Body = (...args: never[]) => unknown;
interface Suite {
  readonly title: string;
  readonly parent: Suite | undefined;
  readonly after: (() => unknown)[];
}
export interface CollectedTest {
  readonly id: string;
  readonly file: string;
  readonly run: () => Promise<void>;
}

let file = "";
let suite: Suite = { title: "", parent: undefined, after: [] };
let finishers: (() => unknown)[] = [];
const tests = new Map<string, CollectedTest>();

/** Collects the tests of one file; a file that cannot be loaded is a test that fails. */
export function collect(name: string, load: () => unknown): CollectedTest[] {
  const before = tests.size;
  file = name;
  suite = { title: "", parent: undefined, after: [] };
  try {
    load();
  } catch (error) {
    it("can be loaded", () => {
      throw error;
    });
  }
  return [...tests.values()].slice(before);
}

function titles(of: Suite | undefined): string[] {
  return of?.title ? [...titles(of.parent), of.title] : [];
}

export function it(title: string, body: Body): void {
  const own = suite;
  const base = `${file}#${[...titles(own), title].join(" ")}`;
  let id = base;
  for (let n = 2; tests.has(id); n++) id = `${base} (${n})`;
  tests.set(id, { id, file, run: () => runTest(own, body) });
}

async function runTest(own: Suite, body: Body): Promise<void> {
  finishers = [];
  try {
    await (body as () => unknown)();
  } finally {
    for (const finish of finishers.reverse()) await finish();
    for (let s: Suite | undefined = own; s; s = s.parent) for (const after of s.after) await after();
  }
}

export function describe(title: string, body: Body): void {
  const outer = suite;
  suite = { title, parent: outer, after: [] };
  try {
    (body as () => unknown)();
  } finally {
    suite = outer;
  }
}

/** `%s` and `$field` in titles; rows that are lists are spread. */
const each =
  (define: (title: string, body: Body) => void) =>
  (rows: readonly unknown[]) =>
  (title: string, body: Body): void => {
    for (const [index, row] of rows.entries()) {
      const args = Array.isArray(row) ? row : [row];
      const fields = args[0] as Record<string, unknown>;
      const named = title.replace(/\$(\w+)/g, (all, key) =>
        key === "index" ? String(index) : String(fields?.[key] ?? all),
      );
      const name = /%/.test(named)
        ? format(named, ...args.map((a) => (a instanceof Uint8Array ? [...a] : a)))
        : named;
      define(name.slice(0, 200), () => (body as (...all: unknown[]) => unknown)(...args));
    }
  };
it.each = each(it);
it.skip = (): void => undefined;
describe.each = each(describe);

export const afterEach = (body: () => unknown): void => void suite.after.push(body);
export const onTestFinished = (body: () => unknown): void => void finishers.push(body);

const stubbed = new Map<string, PropertyDescriptor | undefined>();
export const vi = {
  spyOn,
  stubGlobal(name: string, value: unknown): void {
    if (!stubbed.has(name)) stubbed.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  },
  unstubAllGlobals(): void {
    for (const [name, descriptor] of stubbed) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
    stubbed.clear();
  },
};

const { chai } = vitestExpect;
for (const plugin of [
  vitestExpect.JestExtend,
  vitestExpect.JestChaiExpect,
  vitestExpect.JestAsymmetricMatchers,
])
  chai.use(plugin);
export const expect = (value: unknown, message?: string) => chai.expect(value, message);
Object.assign(expect, chai.expect, (globalThis as never)[vitestExpect.ASYMMETRIC_MATCHERS_OBJECT]);
Object.assign(expect, {
  getState: () => vitestExpect.getState(expect),
  setState: (state: object) => vitestExpect.setState(state, expect),
});
(globalThis as Record<symbol, unknown>)[vitestExpect.GLOBAL_EXPECT] = expect;
vitestExpect.setState(
  { assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null },
  expect,
);
