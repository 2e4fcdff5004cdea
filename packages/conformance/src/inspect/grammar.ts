// RFC 9420's presentation language for the annotated tree: one function for each construct
import { toHex } from "../vectors/fields.ts";
import { type Cursor, type Read, shortHex } from "./cursor.ts";

/** A field reader: names its part and fills it. */
export type Field = (name: string) => Read;

export type Names = Readonly<Record<number, string>>;

export const uint =
  (bytes: number, names: Names = {}): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => {
      const value = inner.number(bytes);
      const known = names[Number(value)];
      inner.node.value = known === undefined ? `${value}` : `${value} (${known})`;
    });
  };

export const u16 = uint(2);
export const u32 = uint(4);
export const u64 = uint(8);

export type Show = (bytes: Uint8Array) => string;

/** `opaque name<V>` */
export const opaque =
  (show: Show = shortHex): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => {
      inner.node.value = show(inner.take(inner.vectorLength()));
    });
  };

/** Snowflakes: 8 bytes, big endian (P1, P2). */
export const snowflake: Show = (bytes) =>
  bytes.length === 8 ? `${Buffer.from(bytes).readBigUInt64BE()}` : `${toHex(bytes)} (no snowflake)`;

export const struct =
  (...fields: readonly Read[]): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => {
      for (const field of fields) field(inner);
    });
  };

/** `item name<V>`, numbered. */
export const vector =
  (item: Field): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => {
      const length = inner.vectorLength();
      inner.within(length, () => {
        for (let index = 0; inner.left > 0; index++) item(`[${index}]`)(inner);
      });
      inner.node.value = `${inner.node.children.length} items`;
    });
  };

/** A structure inside a vector length. */
export const wrapped =
  (item: Field): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => inner.within(inner.vectorLength(), item("content")));
  };

export const optional =
  (item: Field): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => {
      const present = inner.number(1);
      if (present > 1n) inner.stop(`presence octet ${present}`);
      inner.node.value = present === 1n ? "present" : "absent";
      if (present === 1n) item("value")(inner);
    });
  };

/** `select`: a tag of `bytes` bytes, then the fields that belong to it. */
export const select =
  (
    tag: string,
    bytes: number,
    cases: Readonly<Record<number, readonly [name: string, ...fields: Read[]]>>,
  ): Read =>
  (cursor) => {
    let fields: readonly Read[] | undefined;
    cursor.part(tag, (inner) => {
      const value = Number(inner.number(bytes));
      const found = cases[value];
      if (!found) return inner.stop(`unknown value ${value}`);
      const [name, ...rest] = found;
      inner.node.value = `${value} (${name})`;
      fields = rest;
    });
    for (const field of fields ?? []) field(cursor);
  };

/** What the part just read says of itself. */
export const noted =
  (field: Read, note: (bytes: Uint8Array) => string | undefined): Read =>
  (cursor: Cursor) => {
    const start = cursor.at;
    field(cursor);
    const added = note(cursor.bytes.subarray(start, cursor.at));
    const last = cursor.node.children.at(-1);
    if (added && last) last.value = last.value ? `${last.value} = ${added}` : added;
  };
