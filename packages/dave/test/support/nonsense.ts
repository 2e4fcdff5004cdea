// Calls a function with arguments that make no sense, one at a time, and says how it took them.
import { DaveError } from "../../src/errors.ts";

/** The values that one argument may have: a good one, and which of any others are good too. */
export interface Domain {
  readonly good: () => unknown;
  readonly holds: (value: unknown) => boolean;
  /** Of an object: the domains of its fields. */
  readonly fields?: Readonly<Record<string, Domain>>;
  /** Whether the object may have other fields, too. */
  readonly open?: boolean;
}

const domain = (good: unknown, holds: (value: unknown) => boolean): Domain => ({ good: () => good, holds });

export const optional = ({ good, holds, fields }: Domain): Domain => ({
  good,
  holds: (value) => value === undefined || holds(value),
  ...(fields && { fields }),
});

const between = (low: number, high: number) => (value: unknown) =>
  typeof value === "number" && Number.isInteger(value) && value >= low && value <= high;
export const integer = (good: number, low: number, high: number): Domain => domain(good, between(low, high));
export const number = (good: number, low: number, high: number): Domain =>
  domain(good, (value) => typeof value === "number" && value >= low && value <= high);
export const time = number(1000, -Number.MAX_VALUE, Number.MAX_VALUE);
export const text = (good: string, fits: (value: string) => boolean = () => true): Domain =>
  domain(good, (value) => typeof value === "string" && value !== "" && fits(value));
export const oneOf = (...names: readonly string[]): Domain =>
  domain(names[0], (value) => names.includes(value as string));
export const flag = domain(true, (value) => typeof value === "boolean");
export const callback = domain(
  () => {},
  (value) => typeof value === "function",
);
export const id = domain(
  "158049329150427136",
  (value) => value === "1" || (typeof value === "bigint" && value >= 0n),
);
export const bytes = (length?: number): Domain => ({
  good: () => new Uint8Array(length ?? 40).fill(0x80),
  holds: (value) => value instanceof Uint8Array && (length === undefined || value.length === length),
});
export const any = (good: () => unknown, holds: (value: unknown) => boolean): Domain => ({ good, holds });
/** What a websocket hands on: text, bytes in any form, or a list of pieces, of which only the empty list occurs here. */
export const websocketData = (good: string): Domain =>
  domain(
    good,
    (value) =>
      typeof value === "string" ||
      ArrayBuffer.isView(value) ||
      value instanceof ArrayBuffer ||
      (Array.isArray(value) && value.length === 0),
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** An object with these fields and no others. */
export const record = (fields: Readonly<Record<string, Domain>>): Domain => ({
  good: () => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.good()])),
  holds: (value) =>
    isRecord(value) &&
    !Array.isArray(value) &&
    Object.keys(value).every((name) => Object.hasOwn(fields, name)) &&
    Object.entries(fields).every(([name, field]) => field.holds(value[name])),
  fields,
});

/** What callers pass by mistake. */
export const NONSENSE: readonly unknown[] = [
  ...[undefined, null, true, false, "", "x", "1", " ", Symbol("s"), 5n, -1n],
  ...[
    0,
    -0,
    1,
    -1,
    1.5,
    255,
    256,
    65536,
    2 ** 32,
    2 ** 53,
    Number("158049329150427136"),
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ],
  ...[() => {}, [], [1], ["x"], {}, { length: 4 }, new Date(0), new Map(), Promise.resolve(1)],
  ...[new Uint8Array(0), new Uint8Array(3), new ArrayBuffer(4), new Uint16Array(2), "x".repeat(5000)],
];

const nameOf = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 8));
  if (typeof value === "object" && value !== null) return Object.prototype.toString.call(value);
  return Object.is(value, -0) ? "-0" : typeof value === "bigint" ? `${value}n` : String(value);
};

interface Attempt {
  readonly title: string;
  readonly args: readonly unknown[];
  readonly fits: boolean;
}

/** One value changed, in an argument or in a field of it, at any depth. */
function changes(
  at: string,
  { good, holds, fields, open }: Domain,
): { title: string; value: unknown; fits: boolean }[] {
  const whole = NONSENSE.map((value) => ({ title: `${at} = ${nameOf(value)}`, value, fits: holds(value) }));
  const unknown = { title: `${at} with a field that there is not`, value: undefined as unknown, fits: false };
  const parts = Object.entries(fields ?? {}).flatMap(([name, field]) =>
    changes(`${at}.${name}`, field).map(({ title, value, fits }) => ({
      ...{ title, fits },
      value: { ...(good() as object), [name]: value },
    })),
  );
  if (fields === undefined) return whole;
  if (open) return [...whole, ...parts];
  return [...whole, ...parts, { ...unknown, value: { ...(good() as object), nonsense: 1 } }];
}

/** Good arguments, none at all, and every change of one. */
export function attempts(domains: readonly Domain[]): Attempt[] {
  const good = domains.map((one) => one.good());
  const none = domains.every(({ holds }) => holds(undefined));
  return [
    { title: "good arguments", args: good, fits: true },
    { title: "no arguments", args: [], fits: none },
    ...domains.flatMap((one, i) =>
      changes(`argument ${i}`, one).map(({ title, value, fits }) => ({
        ...{ title, fits },
        args: domains.map((other, k) => (k === i ? value : other.good())),
      })),
    ),
  ];
}

const CODES = ["invalid-argument", "invalid-snowflake"];
/** What was wrong, what may stand there, and what stood there. */
const MESSAGE = /^[^:]+: (expected .+, got .+|there is no option .+)$/s;

/** What is wrong with the way in which a call took its arguments; `undefined`: nothing. */
export function complaint(
  call: () => unknown,
  fits: boolean,
  typed: new (...args: never) => Error & { readonly code: string } = DaveError,
  codes: readonly string[] = CODES,
): string | undefined {
  try {
    call();
  } catch (error) {
    if (!(error instanceof typed)) return `threw ${String(error)}`;
    if (fits) return `refused: ${error.message}`;
    if (!codes.includes(error.code)) return `code ${error.code}`;
    return MESSAGE.test(error.message) ? undefined : `message: ${error.message}`;
  }
  return fits ? undefined : "accepted";
}

/** The methods of a class, those with symbols for names included; getters and the constructor left out. */
export function methodsOf(prototype: object): string[] {
  return Reflect.ownKeys(prototype)
    .filter((name) => name !== "constructor")
    .filter((name) => typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === "function")
    .map(String);
}
