// RFC 8949 §4.2 Deterministically Encoded CBOR, for the vector files
import { Encoder } from "cbor-x";
import { compareBytes } from "../bytes.ts";

/** What a vector file may hold: JSON's values plus byte strings. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[] | Tree;
/** A map with text keys. */
export interface Tree {
  readonly [key: string]: Value;
}

const OPTIONS = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  tagUint8Array: false,
  // Missing in the type, documented in cbor-x's README.
  useTag259ForMaps: false,
};
const cbor = new Encoder(OPTIONS);

/** True for a map of {@link Tree}: neither null, nor a list, nor bytes. */
export function isTree(value: Value | undefined): value is Tree {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

/** §4.2.1: keys in the bytewise order of their encodings. A text's head grows with its length, so shorter ones come first. */
function byEncodedKey(a: string, b: string): number {
  return compareBytes(cbor.encode(a), cbor.encode(b));
}

function canonical(value: Value): unknown {
  // §4.2.1: the shortest form; cbor-x writes an integer beyond 32 bits as a double unless it is a bigint.
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value))
      throw new TypeError(`vector files hold safe integers only, not ${value}`);
    return value > 0xffffffff || value < -0x100000000 ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (!isTree(value)) return value;
  const keys = Object.keys(value).sort(byEncodedKey);
  // A Map keeps this order; an object would move keys that look like numbers to the front.
  return new Map(keys.map((key) => [key, canonical(value[key] as Value)]));
}

function plain(value: unknown): Value {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value as Value;
}

/** Encodes a value in the one form that RFC 8949 §4.2 allows it. */
export function encodeCbor(value: Value): Uint8Array {
  return new Uint8Array(cbor.encode(canonical(value)));
}

/** Decodes a vector file; byte strings come out as `Uint8Array` of their own. */
export function decodeCbor(bytes: Uint8Array): Value {
  // A copy: cbor-x marks the array it reads with a property of its own.
  return plain(cbor.decode(new Uint8Array(bytes)));
}
