// A packetizer's view: encrypt → packetize → depacketize → decrypt gives back the frame the codec sent, start codes
// and OBU sizes as the protocol writes them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../fuzz/random.ts";
import { type Codec, splitFrame } from "../src/index.ts";
import { concat, hex, unhex } from "./helpers/bytes.ts";
import { receiver, senderFor } from "./helpers/peers.ts";
import { mediaFrames } from "./helpers/vectors.ts";
import { depacketizeAv1, elementsOf, packetizeAv1 } from "./transport/av1.ts";
import { depacketize, H264, H265, type Mtu, packetize, unitsOf } from "./transport/h26x.ts";
import { depacketizeVp8, packetizeVp8 } from "./transport/vp8.ts";

/** A frame on its way: cut into packets and put together again. */
const TRANSPORTS: Partial<Record<Codec, (wire: Uint8Array, mtu: Mtu) => Uint8Array>> = {
  h264: (wire, mtu) => depacketize(H264, packetize(H264, wire, mtu)),
  h265: (wire, mtu) => depacketize(H265, packetize(H265, wire, mtu)),
  vp8: (wire, mtu) => depacketizeVp8(packetizeVp8(wire, mtu)).frame,
  av1: (wire, mtu) => depacketizeAv1(packetizeAv1(wire, mtu), true),
};

/** What the receiver's codec gets. */
function carried(codec: Codec, frame: Uint8Array, seed: number, counter = seed): Uint8Array {
  const sent = senderFor(codec, counter).encrypt(frame);
  if (sent.outcome !== "encrypted") throw new Error(`not encrypted: ${JSON.stringify(sent)}`);
  const random = new Random(seed);
  const small = random.below(2) === 0;
  const wire = TRANSPORTS[codec]!(sent.frame, () =>
    small ? 8 + random.below(40) : 300 + random.below(1100),
  );
  expect(hex(wire)).toBe(hex(sent.frame));
  const got = receiver().decrypt(wire);
  if (got.outcome !== "decrypted") throw new Error(`not decrypted: ${JSON.stringify(got)}`);
  return got.frame;
}

/** H.264 §7.4.1: what an encoder writes has no start code in it, and does not end in zero. */
function escaped(payload: number[]): number[] {
  const unit: number[] = [];
  for (const byte of payload) {
    if (unit.at(-1) === 0 && unit.at(-2) === 0 && byte <= 3) unit.push(3);
    unit.push(byte);
  }
  return [...unit, 0x80];
}

const payload = fc.oneof(
  fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 0x80, 0xff), { maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 }),
);

const annexB = (headers: fc.Arbitrary<number[]>) =>
  fc
    .array(fc.tuple(fc.constantFrom([0, 0, 1], [0, 0, 0, 1]), headers, payload), {
      minLength: 1,
      maxLength: 8,
    })
    .map((units) =>
      Uint8Array.from(units.flatMap(([code, header, body]) => [...code, ...header, ...escaped(body)])),
    );

/** The units of a frame with 4-byte start codes: what a decoder must get. */
const normalised = (frame: Uint8Array): string =>
  unitsOf(frame)
    .map((unit) => `00000001${hex(unit)}`)
    .join("");

const seed = fc.nat(2 ** 20);

describe("H.264, RFC 6184", () => {
  const headers = fc
    .constantFrom(0x65, 0x41, 0x01, 0x67, 0x68, 0x06, 0x09, 0x0c, 0x62, 0x73)
    .map((header) => [header]);
  it("generated frames", () => {
    fc.assert(
      fc.property(annexB(headers), seed, (frame, n) => {
        expect(hex(carried("h264", frame, n))).toBe(normalised(frame));
      }),
      { numRuns: 300 },
    );
  });
  it("a depacketizer reads the same slice header from the wire as from the frame", () => {
    for (const text of mediaFrames().h264!) {
      const frame = unhex(text);
      const sent = senderFor("h264").encrypt(frame);
      const wire = unitsOf("frame" in sent ? sent.frame : frame);
      unitsOf(frame).forEach(
        (unit, i) => void expect(hex(wire[i]!.subarray(0, 2))).toBe(hex(unit.subarray(0, 2))),
      );
    }
  });
});

describe("H.265, RFC 7798", () => {
  const headers = fc.constantFrom<number[]>(
    [0x26, 1],
    [0x02, 1],
    [0x40, 1],
    [0x42, 1],
    [0x44, 1],
    [0x4e, 1],
    [0x28, 0x0a],
  );
  it("generated frames", () => {
    fc.assert(
      fc.property(annexB(headers), seed, (frame, n) => {
        expect(hex(carried("h265", frame, n))).toBe(normalised(frame));
      }),
      { numRuns: 300 },
    );
  });
});

describe("VP8, RFC 7741", () => {
  const keyFrame = fc.uint8Array({ minLength: 10, maxLength: 400 }).map((frame) => {
    frame.set([frame[0]! & 0xfe, frame[1]!, frame[2]!, 0x9d, 0x01, 0x2a]);
    return frame;
  });
  const delta = fc.uint8Array({ minLength: 1, maxLength: 400 }).map((frame) => {
    frame[0]! |= 1;
    return frame;
  });
  it("generated frames, and what the depacketizer reads of them", () => {
    fc.assert(
      fc.property(fc.oneof(keyFrame, delta), seed, (frame, n) => {
        expect(hex(carried("vp8", frame, n))).toBe(hex(frame));
        const sent = senderFor("vp8", n).encrypt(frame);
        const seen = depacketizeVp8(packetizeVp8("frame" in sent ? sent.frame : frame, () => 50));
        const plain = depacketizeVp8(packetizeVp8(frame, () => 50));
        expect([seen.keyFrame, seen.width, seen.height]).toEqual([plain.keyFrame, plain.width, plain.height]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("AV1, the RTP payload format", () => {
  const leb128 = (value: number, padding: number): number[] => {
    const bytes = [value & 127, (value >> 7) & 127].slice(0, value < 128 ? 1 : 2);
    const whole = [...bytes, ...new Array<number>(padding).fill(0)];
    return whole.map((byte, i) => (i < whole.length - 1 ? byte | 128 : byte));
  };
  const obu = fc
    .tuple(
      fc.constantFrom(0x0a, 0x32, 0x36, 0x22, 0x2a, 0x12, 0x7a),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(3),
    )
    .map(([header, body, padding]) => {
      const content = header === 0x12 ? new Uint8Array() : body;
      return [header, ...(header & 4 ? [0x28] : []), ...leb128(content.length, padding), ...content];
    });
  const tail = fc
    .tuple(fc.constantFrom(0x32, 0x30), fc.uint8Array({ minLength: 1, maxLength: 300 }))
    .map(([header, body]) => {
      return header & 2 ? [header, ...leb128(body.length, 0), ...body] : [header, ...body];
    });
  const unit = fc
    .tuple(fc.array(obu, { maxLength: 5 }), tail)
    .map(([obus, last]) => Uint8Array.from([...obus.flat(), ...last]));
  /** The OBUs a decoder must get, sizes apart: without those that transports drop. */
  const kept = (frame: Uint8Array): string[] =>
    elementsOf(frame)
      .filter((element) => ![2, 8, 15].includes((element[0]! >> 3) & 15))
      .map(hex);

  it("generated frames", () => {
    fc.assert(
      fc.property(unit, seed, (frame, n) => {
        const got = carried("av1", frame, n);
        expect(elementsOf(got).map(hex)).toEqual(kept(frame));
        expect(hex(got)).toBe(hex(splitFrame("av1", frame).transformed));
      }),
      { numRuns: 300 },
    );
  });
  it("the stock depacketizer breaks them: it puts a size on the last OBU", () => {
    const frame = unhex("0a01003203aabbcc");
    const sent = senderFor("av1").encrypt(frame);
    const wire = depacketizeAv1(
      packetizeAv1("frame" in sent ? sent.frame : frame, () => 1200),
      false,
    );
    expect(receiver().decrypt(wire)).toMatchObject({ outcome: "failed", reason: "authentication" });
  });
});

describe("frames of real codecs", () => {
  const frames = mediaFrames();
  it.each(Object.keys(TRANSPORTS) as Codec[])("%s", (codec) => {
    expect(frames[codec]!.length).toBeGreaterThan(0);
    frames[codec]!.forEach((text, i) => {
      const frame = unhex(text);
      const got = carried(codec, frame, i, i * 1000);
      expect(hex(got)).toBe(hex(splitFrame(codec, frame).transformed));
      if (codec === "h264" || codec === "h265") expect(hex(got)).toBe(normalised(frame));
      if (codec === "vp8") expect(hex(got)).toBe(text);
    });
  });
  it("several frames of one call, one counter", () => {
    for (const codec of ["h264", "h265"] as const) {
      const sender = senderFor(codec);
      const { decrypt } = receiver();
      for (const text of frames[codec]!) {
        const sent = sender.encrypt(unhex(text));
        const got = decrypt(TRANSPORTS[codec]!("frame" in sent ? sent.frame : unhex(""), () => 900));
        expect("frame" in got && hex(got.frame)).toBe(normalised(unhex(text)));
      }
    }
  });
  it.each(["opus", "vp9"] as const)("%s: nothing looks inside, the frame comes back as it is", (codec) => {
    for (const text of frames[codec]!) {
      const sent = senderFor(codec).encrypt(unhex(text));
      const got = receiver().decrypt("frame" in sent ? sent.frame : unhex(""));
      expect("frame" in got && hex(got.frame)).toBe(text);
    }
  });
});

describe("what the format cannot carry", () => {
  it("a frame of so many slices that the trailer may not fit is no frame, and the next goes out", () => {
    const slice = unhex("000000014101aabbccdd");
    const sender = senderFor("h264");
    expect(sender.encrypt(concat(...Array.from({ length: 100 }, () => slice)))).toEqual({
      outcome: "failed",
      reason: "trailer-too-long",
    });
    expect(sender.encrypt(slice)).toMatchObject({ outcome: "encrypted", nonce: 1 });
  });
});
