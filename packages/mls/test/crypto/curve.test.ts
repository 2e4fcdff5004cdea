// P-256's group arithmetic: every multiple against noble's `p256`, at random, at the edges and where addition is exceptional.
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  isOnCurve,
  multiplyAdd,
  multiply as multiplyShares,
  N,
  P,
  toAffine,
} from "../../src/crypto/curve.ts";
import { isPoint, multiply, multiplyBase } from "../../src/crypto/p256.ts";
import { hex } from "../../src/index.ts";
import { bytes } from "../support/vectors.ts";

const reductions = vi.hoisted(() => ({ count: 0 }));
vi.mock("@noble/curves/abstract/modular.js", async (original) => {
  const actual = await original<typeof import("@noble/curves/abstract/modular.js")>();
  const mod = (a: bigint, b: bigint) => {
    reductions.count++;
    return actual.mod(a, b);
  };
  return { ...actual, mod };
});

const { Point } = p256;
const toBytes = (scalar: bigint) => bytes(scalar.toString(16).padStart(64, "0"));
const scalars = fc.bigInt({ min: 1n, max: N - 1n });
const ones = (count: number) => 2n ** BigInt(count) - 1n;

/** Small and large scalars, powers of two, long runs of ones and of zeros. */
const EDGES = [
  ...Array.from({ length: 70 }, (_, i) => BigInt(i + 1)),
  ...Array.from({ length: 70 }, (_, i) => N - BigInt(i + 1)),
  ...[5, 6, 31, 32, 64, 128, 192, 250, 255].flatMap((bit) => [2n ** BigInt(bit), ones(bit), N - ones(bit)]),
  ones(128) << 127n,
  (1n << 255n) | 1n,
  (N - 1n) / 2n,
  (N + 1n) / 2n,
  BigInt(`0x${"55".repeat(32)}`),
  BigInt(`0x${"aa".repeat(32)}`),
];
const points = [1n, 2n, 7n, N - 1n, N - 2n, 0x1234567890abcdefn ** 4n % N];

function expectMultiples(scalar: bigint, of: bigint): void {
  const secret = toBytes(scalar);
  const publicKey = Point.BASE.multiply(of).toBytes(false);
  const [expected, shared] = [p256.getPublicKey(secret, false), p256.getSharedSecret(secret, publicKey)];
  for (const once of [false, true]) {
    expect(hex(multiplyBase(secret, once))).toBe(hex(expected));
    expect(hex(multiply(secret, publicKey, once)!)).toBe(hex(shared).slice(2));
  }
}

describe("secret multiples", () => {
  it("at random are noble's", () => {
    fc.assert(
      fc.property(scalars, scalars, (scalar, of) => expectMultiples(scalar, of)),
      { numRuns: 60 },
    );
  });

  it("at the edges are noble's", () => {
    EDGES.forEach((scalar, i) => {
      expectMultiples(scalar, points[i % points.length]!);
    });
  });

  it("are right even with shares for which an addition is exceptional", () => {
    // The masks in use are random; these meet doubling, cancelling and infinity on the way.
    const odd = [1n, 3n, 5n, 31n, N, N + 2n, N - 2n, 2n * N - 1n, ((N + 1n) / 2n) | 1n];
    const point = Point.BASE.multiply(7n).toAffine();
    for (const a of odd) {
      for (const b of odd) {
        const sum = multiplyShares(point, { shares: [a, b], z: 5n });
        const expected = Point.BASE.multiplyUnsafe((7n * (a + b)) % N);
        if (sum.Z === 0n) expect(expected.is0()).toBe(true);
        else expect(toAffine([sum])[0]).toEqual(expected.toAffine());
      }
    }
  });

  it("take the same operations whatever the scalar", () => {
    const publicKey = Point.BASE.multiply(9n).toBytes(false);
    const operations = (body: () => unknown) => {
      const before = reductions.count;
      body();
      return reductions.count - before;
    };
    // Not for scalars within 62 of 0 modulo n: their last addition may double or cancel. Nobody draws one.
    multiplyBase(toBytes(1n)); // the table of the base point is made once
    const counts = [5n ** 70n % N, ones(255), 1n << 254n, (N - 1n) / 2n, ...points.slice(5)].map((scalar) => [
      operations(() => multiplyBase(toBytes(scalar))),
      operations(() => multiply(toBytes(scalar), publicKey)),
      operations(() => multiplyBase(toBytes(scalar), true)),
      operations(() => multiply(toBytes(scalar), publicKey, true)),
    ]);
    expect(counts[0]![1]).toBeGreaterThan(2000);
    for (const count of counts) expect(count).toEqual(counts[0]);
  });

  it("are the same without the platform's randomness", () => {
    const publicKey = Point.BASE.multiply(7n).toBytes(false);
    const both = (scalar: bigint) => [multiplyBase(toBytes(scalar)), multiply(toBytes(scalar), publicKey)];
    const expected = EDGES.slice(0, 5).map(both);
    vi.stubGlobal("crypto", undefined);
    try {
      expect(EDGES.slice(0, 5).map(both)).toEqual(expected);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("public sums of two multiples", () => {
  const check = (u1: bigint, of: bigint, u2: bigint) => {
    const q = Point.BASE.multiply(of);
    const expected = Point.BASE.multiplyUnsafe(u1).add(q.multiplyUnsafe(u2));
    const sum = multiplyAdd(u1, q.toAffine(), u2);
    if (expected.is0()) expect(sum.Z).toBe(0n);
    else expect(toAffine([sum])[0]).toEqual(expected.toAffine());
  };

  it("at random are noble's", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: N - 1n }), scalars, fc.bigInt({ min: 0n, max: N - 1n }), check),
      { numRuns: 60 },
    );
  });

  it("at the edges, where they cancel and where they double, are noble's", () => {
    const some = [0n, 1n, 2n, 16n, 31n, 33n, N - 1n, N - 2n, ones(255)];
    for (const u1 of some) for (const u2 of some) for (const of of [1n, 2n, N - 1n]) check(u1, of, u2);
  });
});

describe("points", () => {
  const good = Point.BASE.multiply(5n).toAffine();
  it.each([
    ["a point", good, true],
    ["its negative", { x: good.x, y: P - good.y }, true],
    ["another y", { x: good.x, y: good.y + 1n }, false],
    ["x of p or more", { x: good.x + P, y: good.y }, false],
    ["y of p or more", { x: good.x, y: good.y + P }, false],
    ["zero", { x: 0n, y: 0n }, false],
    ["a point of the twist", { x: 2n, y: 3n }, false],
  ])("%s", (_, point, valid) => {
    expect(isOnCurve(point)).toBe(valid);
  });

  it("that noble refuses are refused, changed in any byte", () => {
    const encoded = Point.BASE.multiply(11n).toBytes(false);
    expect(isPoint(encoded)).toBe(true);
    for (let at = 0; at < encoded.length; at++) {
      const changed = encoded.slice();
      changed[at]! ^= 1;
      expect(isPoint(changed)).toBe(false);
      expect(multiply(toBytes(3n), changed)).toBeUndefined();
    }
  });
});
