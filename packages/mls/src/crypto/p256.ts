// RFC 9420 §5.1: FIPS 186-5 ECDSA over P-256 with the nonce of RFC 6979, and the ECDH of RFC 9180 §4.1, in bytes.
import { invert, mod } from "@noble/curves/abstract/modular.js";
import { concat, EMPTY, hex } from "../bytes.ts";
import {
  type Affine,
  type Blinded,
  isOnCurve,
  type Jacobian,
  multiplyAdd,
  multiplyBase as multiplyBasePoint,
  multiply as multiplyPoint,
  N,
  P,
  toAffine,
} from "./curve.ts";
import { hmac } from "./hmac.ts";
import { platformRandom } from "./ports.ts";
import { isUncompressed } from "./provider.ts";
import { sha256 } from "./sha256.ts";

const toNumber = (bytes: Uint8Array) => BigInt(`0x${hex(bytes)}`);

/** 32 bytes, big endian. */
function toBytes(value: bigint): Uint8Array {
  const out = new Uint8Array(32);
  const view = new DataView(out.buffer);
  for (let i = 0; i < 4; i++) view.setBigUint64(24 - 8 * i, BigInt.asUintN(64, value >> BigInt(64 * i)));
  return out;
}
const isNonzeroScalar = (value: bigint) => value > 0n && value < N;

/** SEC 1 §2.3.4: an uncompressed point of the curve, or `undefined`. */
function readPoint(publicKey: Uint8Array): Affine | undefined {
  if (!isUncompressed(publicKey)) return undefined;
  const point = { x: toNumber(publicKey.subarray(1, 33)), y: toNumber(publicKey.subarray(33)) };
  return isOnCurve(point) ? point : undefined;
}

export const isPoint = (publicKey: Uint8Array): boolean => readPoint(publicKey) !== undefined;

/**
 * A scalar that is used again and again is the sum of a random number and the rest (Clavier, Joye: Universal
 * Exponentiation Algorithm, 2001): the arithmetic never sees it. One that is used once has nothing to average over. Both
 * are computed with in random coordinates. Where the runtime has no randomness, a hash of the scalar stands in.
 */
function blind(scalar: bigint, once = false): Blinded {
  const bytes = toBytes(scalar);
  const random = platformRandom()?.(72) ?? concat(hmac(bytes, bytes), new Uint8Array(8), hmac(bytes, EMPTY));
  const z = mod(toNumber(random.subarray(40)), P) || 1n;
  const odd = (value: bigint) => (value & 1n ? value : value + N);
  if (once) return { shares: [odd(scalar)], z };
  const mask = mod(toNumber(random.subarray(0, 40)), N);
  return { shares: [odd(mask), odd(mod(scalar - mask, N))], z };
}

const affine = (point: Jacobian) => toAffine([point])[0]!;

/** 65 bytes for a scalar in 1…n-1. */
export function multiplyBase(scalar: Uint8Array, once?: boolean): Uint8Array {
  const { x, y } = affine(multiplyBasePoint(blind(toNumber(scalar), once)));
  return concat(Uint8Array.of(4), toBytes(x), toBytes(y));
}

/** X coordinate (32 bytes) of scalar × point, for a scalar in 1…n-1; `undefined` if the point is not on the curve. */
export function multiply(scalar: Uint8Array, publicKey: Uint8Array, once?: boolean): Uint8Array | undefined {
  const point = readPoint(publicKey);
  return point && toBytes(affine(multiplyPoint(point, blind(toNumber(scalar), once))).x);
}

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
  const digest = mod(toNumber(sha256(message)), N);
  const d = toNumber(privateKey);
  const candidates = nonces(privateKey, digest);
  const next = () => toNumber(candidates.next().value as Uint8Array);
  for (;;) {
    const k = next();
    if (!isNonzeroScalar(k)) continue;
    const r = mod(affine(multiplyBasePoint(blind(k))).x, N);
    // Nothing below is constant-time: it sees k and d times a number that nobody else knows.
    const b = mod(next(), N) || 1n;
    const inverse = invert(mod(k * b, N), N);
    const s = mod(inverse * mod(b * digest + mod(b * d, N) * r, N), N);
    if (r !== 0n && s !== 0n) return concat(toBytes(r), toBytes(s));
  }
}

/** FIPS 186-5 §6.4.2 for r and s of 64 bytes. An invalid key verifies nothing. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const r = toNumber(signature.subarray(0, 32));
  const s = toNumber(signature.subarray(32));
  const point = readPoint(publicKey);
  if (!point || !isNonzeroScalar(r) || !isNonzeroScalar(s)) return false;
  const inverse = invert(s, N);
  const u1 = mod(toNumber(sha256(message)) * inverse, N);
  const { X, Z } = multiplyAdd(u1, point, mod(r * inverse, N));
  // x modulo n is r: x is r or r + n, and X = x·Z².
  const fits = (x: bigint) => x < P && mod(x * Z * Z - X, P) === 0n;
  return Z !== 0n && (fits(r) || fits(r + N));
}
