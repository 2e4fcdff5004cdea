// A reader that writes down every field it passes: where it stands, what it holds, and where and why reading stopped.
import { Reader } from "@puredave/mls";
import { toHex } from "../vectors/fields.ts";

/** A field: where it stands, what it holds, what is in it. */
export interface Node {
  readonly name: string;
  /** In bytes from the beginning of the input. */
  readonly offset: number;
  length: number;
  /** The value in readable form. */
  value?: string;
  /** Why reading stopped here. */
  problem?: string;
  readonly children: Node[];
}

export interface Inspected {
  readonly root: Node;
  /** Undefined: all of it was read. */
  readonly problem: string | undefined;
  /** How far reading got, in bytes. */
  readonly reached: number;
}

class Stop extends Error {
  override readonly name = "Stop";
}

/** Says more of a field than its bare value does; `undefined`: nothing. May read on inside an opaque field. */
export type Describe = (name: string, value: unknown, reader: TracingReader) => string | undefined;

const RULES: Readonly<Record<string, string>> = {
  "2.1.2-1": "a length header that starts with bits 11",
  "2.1.2-2": "a length in more bytes than needed",
  "2.1.1-1": "a presence octet above 1",
  "2.1-3": "an unknown value",
};
const SHOWN = 32;

/** Bytes in short: hex, cut after 32. */
export const shortHex = (bytes: Uint8Array): string =>
  bytes.length <= SHOWN ? toHex(bytes) : `${toHex(bytes.subarray(0, SHOWN))}… (${bytes.length} bytes)`;

const rfcName = (step: string | number): string =>
  `${step}`.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function plainly(value: unknown, { children }: Node): string | undefined {
  if (value instanceof Uint8Array) return shortHex(value);
  if (value === undefined) return children.length > 0 ? undefined : "absent";
  if (Array.isArray(value)) return children.length > 0 ? `${value.length} items` : value.join(", ");
  return typeof value === "object" ? undefined : `${value}`;
}

/** Any codec reads with it. Whatever is open when reading stops stays in the tree. */
export class TracingReader extends Reader {
  readonly input: Uint8Array;
  readonly #describe: Describe;
  readonly #base: number;
  readonly #open: Node[];

  /** `base` is where the input begins in the whole; the fields become children of `root`. */
  constructor(input: Uint8Array, root: Node, describe: Describe, base = 0) {
    super(input, { maxLength: input.length });
    this.input = input;
    this.#describe = describe;
    this.#base = base;
    this.#open = [root];
  }

  get node(): Node {
    return this.#open.at(-1) as Node;
  }

  stop(problem: string): never {
    this.node.problem = problem;
    throw new Stop(problem);
  }

  /** Reads the content of a field that was read as opaque bytes; its fields become the children of that field. */
  into(field: Node, content: Uint8Array, read: (reader: TracingReader) => unknown): void {
    const start = field.offset + field.length - content.length;
    const inner = new TracingReader(content, field, this.#describe, start);
    delete field.value;
    read(inner);
    inner.finish();
  }

  override at<T>(step: string | number, read: (reader: Reader) => T): T {
    return this.#part(rfcName(step), () => super.at(step, read));
  }

  override items<T>(read: (reader: Reader) => T): T[] {
    let index = 0;
    return super.items((reader) => this.#part(`[${index++}]`, () => read(reader)));
  }

  #part<T>(name: string, read: () => T): T {
    const node: Node = { name, offset: this.#base + this.offset, length: 0, children: [] };
    this.node.children.push(node);
    this.#open.push(node);
    try {
      const value = read();
      node.length = this.#base + this.offset - node.offset;
      const said = this.#describe(name, value, this) ?? plainly(value, node);
      if (said !== undefined) node.value ??= said;
      // Left open where reading stopped: that is the node that says why.
      this.#open.pop();
      return value;
    } finally {
      node.length = this.#base + this.offset - node.offset;
    }
  }

  override fail(rule: string): never {
    return this.stop(RULES[rule] ?? `rule ${rule} of docs/rules.md is broken`);
  }
  override uint(size: number): number {
    this.#need(size);
    return super.uint(size);
  }
  override bytes(length: number): Uint8Array {
    this.#need(length);
    return super.bytes(length);
  }
  override length(): number {
    const length = this.lengthHeader();
    if (length > this.remaining) this.stop(`a length of ${length}, ${this.remaining} bytes are left`);
    return length;
  }
  override finish(): void {
    if (this.remaining > 0) this.stop(`${this.remaining} bytes too many`);
  }

  #need(count: number): void {
    if (count > this.remaining) this.stop(`needs ${count} bytes, ${this.remaining} are left`);
  }
}

/** Reads the whole input; never throws for its content. */
export function inspectAs(
  name: string,
  bytes: Uint8Array,
  read: (reader: TracingReader) => unknown,
  describe: Describe = () => undefined,
): Inspected {
  const root: Node = { name, offset: 0, length: bytes.length, children: [] };
  const reader = new TracingReader(bytes, root, describe);
  try {
    const said = describe(name, read(reader), reader);
    if (said !== undefined) root.value = said;
    reader.finish();
    return { root, problem: undefined, reached: bytes.length };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { root, problem: error.message, reached: reader.offset };
  }
}
