// P1, P2: Discord's 64-bit ids. Decimal strings outside, big endian in MLS, little endian in the exporter's context (K1).

import { checkBytes, DaveError, expectThat, isFunction, kindOf } from "./errors.ts";

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
export const snowflake = (id: Snowflake): string => namedSnowflake(id, "id");

/** The same; the message of a refusal begins with the name of the argument. */
export function namedSnowflake(id: Snowflake, name: string): string {
  const text = typeof id === "bigint" ? id.toString() : id;
  if (typeof text === "string" && DECIMAL.test(text) && !tooLarge(text)) return text;
  throw new DaveError("invalid-snowflake", `${name}: expected an unsigned 64-bit decimal id, ${found(id)}`);
}

function found(id: unknown): string {
  if (typeof id === "number")
    return `got the number ${id}, which may have lost digits: pass the id as a string or bigint`;
  if (typeof id === "string") return "got a string of another form";
  return typeof id === "bigint" ? "got a bigint outside its range" : `got ${kindOf(id)}`;
}

/** The canonical forms of several ids. @throws {@link DaveError} `invalid-argument`, `invalid-snowflake` */
export function snowflakes(ids: Iterable<Snowflake>, name = "user ids"): string[] {
  const iterator = (ids as Partial<Iterable<Snowflake>> | undefined | null)?.[Symbol.iterator];
  expectThat(isFunction(iterator) && typeof ids !== "string", name, "a list of ids", ids);
  return Array.from(ids, (id) => namedSnowflake(id, name));
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
  checkBytes(identity, "identity");
  if (identity.length !== 8) return undefined;
  return new DataView(identity.buffer, identity.byteOffset, 8).getBigUint64(0, false).toString();
}
