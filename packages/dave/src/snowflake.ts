// P1, P2: Discord's 64-bit ids. Decimal strings outside, big endian in MLS, little endian in the exporter's context (K1).

import { DaveError, expectThat, isFunction } from "./errors.ts";

/** A user or channel id as callers may give it. */
export type Snowflake = string | bigint;

const MAX = "18446744073709551615";
/** An unsigned number of 20 digits at most, in canonical form. */
export const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;

/** Above 2^64 - 1, of 20 digits at most: compared as text, for every received frame comes by here. */
const tooLarge = (text: string): boolean => text.length === MAX.length && text > MAX;

/**
 * The canonical decimal form of an id.
 *
 * @throws {@link DaveError} `invalid-snowflake` for anything but an unsigned 64-bit integer without leading zeros.
 * @example
 * ```ts
 * snowflake(158049329150427136n) // "158049329150427136"
 * ```
 */
export function snowflake(id: Snowflake): string {
  const text = typeof id === "bigint" ? id.toString() : id;
  if (typeof text !== "string" || !DECIMAL.test(text) || tooLarge(text))
    throw new DaveError("invalid-snowflake", "expected an unsigned 64-bit decimal id");
  return text;
}

/** The canonical forms of several ids. @throws {@link DaveError} `invalid-argument`, `invalid-snowflake` */
export function snowflakes(ids: Iterable<Snowflake>): string[] {
  expectThat(
    isFunction((ids as Partial<Iterable<Snowflake>> | undefined)?.[Symbol.iterator]),
    "user ids",
    "a list",
  );
  return Array.from(ids, snowflake);
}

/** The id as 8 bytes big endian: MLS group id (P1) and credential identity (P2). */
export function snowflakeBytes(id: Snowflake): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(snowflake(id)), false);
  return bytes;
}

/** The id as 8 bytes little endian: the context of the sender key's exporter (K1). */
export function snowflakeBytesLE(id: Snowflake): Uint8Array {
  return snowflakeBytes(id).reverse();
}

/** Reads a credential identity; `undefined` when it is not 8 bytes long. */
export function snowflakeOf(identity: Uint8Array): string | undefined {
  if (identity.length !== 8) return undefined;
  return new DataView(identity.buffer, identity.byteOffset, 8).getBigUint64(0, false).toString();
}
