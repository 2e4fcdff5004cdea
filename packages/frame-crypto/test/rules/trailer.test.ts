// F2, F4, F5 the trailer.
import { describe, expect, it } from "vitest";
import { parseFrame, splitFrame } from "../../src/index.ts";
import { bytes, concat, hex } from "../helpers/bytes.ts";
import { receiver, senderFor } from "../helpers/peers.ts";

const TAG = new Uint8Array(8).fill(0xaa);
/** A frame of `media`, then a trailer with these ULEB128 bytes. */
const frameOf = (media: Uint8Array, nonceAndRanges: number[], size = nonceAndRanges.length + 11) =>
  concat(media, TAG, bytes(...nonceAndRanges, size, 0xfa, 0xfa));
const malformed = { outcome: "failed", reason: "malformed-trailer" };
const media = bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

describe("F5 frame check", () => {
  it("needs 12 bytes", () => {
    expect(parseFrame(concat(bytes(0, 0, 0, 0, 0, 0, 0, 0), bytes(11, 0xfa, 0xfa)))).toEqual(malformed);
    expect(parseFrame(frameOf(bytes(), [1]))).toMatchObject({ outcome: "parsed", nonce: 1, ranges: [] });
  });
  it.each([0, 1, 2])("frames of %i bytes are none", (length) => {
    expect(parseFrame(new Uint8Array(length).fill(0xfa)).outcome).toBe("failed");
  });
  it("a size of 11 is none", () => {
    expect(parseFrame(frameOf(media, [1], 11))).toEqual(malformed);
  });
  it("a size of all the frame has no media; one more is none", () => {
    expect(parseFrame(frameOf(bytes(), [1], 12))).toMatchObject({ outcome: "parsed" });
    expect(parseFrame(frameOf(bytes(), [1], 13))).toEqual(malformed);
  });
  it("without the marker it is no protocol frame", () => {
    const frame = frameOf(media, [1]);
    frame[frame.length - 1] = 0xfb;
    expect(parseFrame(frame)).toEqual({ outcome: "failed", reason: "not-protocol-frame" });
  });
  it("ranges are bounded by the media, not by the frame", () => {
    expect(parseFrame(frameOf(media, [1, 0, 10]))).toMatchObject({ ranges: [[0, 10]] });
    expect(parseFrame(frameOf(media, [1, 0, 11]))).toEqual(malformed);
    expect(parseFrame(frameOf(media, [1, 10, 1]))).toEqual(malformed);
    expect(parseFrame(frameOf(media, [1, 11, 0]))).toEqual(malformed);
  });
  it("zero-length and adjacent ranges are fine", () => {
    expect(parseFrame(frameOf(media, [1, 0, 0, 0, 3, 3, 4, 10, 0]))).toMatchObject({
      ranges: [
        [0, 0],
        [0, 3],
        [3, 4],
        [10, 0],
      ],
      aad: media.subarray(0, 7),
      ciphertext: media.subarray(7),
    });
  });
  it("overlapping and descending ranges are none", () => {
    expect(parseFrame(frameOf(media, [1, 0, 3, 2, 1]))).toEqual(malformed);
    expect(parseFrame(frameOf(media, [1, 5, 1, 0, 1]))).toEqual(malformed);
  });
  it("an offset without a length is none", () => {
    expect(parseFrame(frameOf(media, [1, 5]))).toEqual(malformed);
  });
  it("a nonce above 2^53-1 is none, one above 2^32 is cut to 32 bits", () => {
    expect(parseFrame(frameOf(media, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toMatchObject({
      nonce: 0xffffffff,
    });
    expect(parseFrame(frameOf(media, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]))).toEqual(malformed);
    expect(parseFrame(frameOf(media, [0x87, 0x80, 0x80, 0x80, 0x10]))).toMatchObject({ nonce: 7 });
  });
  it("offset and length that overflow together are none", () => {
    const max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    expect(parseFrame(frameOf(media, [1, ...max, ...max]))).toEqual(malformed);
    expect(parseFrame(frameOf(media, [1, 1, ...max]))).toEqual(malformed);
  });
});

describe("F4 growth", () => {
  /** `n` H.265 slices of one encrypted byte: `n` clear ranges. */
  const slices = (n: number) => concat(...Array.from({ length: n }, () => bytes(0, 0, 0, 1, 2, 1, 0x55)));

  it("each range costs its offset and length; a trailer of 255 bytes is sent and read", () => {
    const size = (n: number, counter = 0) => {
      const sent = senderFor("h265", counter).encrypt(slices(n));
      return sent.outcome === "encrypted" ? sent.frame.at(-3) : sent.outcome === "failed" && sent.reason;
    };
    // Offsets below 128 take one byte: those of 19 slices.
    for (let n = 70; n <= 87; n++) expect(size(n)).toBe(12 + 19 * 2 + (n - 19) * 3);
    expect(size(87, 200)).toBe(255);
    expect(size(88)).toBe("trailer-too-long");
    const sent = senderFor("h265", 200).encrypt(slices(87));
    const got = receiver().decrypt("frame" in sent ? sent.frame : bytes());
    expect("frame" in got && hex(got.frame)).toBe(hex(slices(87)));
  });

  it("one that may pass 255 within ten attempts is refused, and no counter is spent", () => {
    // The tenth nonce, 16384, would take three bytes.
    const sender = senderFor("h265", 16374);
    expect(sender.encrypt(slices(87))).toEqual({ outcome: "failed", reason: "trailer-too-long" });
    expect(sender.key.counter).toBe(16374);
    expect(senderFor("h265", 16373).encrypt(slices(87))).toMatchObject({ outcome: "encrypted" });
  });

  it("the nonce of the tenth attempt counts for H.264 and H.265", () => {
    const length = (codec: "h265" | "vp8", counter: number) => {
      const { encryptor } = senderFor(codec, counter);
      return encryptor.maxProtectedLength({ mediaType: "video", ssrc: 7, frame: slices(1) });
    };
    expect(length("h265", 117) - length("h265", 0)).toBe(0);
    expect(length("h265", 118) - length("h265", 0)).toBe(1);
    expect(length("vp8", 126) - length("vp8", 0)).toBe(0);
    expect(length("vp8", 127) - length("vp8", 0)).toBe(1);
  });

  it("the largest size is exact where there is one attempt", () => {
    for (const codec of ["opus", "vp8", "vp9", "av1", "unknown"] as const) {
      const { encryptor, encrypt } = senderFor(codec, 16382);
      const frame = bytes(0x0a, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
      const most = encryptor.maxProtectedLength({ mediaType: "video", codec, frame });
      const sent = encrypt(frame);
      expect("frame" in sent && sent.frame.length).toBe(most);
    }
  });

  it("grows by a byte for each 3-byte start code", () => {
    expect(splitFrame("h264", bytes(0, 0, 1, 9, 0, 0, 1, 9)).transformed).toEqual(
      bytes(0, 0, 0, 1, 9, 0, 0, 0, 1, 9),
    );
  });
});

describe("F8 a protocol frame that no key fits", () => {
  it("fails in passthrough too", () => {
    const { decryptor, decrypt } = receiver();
    decryptor.setPlaintext(Number.POSITIVE_INFINITY);
    expect(decrypt(frameOf(media, [1]))).toEqual({ outcome: "failed", reason: "authentication" });
    expect(decrypt(frameOf(media, [1], 11))).toMatchObject({ outcome: "plain" });
  });
});
