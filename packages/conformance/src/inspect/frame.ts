// A media frame as an annotated tree: what is clear, what is encrypted, the trailer (protocol page §5)
import { HashRatchet } from "@puredave/dave/protocol";
import { openAead, parseFrame } from "@puredave/frame-crypto";
import { createCryptoProvider } from "@puredave/mls";
import { type Describe, type Inspected, inspectAs, shortHex, type TracingReader } from "./trace.ts";

const MARKER = 0xfa;
const TAG = 8;
const SHORTEST = 12;

/** Reads an integer that must end before `end`. */
function uleb128(reader: TracingReader, end: number): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    if (shift >= 70n) reader.stop("longer than 10 bytes");
    if (reader.offset >= end) reader.stop("runs into the size of the trailer");
    const byte = reader.uint(1);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) reader.stop(`${value} is above 2^53 - 1`);
  return value;
}

const describe: Describe = (name, value) =>
  name === "nonce" ? `${value} (generation ${(Number(value) >>> 24) & 0xff})` : undefined;

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Clear ranges by the trailer; what cannot be is left to `parseFrame` to refuse. */
function rangesOf(frame: Uint8Array): readonly Range[] {
  const parsed = parseFrame(frame);
  return parsed.outcome === "parsed" ? parsed.ranges.map(([offset, length]) => ({ offset, length })) : [];
}

function readMedia(reader: TracingReader, length: number, ranges: readonly Range[]): void {
  const section = (name: string, count: number) => reader.at(name, () => reader.bytes(count));
  let at = 0;
  for (const range of ranges) {
    if (range.offset > at) section("encrypted", range.offset - at);
    if (range.length > 0) section("clear", range.length);
    at = range.offset + range.length;
  }
  if (at < length) section("encrypted", length - at);
}

function readTrailer(reader: TracingReader, size: number): void {
  const end = reader.offset + size - 3;
  reader.at("tag", () => reader.bytes(TAG));
  reader.at("nonce", () => uleb128(reader, end));
  for (let index = 0; reader.offset < end; index++)
    reader.at(`range ${index}`, () => {
      reader.at("offset", () => uleb128(reader, end));
      reader.at("length", () => uleb128(reader, end));
    });
  reader.at("size", () => reader.uint(1));
  reader.at("marker", () => reader.bytes(2));
}

function readFrame(reader: TracingReader): void {
  const { input } = reader;
  if (input.length < SHORTEST)
    reader.stop(`${input.length} bytes: a protocol frame has ${SHORTEST} at least`);
  if (input.at(-1) !== MARKER || input.at(-2) !== MARKER)
    reader.stop(
      `ends ${shortHex(input.subarray(-2))}, not fafa: no protocol frame, unless padding was left on (R1)`,
    );
  const size = input.at(-3) as number;
  if (size < SHORTEST || size > input.length)
    reader.stop(`a trailer of ${size} bytes in a frame of ${input.length}`);
  const length = input.length - size;
  reader.at("media", () => readMedia(reader, length, rangesOf(input)));
  reader.at("trailer", () => readTrailer(reader, size));
  const parsed = parseFrame(input);
  if (parsed.outcome === "failed")
    reader.stop(`${parsed.reason}: a range is out of order or outside the media (F5)`);
}

/** The 16-byte key itself, or a base secret whose ratchet gives the key of the frame's generation. */
function open(frame: Uint8Array, key: Uint8Array): string {
  const parsed = parseFrame(frame);
  if (parsed.outcome === "failed") return "not a protocol frame";
  const { nonce, aad, ciphertext, tag } = parsed;
  const ratchet = new HashRatchet(createCryptoProvider(), key);
  const candidates = [
    ["the key", key],
    ["the base secret", ratchet.key(nonce >>> 24)],
  ] as const;
  for (const [name, candidate] of candidates) {
    const plain = candidate && openAead({ key: candidate, counter: nonce, aad, ciphertext, tag });
    if (plain?.outcome === "opened") return `opened with ${name}: ${shortHex(plain.plaintext)}`;
  }
  return "this key does not open it, neither as key nor as base secret";
}

export function inspectFrame(bytes: Uint8Array, key?: Uint8Array): Inspected {
  const inspected = inspectAs("frame", bytes, readFrame, describe);
  if (key && !inspected.problem)
    inspected.root.children.push({
      name: "plaintext",
      offset: 0,
      length: 0,
      value: open(bytes, key),
      children: [],
    });
  return inspected;
}
