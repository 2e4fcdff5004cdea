// RFC 8949 §8 Diagnostic Notation, indented; long byte strings broken into lines of 32 bytes
import { isTree, type Value } from "./cbor.ts";
import { toHex } from "./fields.ts";

const LINE = 64;

function bytesText(bytes: Uint8Array, indent: string): string {
  const hex = toHex(bytes);
  if (hex.length <= LINE) return `h'${hex}'`;
  const lines = hex.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `h'\n${lines.map((line) => `${indent}  ${line}`).join("\n")}\n${indent}'`;
}

/** Numbers and short values of a list stay on one line. */
const simple = (value: Value): boolean =>
  !isTree(value) && !Array.isArray(value) && !(value instanceof Uint8Array);

export function diagnostic(value: Value, indent = ""): string {
  if (value instanceof Uint8Array) return bytesText(value, indent);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every(simple)) return `[${value.map((inner) => diagnostic(inner)).join(", ")}]`;
    const lines = value.map((inner) => `${deeper}${diagnostic(inner, deeper)}`);
    return `[\n${lines.join(",\n")}\n${indent}]`;
  }
  if (!isTree(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const lines = entries.map(
    ([key, inner]) => `${deeper}${JSON.stringify(key)}: ${diagnostic(inner, deeper)}`,
  );
  return `{\n${lines.join(",\n")}\n${indent}}`;
}
