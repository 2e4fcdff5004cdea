// Values that came through a channel of messages: what a type says is checked here, field by field.

import { isBytes } from "../../bytes.ts";
import { snowflake } from "../../snowflake.ts";

/** Whether a value is of the type that the field's name promises. */
export type Check = (value: unknown) => boolean;

/** A check for each field of `T`. */
export type Checks<T> = { readonly [F in keyof T]-?: Check };

export const isText: Check = (value) => typeof value === "string";
export { isBytes };
export const isFlag: Check = (value) => typeof value === "boolean";
export const isNumber: Check = (value) => typeof value === "number";
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isBigint: Check = (value) => typeof value === "bigint";
export const isAnything: Check = () => true;

export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);

export const hasFields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check((value as Record<string, unknown>)[name]));

export const isUserId: Check = (value) => {
  try {
    return typeof value === "string" && snowflake(value) === value;
  } catch {
    return false;
  }
};
