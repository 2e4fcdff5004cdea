// FIPS 197 AES-128 and NIST SP 800-38D GCM by tables, over spans of bytes. The one file of cipher code of our own.
//
// Why it exists: docs/decisions.md (frames: portable cipher). It is tested against @noble/ciphers on every
// length from 0 to 2047 and on random long ones, and GHASH against a bit-by-bit twin. Table lookups depend on
// key and data, as in every AES in plain JavaScript, noble's included: SECURITY.md says what that means.

const ROUNDS = 10;
const BLOCK = 16;
/** GHASH table: 16 byte positions × 256 values × 4 words. */
const GHASH_WORDS = 16 * 256 * 4;

/** FIPS 197 §4.2: multiplication by x in GF(2^8). */
const xtime = (a: number): number => ((a << 1) ^ ((a >>> 7) * 0x11b)) & 0xff;

/** FIPS 197 §5.1.1: inverse in GF(2^8), then the affine map. 3 generates the field's units. */
const SBOX = /* @__PURE__ */ (() => {
  const power = new Uint8Array(256);
  for (let i = 0, x = 1; i < 255; i++, x ^= xtime(x)) power[i] = x;
  const box = new Uint8Array(256);
  box[0] = 0x63;
  for (let i = 0; i < 255; i++) {
    const inverse = power[(255 - i) % 255]! * 0x101;
    box[power[i]!] =
      (inverse ^ (inverse >>> 4) ^ (inverse >>> 5) ^ (inverse >>> 6) ^ (inverse >>> 7) ^ 0x63) & 0xff;
  }
  return box;
})();

/** SubBytes and MixColumns of one byte as a column; the other three rows are rotations of it. */
const roundTable = (rotation: number): Int32Array =>
  Int32Array.from(SBOX, (s) => {
    const column = (xtime(s) << 24) | (s << 16) | (s << 8) | (xtime(s) ^ s);
    return rotation === 0 ? column : (column >>> rotation) | (column << (32 - rotation));
  });

const T0 = /* @__PURE__ */ roundTable(0);
const T1 = /* @__PURE__ */ roundTable(8);
const T2 = /* @__PURE__ */ roundTable(16);
const T3 = /* @__PURE__ */ roundTable(24);

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** FIPS 197 §5.2: the key schedule of AES-128. */
function expandKey(key: Uint8Array): Int32Array {
  const w = new Int32Array(4 * (ROUNDS + 1));
  for (let i = 0; i < 4; i++) w[i] = word(key, i * 4);
  for (let i = 4, rcon = 1; i < w.length; i++) {
    let t = w[i - 1]!;
    if (i % 4 === 0) {
      t =
        (SBOX[(t >>> 16) & 255]! << 24) |
        (SBOX[(t >>> 8) & 255]! << 16) |
        (SBOX[t & 255]! << 8) |
        SBOX[t >>> 24]!;
      t ^= rcon << 24;
      rcon = xtime(rcon);
    }
    w[i] = w[i - 4]! ^ t;
  }
  return w;
}

/** SP 800-38D §6.3: the table of b·H for every byte b at every position, so a block is 16 lookups. */
function ghashTable(h: Int32Array): Int32Array {
  const table = new Int32Array(GHASH_WORDS);
  let [h0, h1, h2, h3] = h as unknown as [number, number, number, number];
  for (let position = 0; position < BLOCK; position++) {
    const base = position * 1024;
    for (let bit = 0x80; bit > 0; bit >>>= 1) {
      const at = base + bit * 4;
      table[at] = h0;
      table[at + 1] = h1;
      table[at + 2] = h2;
      table[at + 3] = h3;
      const carry = -(h3 & 1) & 0xe1000000;
      h3 = (h3 >>> 1) | (h2 << 31);
      h2 = (h2 >>> 1) | (h1 << 31);
      h1 = (h1 >>> 1) | (h0 << 31);
      h0 = (h0 >>> 1) ^ carry;
    }
    // Linear: every other byte is the sum of its highest bit and the rest.
    for (let top = 2; top < 256; top *= 2) {
      for (let i = top * 4, j = 4; j < top * 4; j++)
        table[base + i + j] = table[base + i + (j & 3)]! ^ table[base + j]!;
    }
  }
  return table;
}

/** AES-128-GCM for one key. Spans of the same stream may be given one after another, in any lengths. */
export class AesGcm {
  readonly #roundKeys: Int32Array;
  readonly #table: Int32Array;
  /** Last counter block encrypted, and how much of it is spent. */
  readonly #keystream = new Int32Array(4);
  #spent = BLOCK;
  #nonce = 0;
  #block = 0;
  /** GHASH state, and how many bytes of the running block it has taken. */
  readonly #y = new Int32Array(4);
  #taken = 0;

  constructor(key: Uint8Array) {
    this.#roundKeys = expandKey(key);
    this.#encrypt(0, 0);
    this.#table = ghashTable(this.#keystream);
    this.#keystream.fill(0);
  }

  /** Starts a message. K3: the nonce is 8 zero bytes, then the 32-bit counter little endian. */
  start(counter: number): void {
    this.#nonce =
      ((counter & 0xff) << 24) | ((counter & 0xff00) << 8) | ((counter >>> 8) & 0xff00) | (counter >>> 24);
    // SP 800-38D §7.1: block 1 is J0, which masks the tag; the text starts at inc32(J0).
    this.#block = 1;
    this.#spent = BLOCK;
    this.#y.fill(0);
    this.#taken = 0;
  }

  /** The cipher on a counter block: words 0 and 1 are the nonce's zero bytes. Result in the keystream. */
  #encrypt(nonce: number, block: number): void {
    const k = this.#roundKeys;
    let s0 = k[0]!;
    let s1 = k[1]!;
    let s2 = nonce ^ k[2]!;
    let s3 = block ^ k[3]!;
    let at = 4;
    for (; at < 4 * ROUNDS; at += 4) {
      const t0 = T0[s0 >>> 24]! ^ T1[(s1 >>> 16) & 255]! ^ T2[(s2 >>> 8) & 255]! ^ T3[s3 & 255]! ^ k[at]!;
      const t1 = T0[s1 >>> 24]! ^ T1[(s2 >>> 16) & 255]! ^ T2[(s3 >>> 8) & 255]! ^ T3[s0 & 255]! ^ k[at + 1]!;
      const t2 = T0[s2 >>> 24]! ^ T1[(s3 >>> 16) & 255]! ^ T2[(s0 >>> 8) & 255]! ^ T3[s1 & 255]! ^ k[at + 2]!;
      const t3 = T0[s3 >>> 24]! ^ T1[(s0 >>> 16) & 255]! ^ T2[(s1 >>> 8) & 255]! ^ T3[s2 & 255]! ^ k[at + 3]!;
      s0 = t0;
      s1 = t1;
      s2 = t2;
      s3 = t3;
    }
    const out = this.#keystream;
    out[0] = lastRound(s0, s1, s2, s3) ^ k[at]!;
    out[1] = lastRound(s1, s2, s3, s0) ^ k[at + 1]!;
    out[2] = lastRound(s2, s3, s0, s1) ^ k[at + 2]!;
    out[3] = lastRound(s3, s0, s1, s2) ^ k[at + 3]!;
  }

  /** SP 800-38D §6.5 GCTR over `input[from, to)` into the same place of `output`. */
  crypt(input: Uint8Array, from: number, to: number, output: Uint8Array): void {
    const keystream = this.#keystream;
    let i = this.#cryptBytes(input, from, to, output, false);
    for (; i + BLOCK <= to; i += BLOCK) {
      this.#encrypt(this.#nonce, ++this.#block);
      for (let j = 0; j < 4; j++) {
        const at = i + j * 4;
        const k = keystream[j]!;
        output[at] = input[at]! ^ (k >>> 24);
        output[at + 1] = input[at + 1]! ^ (k >>> 16);
        output[at + 2] = input[at + 2]! ^ (k >>> 8);
        output[at + 3] = input[at + 3]! ^ k;
      }
    }
    this.#cryptBytes(input, i, to, output, true);
  }

  /** Byte by byte: the rest of a started block, or, at the end, the start of a new one. */
  #cryptBytes(input: Uint8Array, from: number, to: number, output: Uint8Array, fresh: boolean): number {
    let i = from;
    for (; i < to; i++) {
      if (this.#spent === BLOCK) {
        if (!fresh) return i;
        this.#encrypt(this.#nonce, ++this.#block);
        this.#spent = 0;
      }
      const shift = 24 - (this.#spent & 3) * 8;
      output[i] = input[i]! ^ (this.#keystream[this.#spent >>> 2]! >>> shift);
      this.#spent++;
    }
    return i;
  }

  /** SP 800-38D §6.4 GHASH over `input[from, to)`. */
  hash(input: Uint8Array, from: number, to: number): void {
    const y = this.#y;
    let i = this.#hashBytes(input, from, this.#taken === 0 ? from : Math.min(to, from + BLOCK - this.#taken));
    for (; i + BLOCK <= to; i += BLOCK) {
      y[0] = y[0]! ^ word(input, i);
      y[1] = y[1]! ^ word(input, i + 4);
      y[2] = y[2]! ^ word(input, i + 8);
      y[3] = y[3]! ^ word(input, i + 12);
      this.#multiply();
    }
    this.#hashBytes(input, i, to);
  }

  #hashBytes(input: Uint8Array, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      const at = this.#taken >>> 2;
      this.#y[at] = this.#y[at]! ^ (input[i]! << (24 - (this.#taken & 3) * 8));
      if (++this.#taken === BLOCK) {
        this.#taken = 0;
        this.#multiply();
      }
    }
    return to;
  }

  /** y ← y·H. */
  #multiply(): void {
    const t = this.#table;
    const y = this.#y;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let i = 0, base = 0; i < 4; i++, base += 4096) {
      const x = y[i]!;
      const a = base + ((x >>> 24) << 2);
      const b = base + 1024 + ((x >>> 14) & 1020);
      const c = base + 2048 + ((x >>> 6) & 1020);
      const d = base + 3072 + ((x << 2) & 1020);
      z0 ^= t[a]! ^ t[b]! ^ t[c]! ^ t[d]!;
      z1 ^= t[a + 1]! ^ t[b + 1]! ^ t[c + 1]! ^ t[d + 1]!;
      z2 ^= t[a + 2]! ^ t[b + 2]! ^ t[c + 2]! ^ t[d + 2]!;
      z3 ^= t[a + 3]! ^ t[b + 3]! ^ t[c + 3]! ^ t[d + 3]!;
    }
    y[0] = z0;
    y[1] = z1;
    y[2] = z2;
    y[3] = z3;
  }

  /** Pads the running block with zeros: between additional data and text, and at the end. */
  pad(): void {
    if (this.#taken === 0) return;
    this.#taken = 0;
    this.#multiply();
  }

  /** SP 800-38D §7.1 steps 5 and 6: the first 8 bytes of the tag, as two words through `tagWord`. */
  finish(aadLength: number, textLength: number): void {
    this.pad();
    const y = this.#y;
    // Lengths in bits, 64 each; bytes beyond 2^29 spill into the high word.
    y[0] = y[0]! ^ Math.floor(aadLength / 0x20000000);
    y[1] = y[1]! ^ (aadLength << 3);
    y[2] = y[2]! ^ Math.floor(textLength / 0x20000000);
    y[3] = y[3]! ^ (textLength << 3);
    this.#multiply();
    const block = this.#block;
    this.#encrypt(this.#nonce, 1);
    this.#block = block;
    this.#spent = BLOCK;
    y[0] = y[0]! ^ this.#keystream[0]!;
    y[1] = y[1]! ^ this.#keystream[1]!;
  }

  /** Word 0 or 1 of the tag that `finish` made. */
  tagWord(index: 0 | 1): number {
    return this.#y[index]!;
  }

  wipe(): void {
    this.#roundKeys.fill(0);
    this.#table.fill(0);
    this.#keystream.fill(0);
    this.#y.fill(0);
  }
}

/** FIPS 197 §5.1: the last round has no MixColumns. */
const lastRound = (a: number, b: number, c: number, d: number): number =>
  (SBOX[a >>> 24]! << 24) | (SBOX[(b >>> 16) & 255]! << 16) | (SBOX[(c >>> 8) & 255]! << 8) | SBOX[d & 255]!;
