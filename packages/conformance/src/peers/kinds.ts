// Peer protocol 1: the kinds of fields on the wire: how each is read from JSON, checked, and written
import { fromHex, isHex, toHex } from "../vectors/fields.ts";

/** A field did not hold what the protocol says. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

export interface Kind<T> {
  readonly optional: boolean;
  read(wire: unknown, path: string): T;
  write(value: T): unknown;
}
export type OptionalKind<T> = Kind<T> & { readonly optional: true };

// biome-ignore lint/suspicious/noExplicitAny: a table of kinds of different types
export type Fields = Readonly<Record<string, Kind<any>>>;
type KeysOf<F extends Fields, O> = {
  [K in keyof F]: F[K] extends { optional: true } ? (O extends true ? K : never) : O extends true ? never : K;
}[keyof F];
type TypeOf<K> = K extends Kind<infer T> ? T : never;
/** The object type that a table of fields describes. */
export type ValueOf<F extends Fields> = { readonly [K in KeysOf<F, false>]: TypeOf<F[K]> } & {
  readonly [K in KeysOf<F, true>]?: TypeOf<F[K]> | undefined;
};

const required = false as const;

function kind<T>(
  what: string,
  is: (wire: unknown) => boolean,
  read: (wire: never) => T,
  write: (v: T) => unknown,
) {
  const check = (wire: unknown, path: string): T => {
    if (!is(wire)) throw new FieldError(`${path}: expected ${what}`);
    return read(wire as never);
  };
  return { optional: required, read: check, write } as Kind<T> & { readonly optional: false };
}

const isText = (wire: unknown): wire is string => typeof wire === "string";
const isBytes = (wire: unknown): boolean => isText(wire) && isHex(wire);
const isNumber = (wire: unknown): boolean => Number.isSafeInteger(wire) && (wire as number) >= 0;
const isId = (wire: unknown): boolean => isText(wire) && /^(?:0|[1-9]\d{0,19})$/.test(wire);
const isMap = (wire: unknown): wire is Record<string, unknown> =>
  typeof wire === "object" && wire !== null && !Array.isArray(wire);
const every = (is: (wire: unknown) => boolean) => (wire: unknown) => Array.isArray(wire) && wire.every(is);
const same = <T>(value: T): T => value;
const mapValues = <A, B>(map: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

export const text = kind<string>("text", isText, same, same);
export const number = kind<number>("a whole number, not negative", isNumber, same, same);
export const boolean = kind<boolean>("true or false", (wire) => typeof wire === "boolean", same, same);
export const bytes = kind<Uint8Array>("hex", isBytes, fromHex, toHex);
export const id = kind<string>("a decimal id", isId, same, same);
export const ids = kind<readonly string[]>("a list of decimal ids", every(isId), same, same);
export const numbers = kind<readonly number[]>("a list of whole numbers", every(isNumber), same, same);
export const bytesList = kind<readonly Uint8Array[]>(
  "a list of hex",
  every(isBytes),
  (wire: readonly string[]) => wire.map(fromHex),
  (value) => value.map(toHex),
);
export const bytesMap = kind<Readonly<Record<string, Uint8Array>>>(
  "a map to hex",
  (wire) => isMap(wire) && Object.values(wire).every(isBytes),
  (wire: Record<string, string>) => mapValues(wire, fromHex),
  (value) => mapValues(value, toHex),
);
export const pairs = kind<readonly (readonly [number, number])[]>(
  "a list of pairs of whole numbers",
  every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isNumber)),
  same,
  same,
);
/** A message to the gateway: `{text}` or `{binary}`. */
export type SentMessage = { readonly text: string } | { readonly binary: Uint8Array };
const isSent = (wire: unknown): boolean => isMap(wire) && (isText(wire.text) || isBytes(wire.binary));
export const sentList = kind<readonly SentMessage[]>(
  "a list of {text} or {binary}",
  every(isSent),
  (wire: readonly { text?: string; binary?: string }[]) =>
    wire.map(({ text: words, binary = "" }) =>
      words === undefined ? { binary: fromHex(binary) } : { text: words },
    ),
  (value) => value.map((sent) => ("text" in sent ? sent : { binary: toHex(sent.binary) })),
);
export const dataList = kind<readonly unknown[]>("a list", Array.isArray, same, same);
/** JSON taken as it is; whoever reads it checks it. */
export const data = kind<unknown>("JSON", (wire) => wire !== undefined, same, same);

export function nullable<T>(inner: Kind<T>): Kind<T | null> & { readonly optional: false } {
  return {
    optional: required,
    read: (wire, path) => (wire === null ? null : inner.read(wire, path)),
    write: (value) => (value === null ? null : inner.write(value)),
  };
}

export function optional<T>(inner: Kind<T>): OptionalKind<T> {
  return { ...inner, optional: true };
}

/** Reads the fields of an object; unknown ones are ignored, a missing or wrong one is a {@link FieldError}. */
export function readFields<F extends Fields>(fields: F, wire: unknown): ValueOf<F> {
  if (!isMap(wire)) throw new FieldError("expected a JSON object");
  const value: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (wire[name] === undefined && field.optional) continue;
    value[name] = field.read(wire[name], name);
  }
  return value as ValueOf<F>;
}

export function writeFields<F extends Fields>(fields: F, value: ValueOf<F>): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner !== undefined) wire[name] = field.write(inner);
  }
  return wire;
}
