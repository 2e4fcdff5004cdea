// A media frame as an annotated tree: what is clear, what is encrypted, the trailer (protocol page §5)
import { HashRatchet } from "@puredave/dave/protocol";
import { openAead, parseFrame } from "@puredave/frame-crypto";
import { createCryptoProvider } from "@puredave/mls";
import { type Cursor, type Inspected, inspectAs, type Read, shortHex } from "./cursor.ts";

const MARKER = 0xfa;
const TAG = 8;
const SHORTEST = 12;

function uleb128(name: string): Read {
  return (cursor) => {
    cursor.part(name, (inner) => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        if (shift >= 70n) return inner.stop("longer than 10 bytes");
        const byte = inner.take(1)[0] as number;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) inner.stop(`${value} is above 2^53 - 1`);
      inner.node.value = `${value}`;
    });
  };
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Clear ranges by the trailer; what cannot be is left to `parseFrame` to refuse. */
function rangesOf(frame: Uint8Array): readonly Range[] {
  const parsed = parseFrame(frame);
  return parsed.outcome === "parsed" ? parsed.ranges.map(([offset, length]) => ({ offset, length })) : [];
}

function media(length: number, ranges: readonly Range[]): Read {
  return (cursor) => {
    const section = (name: string, count: number) =>
      cursor.part(name, (inner) => {
        inner.node.value = shortHex(inner.take(count));
      });
    let at = 0;
    for (const range of ranges) {
      if (range.offset > at) section("encrypted", range.offset - at);
      if (range.length > 0) section("clear", range.length);
      at = range.offset + range.length;
    }
    if (at < length) section("encrypted", length - at);
  };
}

function trailer(size: number): Read {
  return (cursor) => {
    cursor.part("tag", (inner) => {
      inner.node.value = shortHex(inner.take(TAG));
    });
    const fields = size - TAG - 3;
    cursor.within(fields, (inner) => {
      uleb128("nonce")(inner);
      const nonce = inner.node.children.at(-1);
      if (nonce?.value) nonce.value += ` (generation ${(Number(nonce.value) >>> 24) & 0xff})`;
      for (let index = 0; inner.left > 0; index++)
        inner.part(`range ${index}`, (range) => {
          uleb128("offset")(range);
          uleb128("length")(range);
        });
    });
    cursor.part("size", (inner) => {
      inner.node.value = `${inner.number(1)}`;
    });
    cursor.part("marker", (inner) => {
      inner.node.value = shortHex(inner.take(2));
    });
  };
}

function readFrame(cursor: Cursor): void {
  const { bytes } = cursor;
  if (bytes.length < SHORTEST)
    cursor.stop(`${bytes.length} bytes: a protocol frame has ${SHORTEST} at least`);
  if (bytes.at(-1) !== MARKER || bytes.at(-2) !== MARKER)
    cursor.stop(
      `ends ${shortHex(bytes.subarray(-2))}, not fafa: no protocol frame, unless padding was left on (R1)`,
    );
  const size = bytes.at(-3) as number;
  if (size < SHORTEST || size > bytes.length)
    cursor.stop(`a trailer of ${size} bytes in a frame of ${bytes.length}`);
  const length = bytes.length - size;
  cursor.part("media", media(length, rangesOf(bytes)));
  cursor.part("trailer", trailer(size));
  const parsed = parseFrame(bytes);
  if (parsed.outcome === "failed")
    cursor.stop(`${parsed.reason}: a range is out of order or outside the media (F5)`);
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
  const inspected = inspectAs("frame", bytes, readFrame);
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
