// The vectors' JSON form (bytes as lowercase hex) and the form with byte strings, both ways
import { fromHex, toHex } from "../bytes.ts";
import { isTree, type Tree, type Value } from "./cbor.ts";

export { fromHex, toHex };

/** Fields that hold text although it may look like hex: names, ids, and the labels of the MLS formats. */
const TEXT = new Set(
  (
    "format suite source note kind comment codec do result media message outcome label " +
    "groupId userId committer recognized id since"
  ).split(" "),
);
const HEX = /^(?:[0-9a-f]{2})*$/i;
/** `members` rows are [leaf index, user id, signature key]. */
const MEMBER_ID = 1;

export class VectorError extends Error {
  override readonly name = "VectorError";
}

export const isHex = (text: string): boolean => HEX.test(text);

interface Place {
  readonly field: string;
  readonly path: string;
  readonly strict: boolean;
}

function text(value: string, place: Place): Value {
  if (TEXT.has(place.field)) return value;
  if (HEX.test(value)) return fromHex(value);
  if (place.strict) throw new VectorError(`${place.path}: neither a text field nor hex`);
  return value;
}

function list(values: readonly unknown[], place: Place): Value {
  const member = /\.members\[\d+\]$/.test(place.path);
  return values.map((value, index) => {
    const field = member && index === MEMBER_ID ? "userId" : place.field;
    return convert(value, { ...place, field, path: `${place.path}[${index}]` });
  });
}

function convert(value: unknown, place: Place): Value {
  if (typeof value === "string") return text(value, place);
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (Array.isArray(value)) return list(value, place);
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([field, inner]) => [
      field,
      convert(inner, { ...place, field, path: `${place.path}.${field}` }),
    ]),
  );
}

/**
 * Turns parsed JSON into a value with byte strings. `strict` (the converter) refuses a string that is neither a known
 * text field nor hex; otherwise such a string stays text and whoever needs bytes there says so.
 */
export function fromJson(json: unknown, options: { readonly strict: boolean }): Value {
  return convert(json, { field: "", path: "$", strict: options.strict });
}

/** The JSON form of a value: byte strings as lowercase hex. */
export function toJson(value: Value): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value as Tree).map(([field, inner]) => [field, toJson(inner)]));
}
