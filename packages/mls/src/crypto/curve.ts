// RFC 9420 §17.1 P-256 (SEC 2 §2.4.2 secp256r1): the group's arithmetic, over noble's modular arithmetic.
//
// Points are added in Jacobian coordinates (Hankerson, Menezes, Vanstone: Guide to Elliptic Curve Cryptography §3.2.2:
// x = X/Z², y = Y/Z³). Secret multiples use odd digits in windows of fixed width (Joye, Tunstall: Exponent Recoding and
// Regular Exponentiation Algorithms, 2009): no digit is zero, so each window takes the same operations.
import { invert, mod } from "@noble/curves/abstract/modular.js";

export const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
/** Order of the group, whose cofactor is 1. */
export const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** A point other than infinity. */
export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}
/** Any point; infinity has Z = 0. */
export interface Jacobian {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
}

const BASE: Affine = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};
const INFINITY: Jacobian = { X: 1n, Y: 1n, Z: 0n };
const lift = ({ x, y }: Affine): Jacobian => ({ X: x, Y: y, Z: 1n });
const reduce = (value: bigint) => mod(value, P);

/** SEC 1 §3.2.2.1: coordinates below p that satisfy y² = x³ - 3x + b. */
export const isOnCurve = ({ x, y }: Affine): boolean =>
  x < P && y < P && (y * y - (x * x - 3n) * x - B) % P === 0n;

function double({ X, Y, Z }: Jacobian): Jacobian {
  const z2 = reduce(Z * Z);
  const y2 = reduce(Y * Y);
  const beta = reduce(4n * X * y2);
  const alpha = reduce(3n * (X - z2) * (X + z2));
  const x = reduce(alpha * alpha - 2n * beta);
  return { X: x, Y: reduce(alpha * (beta - x) - 8n * y2 * y2), Z: reduce(2n * Y * Z) };
}

/** All cases of the group law; with multiples of secrets the exceptional ones do not come up. */
function add(p: Jacobian, q: Affine): Jacobian {
  if (p.Z === 0n) return lift(q);
  const z2 = reduce(p.Z * p.Z);
  const h = reduce(q.x * z2 - p.X);
  const r = reduce(q.y * reduce(z2 * p.Z) - p.Y);
  if (h === 0n) return r === 0n ? double(p) : INFINITY;
  const h2 = reduce(h * h);
  const h3 = reduce(h * h2);
  const v = reduce(p.X * h2);
  const x = reduce(r * r - h3 - 2n * v);
  return { X: x, Y: reduce(r * (v - x) - p.Y * h3), Z: reduce(p.Z * h) };
}

/** Affine coordinates of points other than infinity, for one inversion (Montgomery's trick). */
export function toAffine(points: readonly Jacobian[]): Affine[] {
  const products: bigint[] = [];
  let product = 1n;
  for (const { Z } of points) {
    products.push(product);
    product = reduce(product * Z);
  }
  let inverse = invert(product, P);
  const out: Affine[] = [];
  for (let i = points.length - 1; i >= 0; i--) {
    const { X, Y, Z } = points[i]!;
    const z = reduce(inverse * products[i]!);
    inverse = reduce(inverse * Z);
    const z2 = reduce(z * z);
    out.push({ x: reduce(X * z2), y: reduce(Y * reduce(z2 * z)) });
  }
  return out.reverse();
}

/** p, 3p, 5p …: `count` odd multiples. */
function oddMultiples(p: Affine, count: number): Jacobian[] {
  const { X, Y, Z } = double(lift(p));
  // On the isomorphic curve (x·Z², y·Z³) 2p has Z = 1, and the formulas of addition are the same.
  const z2 = reduce(Z * Z);
  const step = { x: X, y: Y };
  let next = lift({ x: reduce(p.x * z2), y: reduce(p.y * reduce(z2 * Z)) });
  const multiples: Jacobian[] = [];
  for (let i = 0; i < count; i++) {
    multiples.push({ ...next, Z: reduce(next.Z * Z) });
    next = add(next, step);
  }
  return multiples;
}

/** An odd number below 2^(width·count) as `count` odd digits between ±2^width, the lowest first. */
function oddDigits(odd: bigint, width: number, count: number): number[] {
  const mask = 2n ** BigInt(width + 1) - 1n;
  const digits: number[] = [];
  let rest = odd;
  for (let i = 1; i < count; i++) {
    digits.push(Number(rest & mask) - 2 ** width);
    rest = (rest >> BigInt(width)) | 1n;
  }
  return [...digits, Number(rest)];
}

/** The multiple for an odd digit, from `count` of them; every one and both signs are touched. */
function select(table: readonly Affine[], from: number, count: number, digit: number): Affine {
  const at = from + ((Math.abs(digit) - 1) >> 1);
  let found = table[from]!;
  for (let i = from + 1; i < from + count; i++) found = i === at ? table[i]! : found;
  const negative = P - found.y;
  return { x: found.x, y: digit < 0 ? negative : found.y };
}

/** A secret scalar as it meets the arithmetic. */
export interface Blinded {
  /** Odd numbers below 2^257 whose sum modulo n is the scalar: two, each alone saying nothing about it, or one. */
  readonly shares: readonly bigint[];
  /** A random element of the field other than 0. */
  readonly z: bigint;
}

/** The same point in other coordinates (Coron: Resistance against Differential Power Analysis, 1999, §5.3). */
function rescale({ X, Y, Z }: Jacobian, z: bigint): Jacobian {
  const z2 = reduce(z * z);
  return { X: reduce(X * z2), Y: reduce(Y * reduce(z2 * z)), Z: reduce(Z * z) };
}

const WIDTH = 5;
const WINDOWS = 52;

/** scalar × p, for a secret scalar. */
export function multiply(p: Affine, { shares, z }: Blinded): Jacobian {
  const table = toAffine(oddMultiples(p, 2 ** (WIDTH - 1)));
  // 6n more: the highest digits are then 13 or more of one share and 3 or less of the other, and no sum is exceptional.
  const digits = shares.map((share, i) => oddDigits(i === 0 ? share + 6n * N : share, WIDTH, WINDOWS));
  let sum = INFINITY;
  for (let i = WINDOWS - 1; i >= 0; i--) {
    for (let j = 0; j < WIDTH; j++) sum = double(sum);
    for (const share of digits) sum = add(sum, select(table, 0, table.length, share[i]!));
    if (i === WINDOWS - 1) sum = rescale(sum, z);
  }
  return sum;
}

const BASE_WIDTH = 6;
const BASE_WINDOWS = 43;
const BASE_MULTIPLES = 2 ** (BASE_WIDTH - 1);
let basePoints: Affine[] | undefined;

/** For each window its odd multiples of the base point, one window after the other: 1376 points. */
function makeBasePoints(): Affine[] {
  const powers = [lift(BASE)];
  for (let i = 1; i < BASE_WIDTH * BASE_WINDOWS; i++) powers.push(double(powers[i - 1]!));
  const starts = toAffine(powers.filter((_, i) => i % BASE_WIDTH === 0));
  return toAffine(starts.flatMap((p) => oddMultiples(p, BASE_MULTIPLES)));
}

/** sum + odd × base point, for an odd number below 2^257. */
function addBase(sum: Jacobian, odd: bigint, z = 1n): Jacobian {
  basePoints ??= makeBasePoints(); // at first use: it takes some milliseconds
  const digits = oddDigits(odd, BASE_WIDTH, BASE_WINDOWS);
  let total = sum;
  for (let i = 0; i < BASE_WINDOWS; i++) {
    total = add(total, select(basePoints, i * BASE_MULTIPLES, BASE_MULTIPLES, digits[i]!));
    if (i === 0) total = rescale(total, z);
  }
  return total;
}

/** scalar × base point, for a secret scalar. */
export const multiplyBase = ({ shares, z }: Blinded): Jacobian =>
  shares.reduce((sum, share) => addBase(sum, share, z), INFINITY);

/** Width-w NAF (Guide §3.3.1): zero or odd digits between ±2^(w-1), the lowest first. */
function nafDigits(scalar: bigint, width: number): number[] {
  const size = 2 ** width;
  const digits: number[] = [];
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    let digit = 0;
    if (rest & 1n) {
      digit = Number(rest & BigInt(size - 1));
      if (digit >= size / 2) digit -= size;
      rest -= BigInt(digit);
    }
    digits.push(digit);
  }
  return digits;
}

/** u1 × base point + u2 × q for public scalars below n: the operations depend on them. */
export function multiplyAdd(u1: bigint, q: Affine, u2: bigint): Jacobian {
  const table = toAffine(oddMultiples(q, 2 ** (WIDTH - 2)));
  let sum = INFINITY;
  for (const digit of nafDigits(u2, WIDTH).reverse()) {
    sum = double(sum);
    if (digit !== 0) sum = add(sum, select(table, 0, table.length, digit));
  }
  return addBase(sum, u1 & 1n ? u1 : u1 + N);
}
