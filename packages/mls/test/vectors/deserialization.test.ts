// deserialization: the length header of a vector, in minimal form.
import { expect } from "vitest";
import { Reader, Writer } from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

rfcVectors("deserialization", (v: Json) => {
  const writer = new Writer();
  writer.lengthHeader(v.length);
  const header = bytes(v.vlbytes_header);
  expect(writer.finish()).toEqual(header);
  expect(new Reader(header).lengthHeader()).toBe(v.length);
});
