// RFC 9420 §2.1 The TLS presentation language, reading: a bounds-checked cursor that knows its field path.
import { abytes, auint, EMPTY } from "../bytes.ts";
import { MlsError, type MlsErrorCode } from "../errors.ts";

/** Limits checked before anything is read or allocated. */
export interface ReaderLimits {
  /**
   * Longest input in bytes; default 2^29 - 1, so that what is signed around it still fits a `<V>` vector of 2^30 - 1.
   */
  readonly maxLength?: number;
  /**
   * Bytes by which structures may fall short of the smallest one that any rule accepts, all together; default 65536.
   * Valid structures use up none of it, however many and however long they are.
   */
  readonly slack?: number;
}

type PathStep = string | number;

/**
 * Cursor over `bytes`. Every read checks that the bytes are there; failures are `MlsError` with code `malformed`
 * and the path of the field.
 *
 * @example
 * ```ts
 * const reader = new Reader(Uint8Array.of(1, 2, 3));
 * reader.uint(2); // 258
 * reader.remaining; // 1
 * ```
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #path: PathStep[];
  #slack: number;
  #offset: number;

  /** @throws {@link MlsError} `invalid-argument`; `too-large` when the input is longer than the limit */
  constructor(bytes: Uint8Array, limits: ReaderLimits = {}) {
    abytes(bytes, "bytes");
    const { maxLength = 0x1fffffff, slack = 0x10000 } = limits;
    auint(maxLength, "maxLength");
    auint(slack, "slack");
    this.#slack = slack;
    // a Buffer's slice shares memory that its owner goes on using: what is decoded must be a copy
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = 0;
    this.#end = bytes.length;
    this.#path = [];
    // The input is no longer than the limit.
    if (bytes.length > maxLength) this.fail("2.1-4", "too-large");
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes left in the innermost vector, or in the input. */
  get remaining(): number {
    return this.#limit - this.#offset;
  }

  // The end of the innermost vector being read; a vector's items may not reach past it.
  #inner: number | undefined;
  get #limit(): number {
    return this.#inner ?? this.#end;
  }

  /** Refuses by a rule of docs/rules.md, with the path of the field. */
  fail(rule: string, code: MlsErrorCode = "malformed"): never {
    let path = "";
    for (const step of this.#path) path += typeof step === "number" ? `[${step}]` : path ? `.${step}` : step;
    throw new MlsError(code, `rule ${rule}${path && ` at ${path}`}`, { rule, path });
  }

  /** Unsigned integer of 1 to 4 bytes, big endian. */
  uint(size: number): number {
    this.#need(size);
    return this.#number(size);
  }

  /** The integers of one `<V>` vector, of `size` bytes each (1 to 4), big endian. */
  uints(size: number): number[] {
    return this.within((_, end) => {
      const values: number[] = [];
      // a value that reaches past the end is found by `finish`
      while (end - this.#offset >= size) values.push(this.#number(size));
      return values;
    });
  }

  #number(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#bytes[this.#offset++]!;
    return value;
  }

  /** A copy of the next `length` bytes. Empty copies share one array. */
  bytes(length: number): Uint8Array {
    auint(length, "length");
    if (length === 0) return EMPTY;
    this.#need(length);
    this.#offset += length;
    return this.#bytes.slice(this.#offset - length, this.#offset);
  }

  /** §2.1.2 the length header of a `<V>` vector, in minimal form only. */
  lengthHeader(): number {
    const first = this.uint(1);
    const log = first >> 6;
    // The length prefix is 0, 1 or 2.
    if (log === 3) this.fail("2.1.2-1");
    let value = first & 0x3f;
    for (let i = 1; i < 1 << log; i++) value = value * 256 + this.uint(1);
    // The length has its shortest form.
    if (log > 0 && value < (log === 1 ? 0x40 : 0x4000)) this.fail("2.1.2-2");
    return value;
  }

  /** The length header of a vector whose body is there in full. */
  length(): number {
    const value = this.lengthHeader();
    this.#need(value);
    return value;
  }

  /** Reads the items of one `<V>` vector, which must use up its length. */
  items<T>(read: (reader: Reader) => T): T[] {
    return this.within((inner, end) => {
      const items: T[] = [];
      const depth = this.#path.push(0) - 1;
      while (this.#offset < end) {
        this.#path[depth] = items.length;
        items.push(read(inner));
      }
      this.#path.pop();
      return items;
    });
  }

  /** Reads `body` in the bytes of one `<V>` vector, which it must use up. */
  within<T>(body: (reader: Reader, end: number) => T): T {
    const length = this.length();
    const outer = this.#inner;
    const end = this.#offset + length;
    this.#inner = end;
    const value = body(this, end);
    this.finish();
    this.#inner = outer;
    return value;
  }

  /** Reads one named or numbered part; a failure inside it carries the name. */
  at<T>(step: PathStep, read: (reader: Reader) => T): T {
    this.#path.push(step);
    const value = read(this);
    this.#path.pop();
    return value;
  }

  /**
   * Reads one structure of a kind whose valid values all have `least` bytes or more. A shorter one uses up slack, one byte for
   * each byte that is missing. This bounds the work of reading by the length of the input, and a valid structure is never
   * refused because there are many of its kind.
   */
  atLeast<T>(least: number, read: (reader: Reader) => T): T {
    const start = this.#offset;
    const value = read(this);
    this.#slack -= Math.max(0, least - (this.#offset - start));
    // Structures shorter than any valid one of their kind are few.
    if (this.#slack < 0) this.fail("2.1-5", "too-large");
    return value;
  }

  /** Refuses trailing bytes. */
  finish(): void {
    // A structure uses up its bytes, a vector its length.
    if (this.remaining !== 0) this.fail("2.1-2");
  }

  #need(length: number): void {
    // The bytes of a field are there.
    if (length > this.remaining) this.fail("2.1-1");
  }
}
