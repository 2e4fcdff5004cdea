// What the kit demands of its arguments; each refusal names the field, what may stand there, and what stood there.

import { DaveError, expectThat } from "../errors.ts";

const isBits = (value: unknown, bits: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** bits;

/** An integer from 0 to 2^bits - 1. */
export function checkBits(value: unknown, bits: number, name: string): asserts value is number {
  expectThat(isBits(value, bits), name, `an integer of ${bits} bits`, value);
}

/** A whole number, `least` or more, that a JavaScript number holds exactly. */
export function checkCount(value: unknown, least: number, name: string): asserts value is number {
  const holds = Number.isSafeInteger(value) && (value as number) >= least;
  expectThat(holds, name, `a whole number, ${least} or more`, value);
}

/** A length of time. */
export function checkPositive(value: unknown, name: string): asserts value is number {
  expectThat(Number.isFinite(value) && (value as number) > 0, name, "a positive number", value);
}

/** An instant: one that is no number would stop or break whatever is compared with it. */
export function checkNow(now: unknown): asserts now is number {
  expectThat(Number.isFinite(now), "now", "milliseconds of a monotone clock", now);
}

/** Text that may be a secret: a refusal says of which kind a value is, and never shows it. */
export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  const got = value === "" ? "an empty text" : value === null ? "null" : `a value of type ${typeof value}`;
  throw new DaveError("invalid-argument", `${name}: expected text, got ${got}`);
}
