// Reading a vector's fields with their types; what is missing or of another type is said with its path
import { isTree, type Tree, type Value } from "./cbor.ts";
import { toHex, VectorError } from "./fields.ts";

const kindOf = (value: Value | undefined): string => {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  return Array.isArray(value) ? "a list" : isTree(value) ? "an object" : `a ${typeof value}`;
};

/** A map of a vector file. Every getter throws {@link VectorError} when the field is not what the format demands. */
export class Fields {
  readonly path: string;
  readonly tree: Tree;

  constructor(tree: Tree, path: string) {
    this.tree = tree;
    this.path = path;
  }

  has(name: string): boolean {
    const value = this.tree[name];
    return value !== undefined && value !== null;
  }

  bytes(name: string): Uint8Array {
    return asBytes(this.tree[name], `${this.path}.${name}`);
  }

  /** An integer from 0 to 2^53 - 1. */
  int(name: string): number {
    return asInt(this.tree[name], `${this.path}.${name}`);
  }

  bool(name: string): boolean {
    const value = this.tree[name];
    if (typeof value !== "boolean") throw wrong(`${this.path}.${name}`, "true or false", value);
    return value;
  }

  text(name: string): string {
    return asText(this.tree[name], `${this.path}.${name}`);
  }

  list(name: string): readonly Value[] {
    return asList(this.tree[name], `${this.path}.${name}`);
  }

  map(name: string): Fields {
    return asFields(this.tree[name], `${this.path}.${name}`);
  }

  maps(name: string): readonly Fields[] {
    return this.list(name).map((entry, index) => asFields(entry, `${this.path}.${name}[${index}]`));
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((entry, index) => asText(entry, `${this.path}.${name}[${index}]`));
  }
}

function wrong(path: string, expected: string, value: Value | undefined): VectorError {
  return new VectorError(`malformed vector: ${path}: expected ${expected}, found ${kindOf(value)}`);
}

export function asBytes(value: Value | undefined, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw wrong(path, "bytes (hex)", value);
}

export function asInt(value: Value | undefined, path: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(path, "a non-negative integer", value);
}

export function asText(value: Value | undefined, path: string): string {
  // A text in a field unknown to the converter may have looked like hex.
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "string") return value;
  throw wrong(path, "text", value);
}

export function asList(value: Value | undefined, path: string): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw wrong(path, "a list", value);
}

export function asFields(value: Value | undefined, path: string): Fields {
  if (isTree(value)) return new Fields(value, path);
  throw wrong(path, "an object", value);
}
