// Broken peers: frames and the AEAD (F1–F7, C1–C6, K3)
import type { Answer, Request } from "../../../src/peers/protocol.ts";
import { type BrokenPeer, broken, change, type Handler, isMarked } from "./kit.ts";

const onlyClear = (frame: Uint8Array, count: number) => ({
  unencrypted_ranges: count > 0 ? [[0, count] as const] : [],
  unencrypted: frame.slice(0, count),
  encrypted: frame.slice(count),
  transformed: frame,
});

const splitAs = (
  codec: string,
  act: (request: Request<"process_frame">, right: Handler<"process_frame">) => Answer<"process_frame">,
) =>
  change("process_frame", (request, right) =>
    request.codec === codec ? act(request, right) : right(request),
  );

const parsed = (act: (answer: Answer<"parse_frame">, frame: Uint8Array) => Answer<"parse_frame">) =>
  change("parse_frame", (request, right) => act(right(request), request.frame));

const nonceOf = (counter: number, bigEndian = false): Uint8Array => {
  const nonce = Buffer.alloc(12);
  if (bigEndian) nonce.writeUInt32BE(counter, 8);
  else nonce.writeUInt32LE(counter, 8);
  return new Uint8Array(nonce);
};
const counterOf = (nonce: Uint8Array): number => Buffer.from(nonce).readUInt32LE(8);

export const brokenFrames: readonly BrokenPeer[] = [
  broken(
    "truncated nonce",
    "K3",
    "aead",
    change("cryptor.encrypt", (r, right) => right({ ...r, nonce: nonceOf(counterOf(r.nonce) & 0xffffff) })),
  ),
  broken(
    "nonce big endian",
    "K3",
    "frame-encrypt",
    change("encryptor.encrypt", (r, right) => {
      const answer = right(r);
      return { ...answer, nonce: Buffer.from(nonceOf(answer.nonce ?? 0)).readUInt32BE(8) };
    }),
  ),
  broken(
    "clear bytes not authenticated",
    "F1",
    "aead",
    change("cryptor.decrypt", (r, right) => {
      const answer = right(r);
      return answer.success ? answer : { success: true, plaintext: r.ciphertext };
    }),
  ),
  broken(
    "clear bytes left out of the tag",
    "F1",
    "aead",
    change("cryptor.encrypt", (r, right) => right({ ...r, aad: new Uint8Array() })),
  ),
  broken(
    "tag of its last 8 bytes",
    "F1",
    "aead",
    change("cryptor.encrypt", (r, right) => {
      const answer = right(r);
      return { ...answer, tag: answer.tag ? Uint8Array.from(answer.tag).reverse() : null };
    }),
  ),
  broken(
    "Opus with its first byte clear",
    "C1",
    "frame-split",
    splitAs("opus", ({ frame }) => onlyClear(frame, 1)),
  ),
  broken(
    "VP9 as VP8",
    "C1",
    "frame-split",
    splitAs("vp9", (r, right) => right({ ...r, codec: "vp8" })),
  ),
  broken(
    "VP8 key frames with one clear byte",
    "C2",
    "frame-split",
    splitAs("vp8", ({ frame }) => onlyClear(frame, 1)),
  ),
  broken(
    "start codes as they came",
    "C3",
    "frame-split",
    splitAs("h264", (r, right) => ({ ...right(r), transformed: r.frame })),
  ),
  broken(
    "H.264 slice headers encrypted",
    "C4",
    "frame-split",
    splitAs("h264", (r, right) => {
      const split = right(r);
      return {
        ...split,
        unencrypted_ranges: split.unencrypted_ranges.map(
          ([at, length]) => [at, Math.min(length, 5)] as const,
        ),
      };
    }),
  ),
  broken(
    "H.265 as H.264",
    "C5",
    "frame-split",
    splitAs("h265", (r, right) => right({ ...r, codec: "h264" })),
  ),
  broken(
    "AV1 all encrypted",
    "C6",
    "frame-split",
    splitAs("av1", ({ frame }) => onlyClear(frame, 0)),
  ),
  broken(
    "whatever ends FA FA is a protocol frame",
    "F5",
    "frame-parse",
    parsed((answer, frame) => (isMarked(frame) ? { ...answer, is_encrypted: true } : answer)),
  ),
  broken(
    "frames without media refused",
    "F5",
    "frame-parse",
    parsed((answer) =>
      answer.is_encrypted && answer.ciphertext?.length === 0 ? { is_encrypted: false } : answer,
    ),
  ),
  broken(
    "ranges merged on reading",
    "F2",
    "frame-parse",
    parsed((answer) =>
      answer.ranges && answer.ranges.length > 1 ? { ...answer, ranges: answer.ranges.slice(1) } : answer,
    ),
  ),
  broken(
    "ULEB128 of 3 bytes at most",
    "F3",
    "frame-parse",
    parsed((answer) => (answer.nonce === undefined ? answer : { ...answer, nonce: answer.nonce % 2 ** 21 })),
  ),
  broken(
    "start codes in ciphertext let go",
    "F7",
    "frame-encrypt",
    change("encryptor.encrypt", (r, right) => ({ ...right(r), attempts: 1 })),
  ),
  broken(
    "first frame carries nonce 0",
    "K3",
    "frame-encrypt",
    change("encryptor.set_nonce", (r, right) => right({ ...r, nonce: Math.max(0, r.nonce - 1) })),
  ),
];
