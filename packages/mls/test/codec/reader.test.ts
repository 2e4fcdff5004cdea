// RFC 9420 §2.1 the cursor: what it reads, where it stands, what it refuses and how it names the place.
import { describe, expect, it } from "vitest";
import * as codecs from "../../src/codec/codec.ts";
import * as mls from "../../src/internals.ts";
import { caught } from "../support/refusal.ts";

const reader = (...bytes: number[]) => new mls.Reader(Uint8Array.from(bytes));
const failure = (body: () => unknown) => caught(body) as mls.MlsError;

describe("integers", () => {
  it.each([
    [1, [0xfe], 0xfe],
    [2, [1, 2], 0x0102],
    [3, [1, 2, 3], 0x010203],
    [4, [0xff, 0xfe, 0xfd, 0xfc], 0xfffefdfc],
  ])("of %i bytes are big endian and unsigned", (size, bytes, value) => {
    const r = reader(...bytes, 9);
    expect(r.uint(size)).toBe(value);
    expect([r.offset, r.remaining]).toEqual([size, 1]);
  });
  it("of 64 bits are bigints, high half first", () => {
    const bytes = Uint8Array.of(0x80, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe);
    expect(mls.u64.decode(bytes)).toBe(0x80000001fffffffen);
    expect(mls.u64.encode(0x80000001fffffffen)).toEqual(bytes);
    expect(mls.u64.encode(2n ** 64n - 1n)).toEqual(new Uint8Array(8).fill(255));
    expect(mls.u64.encode(0n)).toEqual(new Uint8Array(8));
    for (const wrong of [2n ** 64n, -1n, 1])
      expect(failure(() => mls.u64.encode(wrong as bigint)).code).toBe("invalid-argument");
  });
  it("cut short take nothing", () => {
    const r = reader(1, 2, 3);
    expect(failure(() => r.uint(4)).rule).toBe("2.1-1");
    expect(r.offset).toBe(0);
    expect(r.uint(3)).toBe(0x010203);
  });
});

describe("bytes", () => {
  it("are the next ones, and the cursor moves on", () => {
    const r = reader(1, 2, 3, 4);
    expect(r.bytes(1)).toEqual(Uint8Array.of(1));
    expect(r.bytes(2)).toEqual(Uint8Array.of(2, 3));
    expect(r.bytes(0)).toEqual(new Uint8Array(0));
    expect([r.offset, r.remaining]).toEqual([3, 1]);
    expect(failure(() => r.bytes(2)).rule).toBe("2.1-1");
  });
  it("of a length that is none are misuse", () => {
    for (const length of [-1, 1.5, Number.NaN, "1"])
      expect(failure(() => reader(1, 2).bytes(length as number)).code).toBe("invalid-argument");
  });
  it("of a part of a larger buffer are read from where it begins", () => {
    expect(mls.opaque.decode(Uint8Array.of(9, 9, 2, 7, 8, 9).subarray(2, 5))).toEqual(Uint8Array.of(7, 8));
  });
  it.each([0, 3, 5])("of another length than the fixed one are not written: %i", (length) => {
    expect(codecs.fixed(4).encode(Uint8Array.of(1, 2, 3, 4))).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(failure(() => codecs.fixed(4).encode(new Uint8Array(length))).code).toBe("invalid-argument");
  });
  it("that are none are not written as bytes of fixed length", () => {
    for (const wrong of [undefined, null])
      expect(failure(() => codecs.fixed(4).encode(wrong as never)).code).toBe("invalid-argument");
  });
  it("of fixed length are read whole", () => {
    expect(codecs.fixed(3).decode(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(failure(() => codecs.fixed(3).decode(Uint8Array.of(1, 2))).rule).toBe("2.1-1");
  });
});

describe("§2.1.2 length headers", () => {
  it.each([
    [[0x00], 0],
    [[0x3f], 63],
    [[0x40, 0x40], 64],
    [[0x7f, 0xff], 16383],
    [[0x80, 0x00, 0x40, 0x00], 16384],
    [[0xbf, 0xff, 0xff, 0xff], 2 ** 30 - 1],
  ])("%j stands for %i", (bytes, length) => {
    const r = reader(...bytes);
    expect(r.lengthHeader()).toBe(length);
    expect(r.remaining).toBe(0);
    const writer = new mls.Writer();
    writer.lengthHeader(length);
    expect([...writer.finish()]).toEqual(bytes);
  });
  it.each([[[0x40, 0x3f]], [[0x40, 0]], [[0x80, 0, 0x3f, 0xff]], [[0x80, 0, 0, 0]]])(
    "%j is too long",
    (bytes) => {
      expect(failure(() => reader(...bytes).lengthHeader()).rule).toBe("2.1.2-2");
    },
  );
  it.each([0xc0, 0xff])("a first byte of %i is none", (first) => {
    expect(failure(() => reader(first, 0, 0, 0, 0, 0, 0, 0).lengthHeader()).rule).toBe("2.1.2-1");
  });
  it("2^30 bytes have no header", () => {
    expect(failure(() => new mls.Writer().lengthHeader(2 ** 30)).code).toBe("invalid-argument");
  });
  it("length() wants the body to be there", () => {
    expect(reader(2, 7, 7).length()).toBe(2);
    expect(failure(() => reader(3, 7, 7).length()).rule).toBe("2.1-1");
  });
});

describe("vectors", () => {
  it("end where their length says, also within each other", () => {
    const r = reader(4, 2, 7, 8, 0, 9);
    const seen = r.within((outer, end) => {
      expect(end).toBe(5);
      expect(outer.remaining).toBe(4);
      const inner = outer.within((deepest) => {
        expect(deepest.remaining).toBe(2);
        return [deepest.uint(1), deepest.uint(1)];
      });
      expect(outer.remaining).toBe(1);
      return [...inner, outer.uint(1)];
    });
    expect(seen).toEqual([7, 8, 0]);
    expect(r.remaining).toBe(1);
    expect(failure(() => r.finish()).rule).toBe("2.1-2");
    expect(r.uint(1)).toBe(9);
    expect(() => r.finish()).not.toThrow();
  });
  it("that are not used up are refused", () => {
    expect(failure(() => reader(2, 7, 8).within((r) => r.uint(1))).rule).toBe("2.1-2");
  });
  it("an item may not reach past its vector though the input goes on", () => {
    expect(failure(() => reader(1, 7, 8).within((r) => r.uint(2))).rule).toBe("2.1-1");
  });
  it("give their items in order; an empty one gives none", () => {
    expect(mls.vector(mls.u8).decode(Uint8Array.of(3, 7, 8, 9))).toEqual([7, 8, 9]);
    expect(mls.vector(mls.u16).decode(Uint8Array.of(0))).toEqual([]);
  });
});

describe("limits", () => {
  it("maxLength bytes are taken, one more is not", () => {
    const codec = codecs.fixed(4);
    expect(codec.decode(new Uint8Array(4), { maxLength: 4 })).toHaveLength(4);
    const error = failure(() => codec.decode(new Uint8Array(4), { maxLength: 3 }));
    expect([error.code, error.rule]).toEqual(["too-large", "2.1-4"]);
  });
  const lists = mls.vector(codecs.atLeast(4, mls.opaque));
  it("what structures fall short of the least length uses up the slack, all of them together", () => {
    // 2, 3 and 0 bytes short; what is longer than the least is no gain
    const bytes = Uint8Array.of(9, 1, 1, 0, 5, 1, 2, 3, 4, 5);
    expect(lists.decode(bytes, { slack: 5 })).toHaveLength(3);
    const error = failure(() => lists.decode(bytes, { slack: 4 }));
    expect([error.code, error.rule, error.path]).toEqual(["too-large", "2.1-5", "[1]"]);
  });
  it("65536 bytes of slack are the default", () => {
    const list = (count: number) => mls.opaque.encode(new Uint8Array(count));
    // 3 bytes short each
    expect(lists.decode(list(21845))).toHaveLength(21845);
    expect(failure(() => lists.decode(list(21846))).rule).toBe("2.1-5");
  });
  it("structures of the least length are never too many", () => {
    const list = new Uint8Array(4 * 100_000).map((_, i) => (i % 4 === 0 ? 3 : 7));
    expect(lists.decode(mls.opaque.encode(list), { slack: 0 })).toHaveLength(100_000);
  });
  it("that are no integers are misuse", () => {
    for (const limits of [{ maxLength: -1 }, { maxLength: 0.5 }, { slack: -1 }, { slack: Number.NaN }])
      expect(failure(() => new mls.Reader(new Uint8Array(1), limits)).code).toBe("invalid-argument");
  });
});

describe("the place of a failure", () => {
  const codec = codecs.struct<{ first: number; list: { inner: number }[] }>({
    first: mls.u8,
    list: mls.vector(codecs.struct<{ inner: number }>({ inner: mls.u16 })),
  });
  it("is a path of names and numbers, in path and message", () => {
    const error = failure(() => codec.decode(Uint8Array.of(1, 3, 0, 0, 0)));
    expect(error.path).toBe("list[1].inner");
    expect(error.message).toBe("rule 2.1-1 at list[1].inner");
  });
  it("is the field at hand, not one that was read before", () => {
    expect(failure(() => codec.decode(Uint8Array.of())).path).toBe("first");
    expect(failure(() => codec.decode(Uint8Array.of(1, 0, 9))).path).toBeUndefined();
    expect(failure(() => codec.decode(Uint8Array.of(1, 0, 9))).message).toBe("rule 2.1-2");
  });
  it("an enumeration without a name for a number is unsupported there", () => {
    const tagged = codecs.struct<{ tag: string }>({ tag: codecs.enumeration(mls.u8, { one: 1 }) });
    expect(tagged.decode(Uint8Array.of(1))).toEqual({ tag: "one" });
    const error = failure(() => tagged.decode(Uint8Array.of(2)));
    expect([error.code, error.rule, error.path]).toEqual(["unsupported", "2.1-3", "tag"]);
  });
  it("a select's tag is a step, what it selects lies beside it", () => {
    const select = codecs.variant<{ kind: "a"; x: number } | { kind: "b" }>(
      "kind",
      codecs.enumeration(mls.u8, { a: 1, b: 2 }),
      { a: codecs.struct({ x: mls.u8 }), b: codecs.nothing },
    );
    expect(select.decode(Uint8Array.of(1, 5))).toEqual({ kind: "a", x: 5 });
    expect(select.decode(Uint8Array.of(2))).toEqual({ kind: "b" });
    expect(failure(() => select.decode(Uint8Array.of(7))).path).toBe("kind");
    expect(failure(() => select.decode(Uint8Array.of(1))).path).toBe("x");
  });
});
