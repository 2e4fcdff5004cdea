// RFC 9420 §2.1 The TLS presentation language, writing.
import { abytes, auint } from "../bytes.ts";
import { misuse } from "../errors.ts";

/**
 * Growable output.
 *
 * @example
 * ```ts
 * const writer = new Writer();
 * writer.uint(2, 258);
 * writer.finish(); // Uint8Array [1, 2]
 * ```
 */
export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Unsigned integer in `size` bytes (1 to 4), big endian. */
  uint(size: number, value: number): void {
    this.#room(size);
    this.#uint(size, value);
  }

  /** Unsigned integers one after the other, in `size` bytes each. */
  uints(size: number, values: readonly number[]): void {
    this.#room(size * values.length);
    for (const value of values) this.#uint(size, value);
  }

  #uint(size: number, value: number): void {
    auint(value, "value", size === 4 ? 0xffffffff : (1 << (8 * size)) - 1);
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.#bytes[this.#length++] = value >>> shift;
  }

  /** The bytes as they are, without a length. */
  bytes(value: Uint8Array): void {
    abytes(value, "value");
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** §2.1.2 the length header of a `<V>` vector, minimal. */
  lengthHeader(length: number): void {
    misuse(length < 0x40000000, "vector", "fewer than 2^30 bytes", length);
    if (length < 0x40) this.uint(1, length);
    else if (length < 0x4000) this.uint(2, length + 0x4000);
    else this.uint(4, length + 0x80000000);
  }

  /** Writes what `body` writes as one `<V>` vector. */
  within(body: (writer: Writer) => void): void {
    const start = this.#length;
    body(this);
    const length = this.#length - start;
    // The header comes before what is written already: once more at the end, to learn its size and make room.
    this.lengthHeader(length);
    const size = this.#length - start - length;
    const header = this.#bytes.slice(this.#length - size, this.#length);
    this.#bytes.copyWithin(start + size, start, start + length);
    this.#bytes.set(header, start);
  }

  /** A copy of what was written; the buffer is wiped, since it may have held secrets. */
  finish(): Uint8Array {
    const out = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0);
    this.#length = 0;
    return out;
  }

  #room(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes.fill(0);
    this.#bytes = grown;
  }
}
