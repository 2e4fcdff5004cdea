// What leaves the library is a copy: nobody outside can change what is inside.

import { isBytes } from "../bytes.ts";

/** A deep copy of plain data: lists, objects, bytes and values. */
export function copyOf<T>(value: T): T {
  if (isBytes(value)) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyOf(field)])) as T;
}
