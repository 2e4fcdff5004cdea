// C0–C6 clear ranges: the rules one by one, where the recorded vectors are silent or the reference is no model.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Codec, splitFrame } from "../../src/index.ts";
import { bytes, concat, hex, unhex } from "../helpers/bytes.ts";
import { throughCall } from "../helpers/peers.ts";
import { referenceSplit } from "../reference/split.ts";

/** The split as text: clear bytes in brackets. */
function shown(codec: Codec, frame: Uint8Array): string {
  const { transformed, ranges } = splitFrame(codec, frame);
  let text = "";
  let at = 0;
  for (const [offset, length] of ranges) {
    text += `${hex(transformed.subarray(at, offset))}[${hex(transformed.subarray(offset, offset + length))}]`;
    at = offset + length;
  }
  return text + hex(transformed.subarray(at));
}

/** C0: everything encrypted, the original bytes, and the receiver gets them back. */
function expectWhole(codec: Codec, frame: Uint8Array): void {
  const split = splitFrame(codec, frame);
  expect(split.ranges).toEqual([]);
  expect(hex(split.transformed)).toBe(hex(frame));
  expect(hex(split.encrypted)).toBe(hex(frame));
  expect(hex(throughCall(codec, frame) as Uint8Array)).toBe(hex(frame));
}

const ALL: readonly Codec[] = ["unknown", "opus", "vp8", "vp9", "h264", "h265", "av1"];

describe("C0 anything unexpected is encrypted whole", () => {
  it.each(ALL)("%s: the empty frame", (codec) => {
    expectWhole(codec, bytes());
  });
});

describe("C2 VP8", () => {
  it.each([1, 2, 3, 9])("a key frame of %i bytes is encrypted whole", (length) => {
    expectWhole("vp8", new Uint8Array(length).fill(0x10));
  });
  it("a key frame of 10 bytes is all clear, of 11 has one byte encrypted", () => {
    expect(shown("vp8", new Uint8Array(10).fill(0x10))).toBe(`[${"10".repeat(10)}]`);
    expect(shown("vp8", new Uint8Array(11).fill(0x10))).toBe(`[${"10".repeat(10)}]10`);
  });
  it("a delta frame of one byte is all clear", () => {
    expect(shown("vp8", bytes(0x11))).toBe("[11]");
    expect(shown("vp8", bytes(0x11, 0x22))).toBe("[11]22");
  });
});

describe.each(["h264", "h265"] as const)("C3 NAL units, %s", (codec) => {
  const unit = codec === "h264" ? "0c1122" : "401122"; // Filler data, VPS: all clear.

  it("a frame without a start code is encrypted whole", () => {
    expectWhole(codec, unhex("6511223344"));
    expectWhole(codec, unhex("00"));
    expectWhole(codec, unhex("0000"));
    expectWhole(codec, unhex("000000"));
  });
  it("bytes other than zeros before the first start code: whole", () => {
    expectWhole(codec, unhex(`11000001${unit}`));
    expectWhole(codec, unhex(`0011000001${unit}`));
    expectWhole(codec, unhex(`1100000001${unit}`));
  });
  it("zeros before the first start code are dropped", () => {
    for (const zeros of ["", "00", "0000", "000000", "0000000000"]) {
      expect(shown(codec, unhex(`${zeros}000001${unit}`))).toBe(`[00000001${unit}]`);
    }
  });
  it("an empty unit: whole", () => {
    expectWhole(codec, unhex("000001"));
    expectWhole(codec, unhex("00000001"));
    expectWhole(codec, unhex(`000001000001${unit}`));
    expectWhole(codec, unhex(`00000100000001${unit}`));
    expectWhole(codec, unhex(`000001${unit}000001`));
    expectWhole(codec, unhex(`000001${unit}00000001`));
  });
  it("of the zeros before a later start code one is its own, the others the unit's", () => {
    expect(shown(codec, unhex(`000001${unit}000001${unit}`))).toBe(`[00000001${unit}00000001${unit}]`);
    expect(shown(codec, unhex(`000001${unit}00000001${unit}`))).toBe(`[00000001${unit}00000001${unit}]`);
    expect(shown(codec, unhex(`000001${unit}0000000001${unit}`))).toBe(`[00000001${unit}0000000001${unit}]`);
    expect(shown(codec, unhex(`000001${unit}000000000001${unit}`))).toBe(
      `[00000001${unit}000000000001${unit}]`,
    );
  });
  it("a unit of zeros is a unit", () => {
    expect(hex(splitFrame(codec, unhex(`000001000000000001${unit}`)).transformed)).toBe(
      `00000001000000000001${unit}`,
    );
  });
});

describe("C4 H.264", () => {
  const slice = (payload: string, type = "65") => shown("h264", unhex(`00000001${type}${payload}`));

  it("the bytes that hold the first three values stay clear", () => {
    // 1 1 1: three bits, index 3, byte 0.
    expect(slice("e011")).toBe("[0000000165e0]11");
    // Index 8 after the third value: the byte it points at is clear too.
    expect(slice("e411", "01")).toBe("[0000000101e4]11");
    // 1 · 1 · 00000 1 00000: 13 bits.
    expect(slice("c1001122")).toBe("[0000000165c100]1122");
  });
  it("a 03 after 00 00 inside a value is stepped over and counted", () => {
    // 17 zeros, a one, 17 bits: the 03 lies inside the first value. 6 zeros, a one, 6 bits; a one: index 57.
    expect(slice("0000034000007080ff")).toBe("[00000001650000034000007080]ff");
  });
  it("an emulation prevention byte that no read bit lies behind is not counted", () => {
    // 00100… the third value ends before the 03.
    expect(slice("e0000003aa")).toBe("[0000000165e0]000003aa");
  });
  it("a value cut short by the unit's end makes the whole unit clear", () => {
    for (const payload of ["", "00", "01", "0000", "c0", "000003", "00000300"]) {
      expect(slice(payload)).toBe(`[0000000165${payload}]`);
    }
  });
  it("32 leading zeros leave only the header byte clear", () => {
    expect(slice("00000300000300ff")).toBe("[0000000165]00000300000300ff");
    expect(slice(`0000030000${"ff".repeat(9)}`)).toBe("[0000000165]0000030000ffffffffffffffffff");
  });
  it.each([2, 3, 4, 19, 20, 21])("type %i: header clear, payload encrypted", (type) => {
    const header = type.toString(16).padStart(2, "0");
    expect(slice("112233", header)).toBe(`[00000001${header}]112233`);
    expect(slice("", header)).toBe(`[00000001${header}]`);
  });
  it.each([0, 6, 7, 8, 9, 12, 18, 22, 31])("type %i: all clear", (type) => {
    const header = (0x60 | type).toString(16);
    expect(slice("112233", header)).toBe(`[00000001${header}112233]`);
  });
});

describe("C5 H.265", () => {
  it("a one-byte slice is all clear, one of two bytes too", () => {
    expect(shown("h265", unhex("0000000102"))).toBe("[0000000102]");
    expect(shown("h265", unhex("000000010201"))).toBe("[000000010201]");
    expect(shown("h265", unhex("00000001020133"))).toBe("[000000010201]33");
  });
  it("types from 32 on are all clear", () => {
    expect(shown("h265", unhex("000000013e0133"))).toBe("[000000013e01]33");
    expect(shown("h265", unhex("00000001400133"))).toBe("[00000001400133]");
  });
  it("the forbidden and layer bits are no part of the type", () => {
    expect(shown("h265", unhex("00000001820133"))).toBe("[000000018201]33");
    expect(shown("h265", unhex("00000001c10133"))).toBe("[00000001c10133]");
  });
});

describe("C6 AV1", () => {
  const td = "1200";
  const frame = (payload: string) => `32${(payload.length / 2).toString(16).padStart(2, "0")}${payload}`;

  it("temporal delimiters, tile lists and padding are dropped", () => {
    const padding = "7a020000";
    const tileList = "420111";
    expect(shown("av1", unhex(td + frame("aabb") + tileList + frame("cc") + padding))).toBe(
      "[3202]aabb[30]cc",
    );
  });
  it("a last OBU of a dropped type leaves its place to the one before", () => {
    expect(shown("av1", unhex(`${frame("aabb")}7a020000`))).toBe("[30]aabb");
    expect(shown("av1", unhex(`${frame("aabb")}780000`))).toBe("[30]aabb");
  });
  it("nothing left: an empty frame, sealed as such", () => {
    expect(splitFrame("av1", unhex(td))).toMatchObject({
      ranges: [],
      transformed: bytes(),
      encrypted: bytes(),
    });
    expect(throughCall("av1", unhex(`${td}7a00`))).toEqual(bytes());
  });
  it("padded sizes are rewritten minimal", () => {
    expect(shown("av1", unhex(`328280808000aabb${frame("cc")}`))).toBe("[3202]aabb[30]cc");
    expect(shown("av1", unhex(`3282808080808000aabb${frame("cc")}`))).toBe("[3202]aabb[30]cc");
  });
  it("a size of 8 bytes is fine, of 9 is malformed", () => {
    expect(shown("av1", unhex(`328280808080808000aabb${frame("cc")}`))).toBe("[3202]aabb[30]cc");
    expectWhole("av1", unhex(`32828080808080808000aabb${frame("cc")}`));
  });
  it("the forbidden bit, a size past the end, an OBU of nothing: whole", () => {
    expectWhole("av1", unhex(`b2${frame("aabb").slice(2)}`));
    expectWhole("av1", unhex("3203aabb"));
    expectWhole("av1", unhex("30"));
    expectWhole("av1", unhex("34"));
    expectWhole("av1", unhex("3410"));
    expectWhole("av1", unhex("36"));
    expectWhole("av1", unhex("3610"));
    expectWhole("av1", unhex("3280"));
    expectWhole("av1", unhex(`${frame("aabb")}30`));
  });
  it("an extension byte stays clear", () => {
    expect(shown("av1", unhex(`361002aabb${frame("cc")}`))).toBe("[361002]aabb[30]cc");
    expect(shown("av1", unhex("361002aabb"))).toBe("[3410]aabb");
    expect(shown("av1", unhex("3410aabb"))).toBe("[3410]aabb");
  });
  it("a last OBU without payload loses its size all the same", () => {
    expect(shown("av1", unhex(`${frame("aa")}3200`))).toBe("[3201]aa[30]");
  });
});

describe("C0–C6 against the slow twins", () => {
  const dense = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, 3, 0x65, 0x41, 0x02, 0x26, 0x12, 0x32, 0x80, 0x0a) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  );
  const startCodes = fc.constantFrom([0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0, 1]);
  const unit = fc.tuple(
    startCodes,
    fc.constantFrom(0x65, 0x41, 0x26, 0x02, 0x40, 0x67, 0x13),
    fc.array(dense, { maxLength: 24 }),
  );
  const annexB = fc
    .array(unit, { maxLength: 5 })
    .map((units) => units.flatMap(([code, header, rest]) => [...code, header, ...rest]));
  const obu = fc
    .tuple(
      fc.constantFrom(0x12, 0x32, 0x36, 0x0a, 0x7a, 0x42, 0x30, 0x34, 0xb2),
      fc.array(dense, { maxLength: 12 }),
      fc.nat(9),
    )
    .map(([header, payload, padding]) => {
      const size =
        padding === 0
          ? [payload.length]
          : [payload.length | 128, ...new Array<number>(padding - 1).fill(128), 0];
      return [header, ...(header & 4 ? [0x10] : []), ...(header & 2 ? size : []), ...payload];
    });
  const frames: Record<string, fc.Arbitrary<number[]>> = {
    h264: fc.oneof(annexB, fc.array(dense, { maxLength: 40 })),
    h265: fc.oneof(annexB, fc.array(dense, { maxLength: 40 })),
    av1: fc.oneof(
      fc.array(obu, { maxLength: 4 }).map((list) => list.flat()),
      fc.array(dense, { maxLength: 24 }),
    ),
    vp8: fc.array(dense, { maxLength: 14 }),
    vp9: fc.array(dense, { maxLength: 14 }),
  };

  it.each(Object.keys(frames) as Codec[])("%s", (codec) => {
    fc.assert(
      fc.property(frames[codec]!, (array) => {
        const frame = Uint8Array.from(array);
        const { transformed, ranges, clear, encrypted } = splitFrame(codec, frame);
        expect({
          transformed: [...transformed],
          ranges,
          clear: [...clear],
          encrypted: [...encrypted],
        }).toEqual(referenceSplit(codec, frame));
        expect([...frame]).toEqual(array);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the receiver gets back what the sender split", () => {
  it.each(ALL)("%s", (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (frame) => {
        const whole = concat(unhex("00000001"), frame);
        for (const one of [frame, whole]) {
          expect(hex(throughCall(codec, one) as Uint8Array)).toBe(hex(splitFrame(codec, one).transformed));
        }
      }),
      { numRuns: 300 },
    );
  });
});
