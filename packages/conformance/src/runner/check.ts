// The comparisons a suite makes; each counts, so that a case which compared nothing is noticed
import { compareBytes } from "../bytes.ts";
import { toHex } from "../vectors/fields.ts";
import { Mismatch } from "./verdict.ts";

type Scalar = string | number | bigint | boolean | null | undefined;

const show = (value: unknown): string => {
  if (value instanceof Uint8Array) return toHex(value) || "(no bytes)";
  return (
    JSON.stringify(value, (_, inner) =>
      inner instanceof Uint8Array ? toHex(inner) : typeof inner === "bigint" ? `${inner}` : inner,
    ) ?? "undefined"
  );
};

/** One case's comparisons. */
export class Check {
  /** How many comparisons were made. */
  made = 0;
  /** Rules that comparisons have named. */
  readonly named = new Set<string>();
  /** Whether a comparison named none: it is then about all of the case's rules. */
  general = false;

  /** Counts a comparison and remembers the rules it is about. */
  note(rules: readonly string[]): void {
    this.made++;
    this.general ||= rules.length === 0;
    for (const rule of rules) this.named.add(rule);
  }

  fail(what: string, expected: unknown, got: unknown, rules: readonly string[] = []): never {
    throw new Mismatch({ what, expected: show(expected), got: show(got), rules });
  }

  bytes(what: string, got: Uint8Array | null | undefined, expected: Uint8Array, ...rules: string[]): void {
    this.note(rules);
    if (!(got instanceof Uint8Array) || compareBytes(got, expected) !== 0)
      this.fail(what, expected, got, rules);
  }

  equal<T extends Scalar>(what: string, got: T, expected: T, ...rules: string[]): void {
    this.note(rules);
    if (got !== expected) this.fail(what, expected, got, rules);
  }

  /** Compares plain data (lists, maps, bytes) by its printed form; the order of map keys does not count. */
  same(what: string, got: unknown, expected: unknown, ...rules: string[]): void {
    this.note(rules);
    if (show(sorted(got)) !== show(sorted(expected))) this.fail(what, expected, got, rules);
  }

  oneOf<T extends Scalar>(what: string, got: T, expected: readonly T[], ...rules: string[]): void {
    this.note(rules);
    if (!expected.includes(got)) this.fail(what, expected, got, rules);
  }

  /** For what must not come out at all. */
  absent(what: string, got: unknown, ...rules: string[]): void {
    this.note(rules);
    if (got !== null && got !== undefined) this.fail(what, null, got, rules);
  }

  holds(what: string, condition: boolean, ...rules: string[]): void {
    this.note(rules);
    if (!condition) throw new Mismatch({ what, rules });
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
