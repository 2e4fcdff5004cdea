// RFC 8949 §4.2: every vector file has the one deterministic encoding, read by a decoder written for this test alone
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCbor, encodeCbor, type Value } from "../../src/vectors/cbor.ts";
import { readIndex } from "../../src/vectors/convert.ts";
import { toJson } from "../../src/vectors/fields.ts";
import { vectorsFolder } from "../../src/vectors/files.ts";

/** A strict reader of §4.2.1's subset: refuses long heads, indefinite lengths, tags, doubles and unsorted keys. */
function readStrict(bytes: Uint8Array): Value {
  let at = 0;
  const argument = (info: number): number => {
    if (info < 24) return info;
    if (info > 27) throw new Error(`indefinite or reserved length at ${at}`);
    const size = 1 << (info - 24);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at++] as number);
    const smallest = size === 1 ? 24 : 2 ** (4 * size);
    if (value < smallest) throw new Error(`head of ${value} longer than needed at ${at}`);
    return value;
  };
  const item = (): Value => {
    const first = bytes[at++] as number;
    const major = first >> 5;
    if (major === 7) {
      if (first === 0xf4 || first === 0xf5) return first === 0xf5;
      if (first === 0xf6) return null;
      throw new Error(`unexpected simple value or float ${first.toString(16)} at ${at}`);
    }
    const count = argument(first & 31);
    if (major === 0) return count;
    if (major === 1) return -1 - count;
    if (major === 2) return bytes.slice(at, (at += count));
    if (major === 3)
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at, (at += count)));
    if (major === 4) return Array.from({ length: count }, item);
    if (major !== 5) throw new Error(`tag at ${at}`);
    const map: Record<string, Value> = {};
    let before: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = at;
      const key = item() as string;
      const encoded = bytes.subarray(start, at);
      if (before && Buffer.compare(before, encoded) >= 0) throw new Error(`key ${key} out of order`);
      before = encoded;
      map[key] = item();
    }
    return map;
  };
  const value = item();
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes after the value`);
  return value;
}

const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.constantFrom(23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 30, noNullPrototype: true },
    ),
  ),
})).value;

describe("deterministic CBOR", () => {
  for (const { file } of readIndex())
    it(`${file} is encoded as §4.2.1 says, and decodes to the same by both decoders`, () => {
      const bytes = new Uint8Array(readFileSync(join(vectorsFolder(), file)));
      const value = readStrict(bytes);
      expect(JSON.stringify(toJson(decodeCbor(bytes)))).toBe(JSON.stringify(toJson(value)));
      expect(Buffer.compare(encodeCbor(value), bytes)).toBe(0);
    });

  it("any value: deterministic form, and back", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeCbor(value);
        expect(readStrict(bytes)).toEqual(value);
        expect(decodeCbor(bytes)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("the order in which keys were inserted leaves no trace", () => {
    expect(encodeCbor({ b: 1, aa: 2, a: 3, "10": 4 })).toEqual(encodeCbor({ "10": 4, a: 3, aa: 2, b: 1 }));
  });

  it("a number that no integer is, or that lost digits, is refused", () => {
    for (const value of [1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => encodeCbor({ value })).toThrow(TypeError);
  });
});
