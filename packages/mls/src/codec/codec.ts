// RFC 9420 §2.1 Structures as values: one declaration gives type, encoder and strict decoder.
import { misuse } from "../errors.ts";
import { Reader, type ReaderLimits } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Both directions of one structure. What `decode` accepts, `encode` gives back byte for byte. */
export interface Codec<T> {
  /** The value's bytes. Throws {@link MlsError} `invalid-argument` for a value that has none. */
  encode(value: T): Uint8Array;
  /** The whole input, strictly: no trailing bytes. Throws `MlsError`. */
  decode(bytes: Uint8Array, limits?: ReaderLimits): T;
  /** Reads one value from a cursor, and leaves what follows. */
  read(reader: Reader): T;
  /** Appends one value. */
  write(writer: Writer, value: T): void;
  /** `read` into an object: of codecs whose fields lie flat beside others. */
  fill?(reader: Reader, out: object): void;
}

export function codec<T>(read: (reader: Reader) => T, write: (writer: Writer, value: T) => void): Codec<T> {
  return {
    read,
    write,
    decode(bytes, limits) {
      const reader = new Reader(bytes, limits);
      const value = read(reader);
      reader.finish();
      return value;
    },
    encode(value) {
      const writer = new Writer();
      write(writer, value);
      return writer.finish();
    },
  };
}

const uint = (size: number): Codec<number> =>
  codec(
    (r) => r.uint(size),
    (w, value) => w.uint(size, value),
  );

/** §2.1 `uint8`, 1 byte. */
export const u8: Codec<number> = /* @__PURE__ */ uint(1);
/** §2.1 `uint16`, 2 bytes, big endian. */
export const u16: Codec<number> = /* @__PURE__ */ uint(2);
/** §2.1 `uint32`, 4 bytes, big endian. */
export const u32: Codec<number> = /* @__PURE__ */ uint(4);

/** §2.1 `uint64`, 8 bytes, big endian, as a bigint. */
export const u64: Codec<bigint> = /* @__PURE__ */ codec(
  (r) => (BigInt(r.uint(4)) << 32n) | BigInt(r.uint(4)),
  (w, value) => {
    misuse(typeof value === "bigint", "value", "a bigint of 64 bits", value ?? null);
    // of more than 64 bits, or below zero, one half is no 32-bit integer
    w.uint(4, Number(value >> 32n));
    w.uint(4, Number(value & 0xffffffffn));
  },
);

/**
 * §2.1.2 `opaque value<V>`: a length of 1, 2 or 4 bytes in its shortest form, then so many bytes, 2^30 - 1 at most.
 *
 * @example
 * ```ts
 * opaque.encode(Uint8Array.of(7, 8)); // 3 bytes
 * ```
 */
export const opaque: Codec<Uint8Array> = /* @__PURE__ */ codec(
  (r) => r.bytes(r.length()),
  (w, value) => {
    misuse(value?.length !== undefined, "value", "a Uint8Array", value ?? null);
    w.lengthHeader(value.length);
    w.bytes(value);
  },
);

/** `opaque value[length]` */
export const fixed = (length: number): Codec<Uint8Array> =>
  codec(
    (r) => r.bytes(length),
    (w, value) => {
      misuse(value?.length === length, "value", `${length} bytes`, value?.length ?? null);
      w.bytes(value);
    },
  );

/** §2.1.2 `uint8 items<V>` to `uint32 items<V>`, read in one loop, because a sender may list many thousand of them. */
export const numbers = (size: number): Codec<number[]> =>
  codec(
    (r) => r.uints(size),
    (w, values) => {
      misuse(Array.isArray(values), "value", "an array");
      w.within((inner) => inner.uints(size, values));
    },
  );

/** §2.1.2 `T items<V>`: the length in bytes as for {@link opaque}, then the items one after the other. */
export const vector = <T>(item: Codec<T>): Codec<T[]> =>
  codec(
    (r) => r.items(item.read),
    (w, items) => {
      misuse(Array.isArray(items), "value", "an array");
      w.within((inner) => {
        for (const value of items) item.write(inner, value);
      });
    },
  );

/** §2.1.1 `optional<T>`: the presence octet is 0 or 1. */
export const optional = <T>(item: Codec<T>): Codec<T | undefined> =>
  codec(
    (r) => {
      const present = r.uint(1);
      // The presence octet is 0 or 1.
      if (present > 1) r.fail("2.1.1-1");
      return present ? item.read(r) : undefined;
    },
    (w, value) => {
      w.uint(1, value === undefined ? 0 : 1);
      if (value !== undefined) item.write(w, value);
    },
  );

/** A codec of objects, made from what fills one. */
function objectCodec<T extends object>(
  fill: (reader: Reader, out: Record<string, unknown>) => void,
  write: (writer: Writer, value: T) => void,
): Codec<T> {
  const read = (reader: Reader) => {
    const out = {};
    fill(reader, out);
    return out as T;
  };
  return { ...codec(read, write), fill: fill as Codec<T>["fill"] & object };
}

/** Reads a part into an object. */
function fillFrom(part: Part, reader: Reader, out: object): void {
  if (part.fill) part.fill(reader, out);
  else Object.assign(out, part.read(reader));
}

type Fields<T> = { readonly [K in keyof Required<T>]: Codec<T[K & keyof T]> };

/** Fields in wire order. A field that is `undefined` after decoding is left out of the object. */
export function struct<T extends object>(fields: Fields<T>): Codec<T> {
  const entries = Object.entries(fields) as [keyof T & string, Codec<unknown>][];
  return objectCodec(
    (r, out) => {
      for (const [name, field] of entries) {
        const value = r.at(name, field.read);
        if (value !== undefined) out[name] = value;
      }
    },
    (w, value) => {
      misuse(typeof value === "object" && value !== null, "value", "an object");
      for (const [name, field] of entries) field.write(w, value[name]);
    },
  );
}

/** An enumeration by name; numbers that have no name are refused as `unsupported`. */
export function enumeration<Name extends string>(
  number: Codec<number>,
  names: { readonly [K in Name]: number },
): Codec<Name> {
  const byNumber = new Map(Object.entries(names).map(([name, value]) => [value as number, name as Name]));
  return codec(
    (r) => {
      const value = number.read(r);
      // An enumeration's value is one that this package knows.
      return byNumber.get(value) ?? r.fail("2.1-3", "unsupported");
    },
    (w, name) => {
      misuse(Object.hasOwn(names, name), "value", `one of ${Object.keys(names).join(", ")}`);
      number.write(w, names[name]);
    },
  );
}

/** A structure of which no rule accepts any that is shorter than `least` bytes; see {@link Reader.atLeast}. */
export function atLeast<T>(least: number, structure: Codec<T>): Codec<T> {
  const { fill } = structure;
  return {
    ...codec((r) => r.atLeast(least, structure.read), structure.write),
    ...(fill && { fill: (r: Reader, out: object) => r.atLeast(least, () => fill(r, out)) }),
  };
}

/** Any codec that reads an object: a part of a flat structure, or a case of a `select`. */
interface Part {
  read(reader: Reader): object;
  write(writer: Writer, value: never): void;
  fill?(reader: Reader, out: object): void;
}

/** `select`: a tag, then the fields that belong to it; both lie flat in one object. */
export function variant<T extends object>(
  tag: keyof T & string,
  tagCodec: Codec<string>,
  cases: { readonly [name: string]: Part },
): Codec<T> {
  return objectCodec(
    (r, out) => {
      const name = r.at(tag, tagCodec.read);
      out[tag] = name;
      fillFrom(cases[name]!, r, out);
    },
    (w, value) => {
      misuse(typeof value === "object" && value !== null, "value", "an object");
      const name = value[tag] as string;
      tagCodec.write(w, name);
      cases[name]!.write(w, value as never);
    },
  );
}

/** Structures one after the other, their fields in one flat object. */
export function sequence<T extends object>(...parts: Part[]): Codec<T> {
  return objectCodec(
    (r, out) => {
      for (const part of parts) fillFrom(part, r, out);
    },
    (w, value) => {
      for (const part of parts) part.write(w, value as never);
    },
  );
}

/** A structure whose later fields depend on its first ones; all lie flat in one object. */
export const dependent = <A extends object, B extends object>(
  first: Codec<A>,
  rest: (value: A) => Codec<B>,
): Codec<A & B> =>
  objectCodec(
    (r, out) => {
      fillFrom(first, r, out);
      fillFrom(rest(out as A), r, out);
    },
    (w, value) => {
      first.write(w, value);
      rest(value).write(w, value);
    },
  );

/** No bytes at all. */
export const nothing: Codec<object> = /* @__PURE__ */ struct<object>({});
