// A slow twin of F1, F2, F6 and F7 over node:crypto: one attempt at a time, start codes found in hex text.
import { createCipheriv } from "node:crypto";
import { referenceSplit, referenceUleb128Bytes } from "./split.ts";

export interface ReferenceFrame {
  frame: Uint8Array;
  /** F7: a packetizer would see a start code that the codec did not write. */
  showsStartCode: boolean;
}

/** F1: ciphertext and 8-byte tag. */
export function referenceAead(key: Uint8Array, nonce: number, aad: number[], plaintext: number[]) {
  const iv = Buffer.alloc(12);
  iv.writeUInt32LE(nonce, 8);
  const cipher = createCipheriv("aes-128-gcm", key, iv, { authTagLength: 16 });
  cipher.setAAD(Uint8Array.from(aad));
  const ciphertext = Buffer.concat([cipher.update(Uint8Array.from(plaintext)), cipher.final()]);
  return { ciphertext: [...ciphertext], tag: [...cipher.getAuthTag().subarray(0, 8)] };
}

const hasStartCode = (bytes: number[]): boolean => /^(..)*?000001/.test(Buffer.from(bytes).toString("hex"));

/** F6: what one attempt makes of a frame. */
export function referenceSeal(
  codec: string,
  frame: Uint8Array,
  key: Uint8Array,
  nonce: number,
): ReferenceFrame {
  const { transformed, ranges, clear, encrypted } = referenceSplit(codec, frame);
  const { ciphertext, tag } = referenceAead(key, nonce, clear, encrypted);
  const inRange = (i: number) => ranges.some(([offset, length]) => i >= offset && i < offset + length);
  const rest = [...ciphertext];
  const media = transformed.map((byte, i) => (inRange(i) ? byte : rest.shift()!));
  const uleb = (value: number) => referenceUleb128Bytes(BigInt(value));
  const supplement = [
    ...tag,
    ...uleb(nonce),
    ...ranges.flatMap(([offset, length]) => [...uleb(offset), ...uleb(length)]),
  ];
  const trailer = [...supplement, supplement.length + 3, 0xfa, 0xfa];
  const whole = [...media, ...trailer];
  // Each encrypted section and the trailer, with the two bytes before and after.
  const sections: [number, number][] = [];
  let at = 0;
  for (const [offset, length] of ranges) {
    sections.push([at, offset]);
    at = offset + length;
  }
  sections.push([at, media.length], [media.length, whole.length]);
  const shows = sections.some(
    ([from, to]) => to > from && hasStartCode(whole.slice(Math.max(0, from - 2), to + 2)),
  );
  return { frame: Uint8Array.from(whole), showsStartCode: shows };
}
