// RFC 9420 §2.1 writing: big endian, growing, minimal headers, and no trace of what was written.
import { describe, expect, it } from "vitest";
import * as codecs from "../../src/codec/codec.ts";
import * as mls from "../../src/internals.ts";
import { caught } from "../support/refusal.ts";
import { caughtBuffers, isWiped } from "../support/wiped.ts";

const failure = (body: () => unknown) => caught(body) as mls.MlsError;

describe("Writer", () => {
  it("writes integers big endian and says how many bytes there are", () => {
    const writer = new mls.Writer();
    writer.uint(1, 0xfe);
    writer.uint(2, 0x0102);
    writer.uint(4, 0xfffefdfc);
    expect(writer.length).toBe(7);
    expect([...writer.finish()]).toEqual([0xfe, 1, 2, 0xff, 0xfe, 0xfd, 0xfc]);
    expect(writer.length).toBe(0);
  });
  it.each([
    [1, 256],
    [2, 65536],
    [4, 2 ** 32],
    [1, -1],
    [2, 0.5],
  ])("an integer of %i bytes is not %d", (size, value) => {
    expect(failure(() => new mls.Writer().uint(size, value)).code).toBe("invalid-argument");
    if (value > 0 && Number.isInteger(value))
      expect(() => new mls.Writer().uint(size, value - 1)).not.toThrow();
  });
  it.each([0, 255, 256, 257, 512, 513, 5000])("grows: %i bytes after one", (length) => {
    const writer = new mls.Writer();
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
    writer.uint(1, 9);
    writer.bytes(bytes);
    expect(writer.finish()).toEqual(mls.concat(Uint8Array.of(9), bytes));
  });
  it("grows one byte at a time", () => {
    const writer = new mls.Writer();
    const bytes = Uint8Array.from({ length: 1500 }, (_, i) => i * 11);
    for (const byte of bytes) writer.uint(1, byte);
    expect(writer.finish()).toEqual(bytes);
  });
  it("writes a vector after its length", () => {
    const writer = new mls.Writer();
    writer.within((inner) => inner.bytes(new Uint8Array(64).fill(5)));
    writer.within(() => undefined);
    expect(writer.finish()).toEqual(
      mls.concat(Uint8Array.of(0x40, 64), new Uint8Array(64).fill(5), Uint8Array.of(0)),
    );
  });
});

describe("buffers are wiped, for they may have held secrets", () => {
  const secret = new Uint8Array(200).fill(0x5a);
  const written = (buffers: Uint8Array[]) => buffers.filter((bytes) => bytes !== secret);
  it("the whole output's", () => {
    const writer = new mls.Writer();
    const buffers = caughtBuffers("slice", () => {
      writer.bytes(secret);
      expect(writer.finish()).toEqual(secret);
    });
    expect(written(buffers)).toHaveLength(1);
    expect(written(buffers).every(isWiped)).toBe(true);
  });
  it("one that a vector has outgrown", () => {
    const buffers = caughtBuffers("subarray", () => mls.vector(mls.opaque).encode([secret, secret]));
    expect(written(buffers).length).toBeGreaterThan(0);
    expect(written(buffers).every(isWiped)).toBe(true);
  });
  it("and none is outgrown before it is full", () => {
    const writer = new mls.Writer();
    writer.bytes(new Uint8Array(200));
    expect(caughtBuffers("subarray", () => writer.bytes(new Uint8Array(56)))).toEqual([]);
    expect(caughtBuffers("subarray", () => writer.uint(1, 0))).toHaveLength(1);
  });
  it("one that was outgrown", () => {
    const writer = new mls.Writer();
    const buffers = caughtBuffers("subarray", () => {
      writer.bytes(secret);
      writer.bytes(secret);
    });
    expect(written(buffers)).toHaveLength(1);
    expect(written(buffers).every(isWiped)).toBe(true);
  });
});

describe("structures", () => {
  it("leave out what is undefined, and write it as absent", () => {
    const codec = codecs.struct<{ a: number; b?: number }>({ a: mls.u8, b: codecs.optional(mls.u8) });
    expect(codec.decode(Uint8Array.of(1, 0))).toStrictEqual({ a: 1 });
    expect(Object.keys(codec.decode(Uint8Array.of(1, 0)))).toEqual(["a"]);
    expect([...codec.encode({ a: 1 })]).toEqual([1, 0]);
    expect([...codec.encode({ a: 1, b: 0 })]).toEqual([1, 1, 0]);
  });
  it("that are no objects, and names that are none, are misuse", () => {
    const select = codecs.variant<{ kind: "a" }>("kind", codecs.enumeration(mls.u8, { a: 1 }), {
      a: codecs.nothing,
    });
    for (const wrong of [null, undefined, 7, "a"])
      for (const codec of [codecs.struct<object>({}), select])
        expect(failure(() => codec.encode(wrong as never)).code).toBe("invalid-argument");
    for (const wrong of ["b", "toString", "__proto__", undefined])
      expect(failure(() => select.encode({ kind: wrong } as never)).code).toBe("invalid-argument");
    expect(failure(() => mls.vector(mls.u8).encode("12" as never)).code).toBe("invalid-argument");
    expect(failure(() => mls.opaque.encode({ length: 3 } as never)).code).toBe("invalid-argument");
  });
  it("one after the other lie flat in one object", () => {
    const codec = codecs.sequence<{ a: number; b: number }>(
      codecs.struct({ a: mls.u8 }),
      codecs.struct({ b: mls.u8 }),
    );
    expect(codec.decode(Uint8Array.of(1, 2))).toEqual({ a: 1, b: 2 });
    expect([...codec.encode({ a: 1, b: 2 })]).toEqual([1, 2]);
  });
});
