// RFC 9420 §5.1.2 Signatures travel as DER, in the one encoding that DER allows. OpenSSL, by node:crypto, is the other judge.
import nodeCrypto from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signatureFromDer, signatureToDer } from "../../src/crypto/der.ts";
import { concat, hex, opaque, verifyWithLabel } from "../../src/index.ts";
import { platformCrypto, portableCrypto } from "../support/crypto.ts";
import { keyFor, n, nextX, number } from "../support/p256.ts";

const utf8 = (value: string) => new TextEncoder().encode(value);
const content = utf8("content");
/** §5.1.2 `SignContent` as it is signed. */
const signed = concat(opaque.encode(utf8("MLS 1.0 label")), opaque.encode(content));

// A signature with a short r and a short s, so that padding them is one byte more and no other number.
const small = nextX(1n, 1n);
const { publicKey, signature } = keyFor(small, 0x11n, signed);
const [r, s] = [number(small).subarray(31), Uint8Array.of(0x11)];

const length = (value: number) => Uint8Array.of(value);
const integer = (bytes: Uint8Array, tag = 2) => concat(Uint8Array.of(tag), length(bytes.length), bytes);
const sequence = (...parts: Uint8Array[]) => {
  const body = concat(...parts);
  return concat(Uint8Array.of(0x30), length(body.length), body);
};
const right = sequence(integer(r), integer(s));
const long = (header: number[], body: Uint8Array) => concat(Uint8Array.from(header), body);

function nodeVerifies(der: Uint8Array): boolean {
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map((part) =>
    Buffer.from(part).toString("base64url"),
  );
  const key = nodeCrypto.createPublicKey({ key: { kty: "EC", crv: "P-256", x: x!, y: y! }, format: "jwk" });
  return nodeCrypto.verify("sha256", signed, key, der);
}
const ours = (der: Uint8Array) =>
  [portableCrypto, platformCrypto].map((crypto) => verifyWithLabel(crypto, publicKey, "label", content, der));

describe("a signature in DER", () => {
  it("is accepted in the shortest form", () => {
    expect(hex(signatureToDer(signature))).toBe(hex(right));
    expect(nodeVerifies(right)).toBe(true);
    expect(ours(right)).toEqual([true, true]);
  });

  const zero = Uint8Array.of(0);
  const tooLong = concat(zero, Uint8Array.of(1), number(0n));
  it.each<[string, Uint8Array]>([
    ["r with a needless zero", sequence(integer(concat(zero, r)), integer(s))],
    ["s with a needless zero", sequence(integer(r), integer(concat(zero, s)))],
    ["a negative r", sequence(integer(Uint8Array.of(0x80 | r[0]!)), integer(s))],
    ["a negative s", sequence(integer(r), integer(Uint8Array.of(0x91)))],
    ["r without bytes", sequence(integer(new Uint8Array(0)), integer(s))],
    ["s without bytes", sequence(integer(r), integer(new Uint8Array(0)))],
    ["r of 34 bytes", sequence(integer(tooLong), integer(s))],
    ["s of 34 bytes", sequence(integer(r), integer(tooLong))],
    ["the length of the sequence in long form", long([0x30, 0x81, right.length - 2], right.subarray(2))],
    ["the length of r in long form", sequence(long([2, 0x81, r.length], r), integer(s))],
    ["the length of s in long form of two bytes", sequence(integer(r), long([2, 0x82, 0, s.length], s))],
    ["an indefinite length", concat(long([0x30, 0x80], right.subarray(2)), zero, zero)],
    ["a byte behind the sequence", concat(right, zero)],
    ["a byte behind s, inside the sequence", sequence(integer(r), integer(s), zero)],
    ["a third integer", sequence(integer(r), integer(s), integer(s))],
    ["r alone", sequence(integer(r))],
    ["a SET in place of the SEQUENCE", concat(Uint8Array.of(0x31), right.subarray(1))],
    ["an OCTET STRING in place of r", sequence(integer(r, 4), integer(s))],
    ["an ENUMERATED in place of s", sequence(integer(r), integer(s, 10))],
    ["cut by a byte", right.subarray(0, -1)],
    ["an empty sequence", Uint8Array.of(0x30, 0)],
    ["nothing", new Uint8Array(0)],
    ["r and s as they are, without DER", signature],
  ])("is refused with %s, as by OpenSSL", (_, der) => {
    expect(nodeVerifies(der)).toBe(false);
    expect(ours(der)).toEqual([false, false]);
    expect(signatureFromDer(der)).toBeUndefined();
  });

  it("reads back whatever r and s are written, 0 and 2^256 - 1 included", () => {
    const edges = [0n, 1n, 0x7fn, 0x80n, 0xffn, n - 1n, n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 256n - 1n];
    for (const a of edges)
      for (const b of edges) {
        const both = concat(number(a), number(b));
        expect(signatureFromDer(signatureToDer(both))).toEqual(both);
      }
  });

  it("of any bytes: what is read encodes to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const der = concat(Uint8Array.of(0x30, bytes.length), bytes);
        const read = signatureFromDer(der);
        expect(read === undefined || hex(signatureToDer(read)) === hex(der)).toBe(true);
      }),
    );
  });
});
