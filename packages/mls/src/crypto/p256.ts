// FIPS 186-5 ECDSA over P-256 with the nonce of RFC 6979, and ECDH, on noble's group arithmetic. Only the group is
// taken: noble's own ECDSA brings formats and options that are not needed here and weigh more than this package may.
import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, hex } from "../bytes.ts";
import { hmac } from "./hmac.ts";
import { isUncompressed } from "./provider.ts";

// SEC 2 §2.4.2 secp256r1
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const Point = /* @__PURE__ */ weierstrass({
  p: P,
  n: N,
  h: 1n,
  a: P - 3n,
  b: B,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
});

const toNumber = (bytes: Uint8Array) => BigInt(`0x${hex(bytes)}`);
const toBytes = (value: bigint) => Point.Fn.toBytes(value);
const isNonzeroScalar = (value: bigint) => value > 0n && value < N;

/** SEC 1 §3.2.2.1 for an uncompressed point: coordinates below p, on the curve (whose cofactor is 1). */
export function isPoint(publicKey: Uint8Array): boolean {
  if (!isUncompressed(publicKey)) return false;
  const x = toNumber(publicKey.subarray(1, 33));
  const y = toNumber(publicKey.subarray(33));
  return x < P && y < P && (y * y - (x * x - 3n) * x - B) % P === 0n;
}

/** 65 bytes for a scalar in 1…n-1. */
export const multiplyBase = (scalar: Uint8Array): Uint8Array =>
  Point.BASE.multiply(toNumber(scalar)).toBytes(false);

/** X coordinate (32 bytes) of scalar × point; throws if the point is not on the curve. */
export const multiply = (scalar: Uint8Array, point: Uint8Array): Uint8Array =>
  Point.fromBytes(point).multiply(toNumber(scalar)).toBytes(true).slice(1);

/** RFC 6979 §3.2: candidates for k, 32 bytes each, from private key and reduced hash; endless. */
function* nonces(privateKey: Uint8Array, digest: bigint): Generator<Uint8Array> {
  const seed = concat(privateKey, toBytes(digest));
  let v: Uint8Array = new Uint8Array(32).fill(1);
  let k: Uint8Array = new Uint8Array(32);
  for (const step of [0, 1]) {
    k = hmac(k, concat(v, Uint8Array.of(step), seed));
    v = hmac(k, v);
  }
  for (;;) {
    v = hmac(k, v);
    yield v;
    k = hmac(k, concat(v, Uint8Array.of(0)));
    v = hmac(k, v);
  }
}

/** FIPS 186-5 §6.4.1: r and s, 64 bytes. */
export function sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const { Fn } = Point;
  const digest = Fn.create(toNumber(sha256(message)));
  const d = toNumber(privateKey);
  const candidates = nonces(privateKey, digest);
  const next = () => toNumber(candidates.next().value as Uint8Array);
  for (;;) {
    const k = next();
    if (!isNonzeroScalar(k)) continue;
    const r = Fn.create(Point.BASE.multiply(k).toAffine().x);
    // The inversion is not constant-time: it sees k times a blind that nobody else knows.
    const blind = Fn.create(next()) || 1n;
    const inverse = Fn.mul(Fn.inv(Fn.mul(k, blind)), blind);
    const s = Fn.mul(inverse, Fn.add(digest, Fn.mul(r, d)));
    if (r !== 0n && s !== 0n) return concat(toBytes(r), toBytes(s));
  }
}

/** FIPS 186-5 §6.4.2 for r and s of 64 bytes. An invalid key verifies nothing. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Fn } = Point;
  const r = toNumber(signature.subarray(0, 32));
  const s = toNumber(signature.subarray(32));
  if (!isUncompressed(publicKey) || !isNonzeroScalar(r) || !isNonzeroScalar(s)) return false;
  try {
    const inverse = Fn.inv(s);
    const u1 = Fn.mul(Fn.create(toNumber(sha256(message))), inverse);
    const sum = Point.BASE.mulAddUnsafe(u1, Point.fromBytes(publicKey), Fn.mul(r, inverse));
    return !sum.is0() && Fn.create(sum.toAffine().x) === r;
  } catch {
    return false; // not a point of the curve
  }
}
