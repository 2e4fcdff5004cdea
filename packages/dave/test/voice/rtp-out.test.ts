// RFC 3550 §5.1, §5.3.1 and R1: packets written here are read by `readRtp`, and their bytes are those of the RFC.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DaveError,
  OpusStream,
  type RtpPacket,
  readRtp,
  rtpHeaderLength,
  writeRtp,
} from "../../src/voice.ts";

const BASE: RtpPacket = {
  payloadType: 120,
  sequenceNumber: 0x0102,
  timestamp: 0x03040506,
  ssrc: 0x0708090a,
  frame: Uint8Array.of(0xf8, 0xff, 0xfe),
};
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

describe("an RTP packet", () => {
  it("has the twelve bytes of RFC 3550 in front", () => {
    const { header, payload } = writeRtp(BASE);
    expect(hex(header)).toBe("8078" + "0102" + "03040506" + "0708090a");
    expect(hex(payload)).toBe("f8fffe");
  });

  it("has CSRCs and the extension's four bytes in the clear, its body and the padding in the payload", () => {
    const { header, payload } = writeRtp({
      ...BASE,
      marker: true,
      csrcs: [1, 0xffffffff],
      extension: { profile: 0xbede, body: Uint8Array.of(0x51, 0, 0, 0) },
      padding: 3,
    });
    expect(hex(header)).toBe(
      "b2f8" + "0102" + "03040506" + "0708090a" + "00000001" + "ffffffff" + "bede0001",
    );
    expect(hex(payload)).toBe("51000000" + "f8fffe" + "000003");
    expect(rtpHeaderLength(header)).toBe(header.length);
  });

  it("is read back as it was written, whatever it holds", () => {
    const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });
    const extension = fc.record({
      profile: bits(16),
      body: fc.uint8Array({ maxLength: 40 }).map((body) => body.subarray(0, body.length & ~3)),
    });
    const packet = fc.record({
      payloadType: bits(7),
      marker: fc.boolean(),
      sequenceNumber: bits(16),
      timestamp: bits(32),
      ssrc: bits(32),
      csrcs: fc.array(bits(32), { maxLength: 15 }),
      extension: fc.option(extension, { nil: undefined }),
      padding: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
      frame: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    });
    for (const written of fc.sample(packet, 500)) {
      const { header, payload } = writeRtp(written);
      const { payloadType, marker, sequenceNumber, timestamp, ssrc, frame } = written;
      const read = readRtp(Uint8Array.from([...header, ...payload]), payload);
      expect(read).toMatchObject({ payloadType, marker, sequenceNumber, timestamp, ssrc });
      expect("frame" in read ? hex(read.frame) : "").toBe(hex(frame));
    }
  });

  it.each<[string, Partial<RtpPacket>]>([
    ["a payload type of 8 bits", { payloadType: 128 }],
    ["a sequence number of 17 bits", { sequenceNumber: 65536 }],
    ["a negative timestamp", { timestamp: -1 }],
    ["a broken timestamp", { timestamp: 0.5 }],
    ["an SSRC of 33 bits", { ssrc: 2 ** 32 }],
    ["16 CSRCs", { csrcs: Array(16).fill(1) }],
    ["an extension of 3 bytes", { extension: { profile: 1, body: new Uint8Array(3) } }],
    ["an extension of 65536 words", { extension: { profile: 1, body: new Uint8Array(262144) } }],
    ["an extension's profile of 17 bits", { extension: { profile: 65536, body: new Uint8Array(0) } }],
    ["padding of 256 bytes", { padding: 256 }],
    ["padding of 0 bytes", { padding: 0 }],
    ["a frame of text", { frame: "opus" as never }],
  ])("with %s is refused", (_title, wrong) => {
    expect(() => writeRtp({ ...BASE, ...wrong })).toThrow(DaveError);
  });
});

describe("a stream of Opus packets", () => {
  const frame = Uint8Array.of(1);

  it("counts packets by one and time by 960 samples, and both wrap", () => {
    const stream = new OpusStream({ ssrc: 7, sequenceNumber: 0xffff, timestamp: 2 ** 32 - 960 });
    const packets = [stream.next(frame), stream.next(frame), stream.next(frame)];
    expect(packets.map(({ sequenceNumber }) => sequenceNumber)).toEqual([0xffff, 0, 1]);
    expect(packets.map(({ timestamp }) => timestamp)).toEqual([2 ** 32 - 960, 0, 960]);
    expect(packets[0]).toMatchObject({ ssrc: 7, payloadType: 120, frame });
  });

  it("lets time pass without packets in a pause", () => {
    const stream = new OpusStream({ ssrc: 7, samples: 480 });
    stream.next(frame);
    stream.skip(10);
    expect(stream.next(frame)).toMatchObject({ sequenceNumber: 1, timestamp: 11 * 480 });
  });

  it("refuses numbers that do not fit", () => {
    expect(() => new OpusStream({ ssrc: -1 })).toThrow(DaveError);
    expect(() => new OpusStream({ ssrc: 1, sequenceNumber: 65536 })).toThrow(DaveError);
    expect(() => new OpusStream({ ssrc: 1, timestamp: Number.NaN })).toThrow(DaveError);
    expect(() => new OpusStream({ ssrc: 1, samples: 0 })).toThrow(DaveError);
  });
});
