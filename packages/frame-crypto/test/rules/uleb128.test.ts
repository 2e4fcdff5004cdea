// F3 ULEB128.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readUleb128, writeUleb128 } from "../../src/format/uleb128.ts";
import { referenceUleb128, referenceUleb128Bytes } from "../reference/split.ts";

const read = (bytes: number[]) => {
  const cursor = { bytes: Uint8Array.from(bytes), at: 0, end: bytes.length };
  return { value: readUleb128(cursor), at: cursor.at };
};
const refused = { value: -1, at: 0 };

describe("F3 reading", () => {
  it.each([9, 10])("accepts non-minimal forms of %i bytes", (length) => {
    const padded = [0x85, ...new Array<number>(length - 2).fill(0x80), 0];
    expect(read(padded)).toEqual({ value: 5, at: length });
  });
  it("refuses 11 bytes", () => {
    expect(read([0x85, ...new Array<number>(9).fill(0x80), 0])).toEqual(refused);
  });
  it("accepts 2^53-1 and refuses 2^53", () => {
    expect(read(referenceUleb128Bytes(2n ** 53n - 1n))).toEqual({ value: Number.MAX_SAFE_INTEGER, at: 8 });
    expect(read(referenceUleb128Bytes(2n ** 53n))).toEqual(refused);
    expect(read(referenceUleb128Bytes(2n ** 53n + 1n))).toEqual(refused);
    expect(read(referenceUleb128Bytes(2n ** 64n - 1n))).toEqual(refused);
  });
  it("refuses what is cut short, and nothing at all", () => {
    expect(read([0x80])).toEqual(refused);
    expect(read([])).toEqual(refused);
  });
  it("does not read past its end", () => {
    const cursor = { bytes: Uint8Array.of(0x80, 0x01), at: 0, end: 1 };
    expect(readUleb128(cursor)).toBe(-1);
  });
});

describe("F3 against bigint", () => {
  it("reads any bytes as the twin does", () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(0x80), fc.constant(0xff));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        const twin = referenceUleb128(bytes);
        expect(read(bytes)).toEqual(twin ? { value: Number(twin.value), at: twin.length } : refused);
      }),
      { numRuns: 2000 },
    );
  });
  it("writes the minimal form, and tells its length where there is no room", () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(20000)), (value) => {
        const expected = referenceUleb128Bytes(BigInt(value));
        const output = new Uint8Array(10);
        expect(writeUleb128(value, output, 1)).toBe(1 + expected.length);
        expect([...output.subarray(1, 1 + expected.length)]).toEqual(expected);
        expect(writeUleb128(value, new Uint8Array(0), 0)).toBe(expected.length);
      }),
      { numRuns: 2000 },
    );
  });
});
