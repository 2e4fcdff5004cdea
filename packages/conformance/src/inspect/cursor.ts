// Reading bytes into an annotated tree: every field with its offset, and where and why reading stopped
import { toHex } from "../vectors/fields.ts";

/** A field: where it stands, what it holds, what is in it. */
export interface Node {
  readonly name: string;
  readonly offset: number;
  length: number;
  /** The value in readable form. */
  value?: string;
  /** Why reading stopped here. */
  problem?: string;
  readonly children: Node[];
}

/** Reading stopped; the tree so far says where. */
export class Stop extends Error {
  override readonly name = "Stop";
}

export type Read = (cursor: Cursor) => void;

/** Reads big-endian fields; whatever was opened when reading stops stays in the tree. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly root: Node;
  #open: Node[];
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.root = { name, offset: 0, length: bytes.length, children: [] };
    this.#open = [this.root];
    this.#at = 0;
    this.#end = bytes.length;
  }

  get at(): number {
    return this.#at;
  }
  get left(): number {
    return this.#end - this.#at;
  }
  get node(): Node {
    return this.#open.at(-1) as Node;
  }

  stop(problem: string): never {
    this.node.problem = problem;
    throw new Stop(problem);
  }

  /** A part under a name of its own. */
  part(name: string, read: Read): Node {
    const node: Node = { name, offset: this.#at, length: 0, children: [] };
    this.node.children.push(node);
    this.#open.push(node);
    try {
      read(this);
    } finally {
      node.length = this.#at - node.offset;
    }
    // Left open where reading stopped: that is the node that says why.
    this.#open.pop();
    return node;
  }

  take(count: number): Uint8Array {
    if (count > this.left) this.stop(`needs ${count} bytes, ${this.left} are left`);
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  number(count: number): bigint {
    return this.take(count).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  }

  /** RFC 9420 §2.1.2: 1, 2 or 4 bytes, in the shortest form. */
  vectorLength(): number {
    const first = this.take(1)[0] as number;
    const extra = (1 << (first >> 6)) - 1;
    if (first >> 6 === 3) this.stop("a length header that starts with bits 11");
    let length = first & 0x3f;
    for (const byte of this.take(extra)) length = length * 256 + byte;
    if (extra > 0 && length < (extra === 1 ? 0x40 : 0x4000))
      this.stop(`length ${length} in more bytes than needed`);
    if (length > this.left) this.stop(`a length of ${length}, ${this.left} bytes are left`);
    return length;
  }

  /** Reads inside the next `length` bytes, which must be used up. */
  within(length: number, read: Read): void {
    const outer = this.#end;
    this.#end = this.#at + length;
    read(this);
    if (this.left > 0) this.stop(`${this.left} bytes too many`);
    this.#end = outer;
  }
}

export interface Inspected {
  readonly root: Node;
  /** Undefined: all of it was read. */
  readonly problem: string | undefined;
  /** How far reading got, in bytes. */
  readonly reached: number;
}

/** Reads the whole input; never throws for its content. */
export function inspectAs(name: string, bytes: Uint8Array, read: Read): Inspected {
  const cursor = new Cursor(bytes, name);
  try {
    cursor.within(bytes.length, read);
    return { root: cursor.root, problem: undefined, reached: bytes.length };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { root: cursor.root, problem: error.message, reached: cursor.at };
  }
}

const SHOWN = 32;

/** Bytes in short: hex, cut after 32. */
export const shortHex = (bytes: Uint8Array): string =>
  bytes.length <= SHOWN ? toHex(bytes) : `${toHex(bytes.subarray(0, SHOWN))}… (${bytes.length} bytes)`;
