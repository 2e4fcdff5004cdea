// FIPS 197 AES-128 and NIST SP 800-38D GHASH by tables. The one file of cipher primitives of our own.
//
// Why it exists: docs/decisions.md (frames: portable cipher). It is tested against @noble/ciphers on every
// length from 0 to 2047 and on random long ones, and GHASH against a bit-by-bit twin. Table lookups depend on
// key and data, as in every AES in plain JavaScript, noble's included: SECURITY.md says what that means.

const ROUNDS = 10;
/** Bytes of a block. */
export const BLOCK = 16;
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

export const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export function putWord(value: number, output: Uint8Array, at: number): number {
  output[at] = value >>> 24;
  output[at + 1] = value >>> 16;
  output[at + 2] = value >>> 8;
  output[at + 3] = value;
  return value;
}

/** FIPS 197 §5.2: the key schedule of AES-128. */
export function expandKey(key: Uint8Array): Int32Array {
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

/**
 * What the first two rounds make of everything but the last byte of a counter block, 5 words. It changes only
 * with the nonce and every 256 blocks: two of ten rounds are nearly done before a block begins.
 */
type PrepareCounter = (keys: Int32Array, nonce: number, block: number, ahead: Int32Array) => void;
/** Encrypts the block whose counter ends in the low byte of `block`, into 4 words. */
type EncryptBlock = (keys: Int32Array, ahead: Int32Array, block: number, output: Int32Array) => void;

// The tables are parameters of closures because an engine takes those for constants, and then knows their
// lengths and leaves out the bounds checks: a bundler may turn a module's `const` into `var`.

const makePrepareCounter =
  (T0: Int32Array, T1: Int32Array, T2: Int32Array, T3: Int32Array): PrepareCounter =>
  (k, nonce, block, ahead) => {
    // The nonce's first 8 bytes are zero.
    const a0 = k[0]!;
    const a1 = k[1]!;
    const a2 = nonce ^ k[2]!;
    const a3 = block ^ k[3]!;
    const b1 = T0[a1 >>> 24]! ^ T1[(a2 >>> 16) & 255]! ^ T2[(a3 >>> 8) & 255]! ^ T3[a0 & 255]! ^ k[5]!;
    const b2 = T0[a2 >>> 24]! ^ T1[(a3 >>> 16) & 255]! ^ T2[(a0 >>> 8) & 255]! ^ T3[a1 & 255]! ^ k[6]!;
    const b3 = T0[a3 >>> 24]! ^ T1[(a0 >>> 16) & 255]! ^ T2[(a1 >>> 8) & 255]! ^ T3[a2 & 255]! ^ k[7]!;
    ahead[0] = T0[a0 >>> 24]! ^ T1[(a1 >>> 16) & 255]! ^ T2[(a2 >>> 8) & 255]! ^ k[4]!;
    ahead[1] = T1[(b1 >>> 16) & 255]! ^ T2[(b2 >>> 8) & 255]! ^ T3[b3 & 255]! ^ k[8]!;
    ahead[2] = T0[b1 >>> 24]! ^ T1[(b2 >>> 16) & 255]! ^ T2[(b3 >>> 8) & 255]! ^ k[9]!;
    ahead[3] = T0[b2 >>> 24]! ^ T1[(b3 >>> 16) & 255]! ^ T3[b1 & 255]! ^ k[10]!;
    ahead[4] = T0[b3 >>> 24]! ^ T2[(b1 >>> 8) & 255]! ^ T3[b2 & 255]! ^ k[11]!;
  };

const makeEncryptBlock =
  (T0: Int32Array, T1: Int32Array, T2: Int32Array, T3: Int32Array, S: Uint8Array): EncryptBlock =>
  (keys, ahead, block, output) => {
    const b0 = ahead[0]! ^ T3[(block ^ keys[3]!) & 255]!;
    let s0 = T0[b0 >>> 24]! ^ ahead[1]!;
    let s1 = T3[b0 & 255]! ^ ahead[2]!;
    let s2 = T2[(b0 >>> 8) & 255]! ^ ahead[3]!;
    let s3 = T1[(b0 >>> 16) & 255]! ^ ahead[4]!;
    let k = 12;
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

const TABLES = /* @__PURE__ */ [0, 8, 16, 24].map(roundTable) as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];
export const prepareCounter = /* @__PURE__ */ makePrepareCounter(...TABLES);
export const encryptBlock = /* @__PURE__ */ makeEncryptBlock(...TABLES, SBOX);

/** SP 800-38D §6.3: z·x for a block of four words; x^128 is x^7 + x^2 + x + 1, mirrored. */
function timesX(z: Int32Array): void {
  const carry = -(z[3]! & 1) & 0xe1000000;
  for (let i = 3; i > 0; i--) z[i] = (z[i]! >>> 1) | (z[i - 1]! << 31);
  z[0] = (z[0]! >>> 1) ^ carry;
}

/** The multiples b·H of every byte b, placed at bytes 0, 4, 8 and 12 of a block: 16 kB a key. */
export function ghashTable(h: Int32Array): Int32Array {
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

// Unrolled: as a loop it takes half as long again.
const makeMultiply =
  (R: Int32Array): Multiply =>
  (t, y) => {
    let a = (y[0]! << 2) & 1020;
    let b = ((y[1]! << 2) & 1020) + 1024;
    let c = ((y[2]! << 2) & 1020) + 2048;
    let d = ((y[3]! << 2) & 1020) + 3072;
    let z3 = t[a + 3]! ^ t[b + 3]! ^ t[c + 3]! ^ t[d + 3]!;
    let z2 = t[a + 2]! ^ t[b + 2]! ^ t[c + 2]! ^ t[d + 2]!;
    let z1 = t[a + 1]! ^ t[b + 1]! ^ t[c + 1]! ^ t[d + 1]!;
    let z0 = t[a]! ^ t[b]! ^ t[c]! ^ t[d]!;
    a = (y[0]! >>> 6) & 1020;
    b = ((y[1]! >>> 6) & 1020) + 1024;
    c = ((y[2]! >>> 6) & 1020) + 2048;
    d = ((y[3]! >>> 6) & 1020) + 3072;
    let out = R[z3 & 255]!;
    z3 = ((z3 >>> 8) | (z2 << 24)) ^ t[a + 3]! ^ t[b + 3]! ^ t[c + 3]! ^ t[d + 3]!;
    z2 = ((z2 >>> 8) | (z1 << 24)) ^ t[a + 2]! ^ t[b + 2]! ^ t[c + 2]! ^ t[d + 2]!;
    z1 = ((z1 >>> 8) | (z0 << 24)) ^ t[a + 1]! ^ t[b + 1]! ^ t[c + 1]! ^ t[d + 1]!;
    z0 = (z0 >>> 8) ^ out ^ t[a]! ^ t[b]! ^ t[c]! ^ t[d]!;
    a = (y[0]! >>> 14) & 1020;
    b = ((y[1]! >>> 14) & 1020) + 1024;
    c = ((y[2]! >>> 14) & 1020) + 2048;
    d = ((y[3]! >>> 14) & 1020) + 3072;
    out = R[z3 & 255]!;
    z3 = ((z3 >>> 8) | (z2 << 24)) ^ t[a + 3]! ^ t[b + 3]! ^ t[c + 3]! ^ t[d + 3]!;
    z2 = ((z2 >>> 8) | (z1 << 24)) ^ t[a + 2]! ^ t[b + 2]! ^ t[c + 2]! ^ t[d + 2]!;
    z1 = ((z1 >>> 8) | (z0 << 24)) ^ t[a + 1]! ^ t[b + 1]! ^ t[c + 1]! ^ t[d + 1]!;
    z0 = (z0 >>> 8) ^ out ^ t[a]! ^ t[b]! ^ t[c]! ^ t[d]!;
    a = (y[0]! >>> 22) & 1020;
    b = ((y[1]! >>> 22) & 1020) + 1024;
    c = ((y[2]! >>> 22) & 1020) + 2048;
    d = ((y[3]! >>> 22) & 1020) + 3072;
    y[0] = (z0 >>> 8) ^ R[z3 & 255]! ^ t[a]! ^ t[b]! ^ t[c]! ^ t[d]!;
    y[3] = ((z3 >>> 8) | (z2 << 24)) ^ t[a + 3]! ^ t[b + 3]! ^ t[c + 3]! ^ t[d + 3]!;
    y[2] = ((z2 >>> 8) | (z1 << 24)) ^ t[a + 2]! ^ t[b + 2]! ^ t[c + 2]! ^ t[d + 2]!;
    y[1] = ((z1 >>> 8) | (z0 << 24)) ^ t[a + 1]! ^ t[b + 1]! ^ t[c + 1]! ^ t[d + 1]!;
  };

export const multiply = /* @__PURE__ */ makeMultiply(REDUCTION);
