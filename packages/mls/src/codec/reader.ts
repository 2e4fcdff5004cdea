// RFC 9420 §2.1 The TLS presentation language, reading: a bounds-checked cursor that knows its field path.
import { abytes, auint } from "../bytes.ts";
import { MlsError, type MlsErrorCode } from "../errors.ts";

/** Limits checked before anything is read or allocated. */
export interface ReaderLimits {
  /** Longest input in bytes; default 2^30 - 1, the longest `<V>` vector. */
  readonly maxLength?: number;
  /** Most fields of all structures and items of all vectors together; default 65536: a tree of some 2000 members. */
  readonly maxItems?: number;
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
  #itemsLeft: number;
  #offset: number;

  /** @throws {@link MlsError} `invalid-argument`; `too-large` when the input is longer than the limit */
  constructor(bytes: Uint8Array, limits: ReaderLimits = {}) {
    abytes(bytes, "bytes");
    const { maxLength = 0x3fffffff, maxItems = 0x10000 } = limits;
    auint(maxLength, "maxLength");
    auint(maxItems, "maxItems");
    this.#itemsLeft = maxItems;
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
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#bytes[this.#offset++]!;
    return value;
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    auint(length, "length");
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
      while (inner.offset < end) {
        items.push(inner.at(items.length, read));
      }
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
    // The structures and vectors have no more fields and items than the limit.
    if (this.#itemsLeft-- === 0) this.fail("2.1-5", "too-large");
    this.#path.push(step);
    const value = read(this);
    this.#path.pop();
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
