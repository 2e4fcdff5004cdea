// Numbers and points of P-256 for crafted keys and signatures, by noble's arithmetic; the judges are others.
import { p256 } from "@noble/curves/nist.js";
import * as mls from "../../src/index.ts";

const { Point } = p256;
const { Fn } = Point;
/** Order of the base point, and of the field. */
export const [n, p] = [Fn.ORDER, Point.Fp.ORDER];

/** 32 bytes, big endian, of a number below 2^256. */
export function number(value: bigint): Uint8Array {
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = Number((value >> BigInt(8 * (31 - i))) & 255n);
  return out;
}

export const join = (...parts: Uint8Array[]): Uint8Array => mls.concat(...parts);

/** A point with this x coordinate, if the curve has one. */
export function pointAt(x: bigint) {
  try {
    return Point.fromBytes(join(Uint8Array.of(2), number(x)));
  } catch {
    return undefined;
  }
}

/** The first x from `start` on, in steps of `step`, that the curve has a point for. */
export function nextX(start: bigint, step: 1n | -1n): bigint {
  let x = start;
  while (!pointAt(x)) x += step;
  return x;
}

/**
 * A public key under which r and s verify for the message, made backwards: R has the coordinate x, r is x modulo n, and
 * the key is (R - u1·G) / u2.
 */
export function keyFor(
  x: bigint,
  s: bigint,
  message: Uint8Array,
): { publicKey: Uint8Array; signature: Uint8Array } {
  const r = x % n;
  const digest = Fn.create(
    BigInt(`0x${mls.hex(mls.createCryptoProvider({ backend: "portable" }).hash(message))}`),
  );
  const [u1, u2] = [Fn.mul(digest, Fn.inv(s)), Fn.mul(r, Fn.inv(s))];
  const key = pointAt(x)!.subtract(Point.BASE.multiplyUnsafe(u1)).multiplyUnsafe(Fn.inv(u2));
  return { publicKey: key.toBytes(false), signature: join(number(r), number(s)) };
}
