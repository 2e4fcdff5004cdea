// NIST SP 800-38D GCM with AES-128 over spans of bytes, on the primitives of aes-ghash.ts.
import {
  BLOCK,
  encryptBlock,
  expandKey,
  ghashTable,
  multiply,
  prepareCounter,
  putWord,
  word,
} from "./aes-ghash.ts";

/** AES-128-GCM for one key. Spans of the same stream may be given one after another, in any lengths. */
export class AesGcm {
  readonly #keys: Int32Array;
  readonly #table: Int32Array;
  readonly #ahead = new Int32Array(5);
  /** Last counter block encrypted, and how much of it is spent. */
  readonly #keystream = new Int32Array(4);
  #spent = BLOCK;
  #nonce = 0;
  #block = 0;
  /** GHASH state, and how many bytes of the running block it has taken. */
  readonly #y = new Int32Array(4);
  #taken = 0;

  /** `head`: the first 8 bytes of every nonce, where they are not zeros. */
  constructor(key: Uint8Array, head?: Uint8Array) {
    this.#keys = expandKey(key);
    prepareCounter(this.#keys, 0, 0, this.#ahead);
    encryptBlock(this.#keys, this.#ahead, 0, this.#keystream);
    this.#table = ghashTable(this.#keystream);
    this.#keystream.fill(0);
    // These words of a counter block meet these two words of the key and nothing else.
    for (let i = 0; head !== undefined && i < 2; i++) this.#keys[i] = this.#keys[i]! ^ word(head, 4 * i);
  }

  /** Starts a message. K3: the nonce is 8 zero bytes (or `head`), then the 32-bit counter little endian. */
  start(counter: number): void {
    this.#nonce =
      ((counter & 0xff) << 24) | ((counter & 0xff00) << 8) | ((counter >>> 8) & 0xff00) | (counter >>> 24);
    // SP 800-38D §7.1: block 1 is J0, which masks the tag; the text starts at inc32(J0).
    this.#block = 1;
    prepareCounter(this.#keys, this.#nonce, 1, this.#ahead);
    this.#spent = BLOCK;
    // Four stores: `fill` is a call that costs as much as half a block.
    const y = this.#y;
    y[0] = y[1] = y[2] = y[3] = 0;
    this.#taken = 0;
  }

  #nextKeystream(): void {
    const block = ++this.#block;
    if ((block & 255) === 0) prepareCounter(this.#keys, this.#nonce, block, this.#ahead);
    encryptBlock(this.#keys, this.#ahead, block, this.#keystream);
  }

  /** SP 800-38D §7.1: encrypts `input[from, to)` into the same place of `output`, and hashes what it wrote. */
  seal(input: Uint8Array, from: number, to: number, output: Uint8Array): void {
    const start = this.#cryptBytes(input, from, to, output, false);
    this.#hashBytes(output, from, start);
    const end = this.#blocks(input, start, to, output, this.#y);
    this.#cryptBytes(input, end, to, output, true);
    this.#hashBytes(output, end, to);
  }

  /** SP 800-38D §6.5 GCTR over `input[from, to)` into the same place of `output`. */
  crypt(input: Uint8Array, from: number, to: number, output: Uint8Array): void {
    const start = this.#cryptBytes(input, from, to, output, false);
    const end = this.#blocks(input, start, to, output, undefined);
    this.#cryptBytes(input, end, to, output, true);
  }

  /** Whole blocks of [from, to), hashed into `y` as they are written if it is given; returns where they end. */
  #blocks(
    input: Uint8Array,
    from: number,
    to: number,
    output: Uint8Array,
    y: Int32Array | undefined,
  ): number {
    const keys = this.#keys;
    const table = this.#table;
    const ahead = this.#ahead;
    const keystream = this.#keystream;
    let block = this.#block;
    let i = from;
    for (; i + BLOCK <= to; i += BLOCK) {
      if ((++block & 255) === 0) prepareCounter(keys, this.#nonce, block, ahead);
      encryptBlock(keys, ahead, block, keystream);
      const w0 = putWord(word(input, i) ^ keystream[0]!, output, i);
      const w1 = putWord(word(input, i + 4) ^ keystream[1]!, output, i + 4);
      const w2 = putWord(word(input, i + 8) ^ keystream[2]!, output, i + 8);
      const w3 = putWord(word(input, i + 12) ^ keystream[3]!, output, i + 12);
      if (y === undefined) continue;
      y[0] = y[0]! ^ w0;
      y[1] = y[1]! ^ w1;
      y[2] = y[2]! ^ w2;
      y[3] = y[3]! ^ w3;
      multiply(table, y);
    }
    this.#block = block;
    return i;
  }

  /** Byte by byte: the rest of a started block, or, at the end, the start of a new one. */
  #cryptBytes(input: Uint8Array, from: number, to: number, output: Uint8Array, fresh: boolean): number {
    const keystream = this.#keystream;
    let spent = this.#spent;
    let i = from;
    for (; i < to; i++, spent++) {
      if (spent === BLOCK) {
        if (!fresh) break;
        this.#nextKeystream();
        spent = 0;
      }
      output[i] = input[i]! ^ (keystream[spent >>> 2]! >>> (24 - (spent & 3) * 8));
    }
    this.#spent = spent;
    return i;
  }

  /** SP 800-38D §6.4 GHASH over `input[from, to)`. */
  hash(input: Uint8Array, from: number, to: number): void {
    const y = this.#y;
    const table = this.#table;
    let i = this.#taken === 0 ? from : Math.min(to, from + BLOCK - this.#taken);
    this.#hashBytes(input, from, i);
    for (; i + BLOCK <= to; i += BLOCK) {
      y[0] = y[0]! ^ word(input, i);
      y[1] = y[1]! ^ word(input, i + 4);
      y[2] = y[2]! ^ word(input, i + 8);
      y[3] = y[3]! ^ word(input, i + 12);
      multiply(table, y);
    }
    this.#hashBytes(input, i, to);
  }

  #hashBytes(input: Uint8Array, from: number, to: number): void {
    const y = this.#y;
    let taken = this.#taken;
    for (let i = from; i < to; i++) {
      y[taken >>> 2] = y[taken >>> 2]! ^ (input[i]! << (24 - (taken & 3) * 8));
      if (++taken < BLOCK) continue;
      taken = 0;
      multiply(this.#table, y);
    }
    this.#taken = taken;
  }

  /** Pads the running block with zeros: between additional data and text, and at the end. */
  pad(): void {
    if (this.#taken === 0) return;
    this.#taken = 0;
    multiply(this.#table, this.#y);
  }

  /** SP 800-38D §7.1 steps 5 and 6: what was hashed becomes the tag. */
  finish(aadLength: number, textLength: number): void {
    this.pad();
    const y = this.#y;
    // Lengths in bits, 64 each; bytes beyond 2^29 spill into the high word.
    y[0] = y[0]! ^ Math.floor(aadLength / 0x20000000);
    y[1] = y[1]! ^ (aadLength << 3);
    y[2] = y[2]! ^ Math.floor(textLength / 0x20000000);
    y[3] = y[3]! ^ (textLength << 3);
    multiply(this.#table, y);
    // The text may have moved on by more than 255 blocks.
    if (this.#block > 255) prepareCounter(this.#keys, this.#nonce, 1, this.#ahead);
    encryptBlock(this.#keys, this.#ahead, 1, this.#keystream);
    for (let i = 0; i < 4; i++) y[i] = y[i]! ^ this.#keystream[i]!;
    this.#block = 1;
    this.#spent = BLOCK;
  }

  /** The tag that `finish` made, written at `at`: its first 8 bytes (F1), or as many words as are asked for. */
  writeTag(output: Uint8Array, at: number, words = 2): void {
    for (let i = 0; i < words; i++) putWord(this.#y[i]!, output, at + 4 * i);
  }

  /** Whether they are these. Constant time: nothing tells which of the bytes differ. */
  tagMatches(bytes: Uint8Array, at: number, words = 2): boolean {
    let different = 0;
    for (let i = 0; i < words; i++) different |= this.#y[i]! ^ word(bytes, at + 4 * i);
    return different === 0;
  }

  wipe(): void {
    for (const words of [this.#keys, this.#table, this.#ahead, this.#keystream, this.#y]) words.fill(0);
  }
}
