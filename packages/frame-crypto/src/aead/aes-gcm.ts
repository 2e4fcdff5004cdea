// FIPS 197 AES-128 and NIST SP 800-38D GCM by tables, over spans of bytes. The one file of cipher code of our own.
//
// Why it exists: docs/decisions.md (frames: portable cipher). It is tested against @noble/ciphers on every
// length from 0 to 2047 and on random long ones, and GHASH against a bit-by-bit twin. Table lookups depend on
// key and data, as in every AES in plain JavaScript, noble's included: SECURITY.md says what that means.

const ROUNDS = 10;
const BLOCK = 16;
/** GHASH table: 4 byte positions × 256 values × 4 words. */
const GHASH_WORDS = 4 * 256 * 4;

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

/** Encrypts the counter block of a nonce, whose first 8 bytes are zero, into `output`, 4 words. */
type EncryptBlock = (keys: Int32Array, nonce: number, block: number, output: Int32Array) => void;

/**
 * The tables are parameters of a closure because an engine takes those for constants, and then knows their
 * lengths and leaves out the bounds checks: a bundler may turn a module's `const` into `var`.
 */
const makeEncryptBlock =
  (T0: Int32Array, T1: Int32Array, T2: Int32Array, T3: Int32Array, S: Uint8Array): EncryptBlock =>
  (keys, nonce, block, output) => {
    let s0 = keys[0]!;
    let s1 = keys[1]!;
    let s2 = nonce ^ keys[2]!;
    let s3 = block ^ keys[3]!;
    let k = 4;
    for (; k < 4 * ROUNDS; k += 4) {
      const t0 = T0[s0 >>> 24]! ^ T1[(s1 >>> 16) & 255]! ^ T2[(s2 >>> 8) & 255]! ^ T3[s3 & 255]! ^ keys[k]!;
      const t1 =
        T0[s1 >>> 24]! ^ T1[(s2 >>> 16) & 255]! ^ T2[(s3 >>> 8) & 255]! ^ T3[s0 & 255]! ^ keys[k + 1]!;
      const t2 =
        T0[s2 >>> 24]! ^ T1[(s3 >>> 16) & 255]! ^ T2[(s0 >>> 8) & 255]! ^ T3[s1 & 255]! ^ keys[k + 2]!;
      const t3 =
        T0[s3 >>> 24]! ^ T1[(s0 >>> 16) & 255]! ^ T2[(s1 >>> 8) & 255]! ^ T3[s2 & 255]! ^ keys[k + 3]!;
      s0 = t0;
      s1 = t1;
      s2 = t2;
      s3 = t3;
    }
    // FIPS 197 §5.1: the last round has no MixColumns.
    const last = (a: number, b: number, c: number, d: number): number =>
      (S[a >>> 24]! << 24) | (S[(b >>> 16) & 255]! << 16) | (S[(c >>> 8) & 255]! << 8) | S[d & 255]!;
    output[0] = last(s0, s1, s2, s3) ^ keys[k]!;
    output[1] = last(s1, s2, s3, s0) ^ keys[k + 1]!;
    output[2] = last(s2, s3, s0, s1) ^ keys[k + 2]!;
    output[3] = last(s3, s0, s1, s2) ^ keys[k + 3]!;
  };

const encryptBlock = /* @__PURE__ */ makeEncryptBlock(
  /* @__PURE__ */ roundTable(0),
  /* @__PURE__ */ roundTable(8),
  /* @__PURE__ */ roundTable(16),
  /* @__PURE__ */ roundTable(24),
  SBOX,
);

/** SP 800-38D §6.3: z·x for a block of four words; x^128 is x^7 + x^2 + x + 1, mirrored. */
function timesX(z: Int32Array): void {
  const carry = -(z[3]! & 1) & 0xe1000000;
  for (let i = 3; i > 0; i--) z[i] = (z[i]! >>> 1) | (z[i - 1]! << 31);
  z[0] = (z[0]! >>> 1) ^ carry;
}

/** The multiples b·H of every byte b, placed at bytes 0, 4, 8 and 12 of a block: 16 kB a key. */
function ghashTable(h: Int32Array): Int32Array {
  const table = new Int32Array(GHASH_WORDS);
  const z = Int32Array.from(h);
  for (let base = 0; base < GHASH_WORDS; base += 1024) {
    for (let bit = 0x80; bit > 0; bit >>>= 1, timesX(z)) table.set(z, base + bit * 4);
    // Linear: every other byte is the sum of its highest bit and the rest.
    for (let top = 2; top < 256; top *= 2) {
      const at = base + top * 4;
      for (let j = 4; j < top * 4; j++) table[at + j] = table[at + (j & 3)]! ^ table[base + j]!;
    }
    for (let i = 0; i < 24; i++) timesX(z);
  }
  return table;
}

/** What a byte pushed out at the end adds at the front. */
const REDUCTION = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  const z = Int32Array.of(0, 0, 0, byte);
  for (let i = 0; i < 8; i++) timesX(z);
  return z[0]!;
});

/** y ← y·H: the four words at once, each byte by byte from its last (Horner over x^8). */
type Multiply = (table: Int32Array, y: Int32Array) => void;

const makeMultiply =
  (R: Int32Array): Multiply =>
  (t, y) => {
    const y0 = y[0]!;
    const y1 = y[1]!;
    const y2 = y[2]!;
    const y3 = y[3]!;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let shift = 0; shift < 32; shift += 8) {
      const a = ((y0 >>> shift) & 255) << 2;
      const b = 1024 + (((y1 >>> shift) & 255) << 2);
      const c = 2048 + (((y2 >>> shift) & 255) << 2);
      const d = 3072 + (((y3 >>> shift) & 255) << 2);
      const out = R[z3 & 255]!;
      z3 = ((z3 >>> 8) | (z2 << 24)) ^ t[a + 3]! ^ t[b + 3]! ^ t[c + 3]! ^ t[d + 3]!;
      z2 = ((z2 >>> 8) | (z1 << 24)) ^ t[a + 2]! ^ t[b + 2]! ^ t[c + 2]! ^ t[d + 2]!;
      z1 = ((z1 >>> 8) | (z0 << 24)) ^ t[a + 1]! ^ t[b + 1]! ^ t[c + 1]! ^ t[d + 1]!;
      z0 = (z0 >>> 8) ^ out ^ t[a]! ^ t[b]! ^ t[c]! ^ t[d]!;
    }
    y[0] = z0;
    y[1] = z1;
    y[2] = z2;
    y[3] = z3;
  };

const multiply = /* @__PURE__ */ makeMultiply(REDUCTION);

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
    encryptBlock(this.#roundKeys, 0, 0, this.#keystream);
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

  /** SP 800-38D §6.5 GCTR over `input[from, to)` into the same place of `output`. */
  crypt(input: Uint8Array, from: number, to: number, output: Uint8Array): void {
    const keystream = this.#keystream;
    let i = this.#cryptBytes(input, from, to, output, false);
    for (; i + BLOCK <= to; i += BLOCK) {
      encryptBlock(this.#roundKeys, this.#nonce, ++this.#block, this.#keystream);
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
        encryptBlock(this.#roundKeys, this.#nonce, ++this.#block, this.#keystream);
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
      multiply(this.#table, this.#y);
    }
    this.#hashBytes(input, i, to);
  }

  #hashBytes(input: Uint8Array, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      const at = this.#taken >>> 2;
      this.#y[at] = this.#y[at]! ^ (input[i]! << (24 - (this.#taken & 3) * 8));
      if (++this.#taken === BLOCK) {
        this.#taken = 0;
        multiply(this.#table, this.#y);
      }
    }
    return to;
  }

  /** Pads the running block with zeros: between additional data and text, and at the end. */
  pad(): void {
    if (this.#taken === 0) return;
    this.#taken = 0;
    multiply(this.#table, this.#y);
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
    multiply(this.#table, this.#y);
    encryptBlock(this.#roundKeys, this.#nonce, 1, this.#keystream);
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
