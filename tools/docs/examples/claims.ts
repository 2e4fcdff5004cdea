// What a comment behind a line of an example claims about its value.
import { deepStrictEqual, strictEqual } from "node:assert/strict";

export function equals<T>(expected: unknown, value: T, place: string): T {
  deepStrictEqual(value, expected, `${place}: ${String(value)} is not what the comment says`);
  return value;
}

export function bytes<T extends Uint8Array>(length: number, value: T, place: string): T {
  strictEqual(value.length, length, `${place}: ${value.length} bytes, the comment says ${length}`);
  return value;
}
