// NIST SP 800-38D GCM with AES-128 over spans of bytes, on the primitives of aes-ghash.ts.
import { TAG_LENGTH } from "../constants.ts";
import { BLOCK, type CipherKey, crypt, ghashTable, HASH, hash, load, prepare, work } from "./aes-ghash.ts";

const ZEROS = /* @__PURE__ */ new Uint8Array(BLOCK);
/** Last counter block encrypted. */
const keystream = /* @__PURE__ */ new Uint8Array(BLOCK);
/** The encrypted J0, which masks the tag. */
const mask = /* @__PURE__ */ new Uint8Array(BLOCK);

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** Byte `i` of the tag, in the low 8 bits. Shifts count modulo 32, here and below. */
const tagByte = (i: number): number => work[HASH + (i >>> 2)]! >>> (24 - i * 8);

/** A length in bits, of 64; bytes beyond 2^29 spill into the high word. */
const addLength = (at: number, bytes: number): void => {
  work[at] = work[at]! ^ (bytes / 0x20000000);
  work[at + 1] = work[at + 1]! ^ (bytes << 3);
};

/** SP 800-38D §7.1 step 1: the hash subkey H, the encrypted block of zeros, as four big-endian words. */
function hashSubkey(roundKeys: Int32Array): Int32Array {
  // This key has no table yet, so it is loaded as an object of its own, which no message ever uses.
  load({ roundKeys, hashTable: new Int32Array(0) });
  prepare(0, 0);
  crypt(0, ZEROS, 0, BLOCK, keystream);
  return Int32Array.from([0, 4, 8, 12], (at) => word(keystream, at));
}

/**
 * AES-128-GCM for one key. Spans of the same stream may be given one after another, in any lengths. All keys share one
 * working memory, so messages must not be interleaved: from `start` to `writeTag` or `tagMatches` no other message may
 * be started and no key made or wiped.
 */
export class AesGcm {
  readonly #key: CipherKey;
  /** How much of the last counter block is spent, and the number of the next. */
  #spent = BLOCK;
  #block = 0;
  /** How many bytes of the running block GHASH has taken. */
  #taken = 0;

  /** Takes over the array that `expandKey` made. */
  constructor(roundKeys: Int32Array) {
    this.#key = { roundKeys, hashTable: ghashTable(hashSubkey(roundKeys)) };
  }

  /** Starts a message. K3: the nonce is 8 zero bytes, then the 32-bit counter little endian. */
  start(counter: number): void {
    load(this.#key);
    prepare(counter, 1);
    // SP 800-38D §7.1: block 1 is J0, which masks the tag; the text starts at inc32(J0).
    crypt(1, ZEROS, 0, BLOCK, mask);
    this.#block = 2;
    this.#spent = BLOCK;
    // Four stores: `fill` is a call that costs as much as half a block.
    work[HASH] = work[HASH + 1] = work[HASH + 2] = work[HASH + 3] = 0;
    this.#taken = 0;
  }

  /** SP 800-38D §6.5 GCTR over `input[from, to)` into the same place of `output`. */
  crypt(input: Uint8Array, from: number, to: number, output: Uint8Array): void {
    const start = this.#cryptBytes(input, from, to, output);
    const end = start + ((to - start) & -BLOCK);
    crypt(this.#block, input, start, end, output);
    this.#block += (end - start) / BLOCK;
    if (end === to) return;
    crypt(this.#block++, ZEROS, 0, BLOCK, keystream);
    this.#spent = 0;
    this.#cryptBytes(input, end, to, output);
  }

  /** Byte by byte: the rest of a started block. */
  #cryptBytes(input: Uint8Array, from: number, to: number, output: Uint8Array): number {
    let spent = this.#spent;
    let i = from;
    for (; i < to && spent < BLOCK; i++) output[i] = input[i]! ^ keystream[spent++]!;
    this.#spent = spent;
    return i;
  }

  /** SP 800-38D §6.4 GHASH over `input[from, to)`. */
  hash(input: Uint8Array, from: number, to: number): void {
    const start = Math.min(to, from + (-this.#taken & (BLOCK - 1)));
    this.#hashBytes(input, from, start);
    const end = start + ((to - start) & -BLOCK);
    hash(input, start, end);
    this.#hashBytes(input, end, to);
  }

  #hashBytes(input: Uint8Array, from: number, to: number): void {
    let taken = this.#taken;
    for (let i = from; i < to; i++) {
      const at = HASH + (taken >>> 2);
      work[at] = work[at]! ^ (input[i]! << (24 - taken * 8));
      if (++taken < BLOCK) continue;
      taken = 0;
      hash(ZEROS, 0, BLOCK);
    }
    this.#taken = taken;
  }

  /** Pads the running block with zeros: between additional data and text, and at the end. */
  pad(): void {
    if (this.#taken > 0) hash(ZEROS, 0, BLOCK);
    this.#taken = 0;
  }

  /** SP 800-38D §7.1 steps 5 and 6: what was hashed becomes the tag. */
  finish(aadLength: number, textLength: number): void {
    this.pad();
    addLength(HASH, aadLength);
    addLength(HASH + 2, textLength);
    hash(ZEROS, 0, BLOCK);
    for (let i = 0; i < 4; i++) work[HASH + i] = work[HASH + i]! ^ word(mask, 4 * i);
  }

  /** F1: writes the first 8 bytes of the tag that `finish` made at `at`. */
  writeTag(output: Uint8Array, at: number): void {
    for (let i = 0; i < TAG_LENGTH; i++) output[at + i] = tagByte(i);
  }

  /** Whether the 8 bytes at `at` are that tag. Constant time: nothing tells which of the bytes differ. */
  tagMatches(bytes: Uint8Array, at: number): boolean {
    let different = 0;
    for (let i = 0; i < TAG_LENGTH; i++) different |= tagByte(i) ^ bytes[at + i]!;
    return (different & 255) === 0;
  }

  /** Overwrites the key, and whatever is in the shared working memory, which may be of this key. */
  wipe(): void {
    this.#key.roundKeys.fill(0);
    this.#key.hashTable.fill(0);
    keystream.fill(0);
    mask.fill(0);
    load(undefined);
  }
}
