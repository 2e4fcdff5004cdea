// F7 start codes: found across edges, sealed again, ten attempts in all.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../fuzz/random.ts";
import { platformFinder } from "../../src/aead/finder.ts";
import { platformIndexOf } from "../../src/aead/ports.ts";
import { findStartCode } from "../../src/codec/start-codes.ts";
import { type Codec, splitFrame } from "../../src/index.ts";
import { bytes, concat, hex } from "../helpers/bytes.ts";
import { FIXED_KEY, receiver, senderFor } from "../helpers/peers.ts";
import { referenceSeal } from "../reference/seal.ts";

/** H.265 slices whose clear header ends 00 00: a first encrypted byte of 01 makes a start code across the edge. */
const slice = (payload: number) => bytes(0, 0, 0, 1, 0, 0, ...new Array<number>(payload).fill(0x55));
const slices = concat(...Array.from({ length: 80 }, () => slice(1)));

/** Encrypts after `counter`; every attempt before the last must show a start code to the twin, and the last none. */
function expectAttempts(codec: Codec, frame: Uint8Array, counter: number, attempts: number): void {
  for (let i = 1; i <= attempts; i++) {
    expect(referenceSeal(codec, frame, FIXED_KEY, counter + i).showsStartCode).toBe(i < attempts);
  }
  const sender = senderFor(codec, counter);
  const sent = sender.encrypt(frame);
  expect(sent).toMatchObject({ outcome: "encrypted", attempts, nonce: counter + attempts });
  expect(sender.key.counter).toBe(counter + attempts);
  const wire = "frame" in sent ? sent.frame : bytes();
  expect(hex(wire)).toBe(hex(referenceSeal(codec, frame, FIXED_KEY, counter + attempts).frame));
  const got = receiver().decrypt(wire);
  expect("frame" in got && hex(got.frame)).toBe(hex(splitFrame(codec, frame).transformed));
}

describe("F7 attempts", () => {
  // Counters were found by trying; the twin confirms each.
  it.each([
    [1, 0],
    [2, 4],
    [3, 24],
    [4, 62 + 1],
    [5, 62],
    [6, 156],
    [7, 5875],
    [8, 25314],
    [9, 79689],
    [10, 120668],
  ])("%i attempts after counter %i", (attempts, counter) => {
    expectAttempts("h265", slices, counter, attempts);
  });

  it("fails after ten, their counters spent", () => {
    const counter = 63807;
    for (let i = 1; i <= 10; i++) {
      expect(referenceSeal("h265", slices, FIXED_KEY, counter + i).showsStartCode).toBe(true);
    }
    const sender = senderFor("h265", counter);
    expect(sender.encrypt(slices)).toEqual({ outcome: "failed", reason: "too-many-attempts" });
    expect(sender.key.counter).toBe(counter + 10);
  });

  it("a codec without start codes is sealed once whatever it shows", () => {
    const sender = senderFor("vp9", 63807);
    expect(sender.encrypt(slices)).toMatchObject({ outcome: "encrypted", attempts: 1 });
  });
});

describe("F7 across the edge of an encrypted section", () => {
  it("two zeros clear, the one encrypted", () => {
    expectAttempts("h265", slice(3), 24, 2);
  });
});

/** Start codes sought position by position. */
function naive(array: ArrayLike<number>, from: number, to: number): number {
  for (let i = from; i + 3 <= to; i++) {
    if (array[i] === 0 && array[i + 1] === 0 && array[i + 2] === 1) return i;
  }
  return -1;
}

describe.each([
  ["portable", findStartCode],
  ["platform", platformFinder(platformIndexOf()!)],
])("the scanner against a naive one: %s", (_, find) => {
  it("finds the first start code inside the bounds", () => {
    const byte = fc.constantFrom(0, 0, 0, 1, 1, 2, 255);
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 40 }), fc.nat(40), fc.nat(40), (array, a, b) => {
        const from = Math.min(a, array.length);
        const to = Math.min(b, array.length);
        expect(find(Uint8Array.from(array), from, to)).toBe(naive(array, from, to));
      }),
      { numRuns: 5000 },
    );
  });
  it("in long stretches, where a code may lie across the bounds or behind them", () => {
    const place = fc.nat(1500);
    fc.assert(
      fc.property(fc.array(place, { maxLength: 3 }), place, place, fc.nat(20), (codes, from, to, seed) => {
        const array = new Random(seed).bytes(1503);
        for (const at of codes) array.set([0, 0, 1], at);
        expect(find(array, from, to)).toBe(naive(array, from, to));
      }),
      { numRuns: 2000 },
    );
  });
});
