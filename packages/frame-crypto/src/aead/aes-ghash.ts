// FIPS 197 AES-128 and NIST SP 800-38D GHASH by tables. The one file of cipher primitives of our own.
//
// Why it exists, and why it is written as it is: docs/decisions.md (frames: portable cipher). It is tested against
// @noble/ciphers on every length from 0 to 2047 and on random long ones, and GHASH against a bit-by-bit twin. Table
// lookups depend on key and data, as in every AES in plain JavaScript, noble's included: SECURITY.md says what that
// means.

/** Bytes of a block. */
export const BLOCK = 16;
/** GHASH table of a key: 4 words × 4 byte positions × 256 values. */
const GHASH_WORDS = 4 * 4 * 256;
const KEY_WORDS = 44;

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

/** SubBytes and MixColumns of a byte in this row, as a column in memory order: the same on every processor. */
const roundTable = (row: number): Int32Array => {
  const table = new Int32Array(256);
  const bytes = new Uint8Array(table.buffer);
  SBOX.forEach((s, i) => {
    [xtime(s), s, s, xtime(s) ^ s].forEach((value, r) => {
      bytes[4 * i + ((r + row) & 3)] = value;
    });
  });
  return table;
};

/** FIPS 197 §5.2: the key schedule of AES-128, words in memory order. */
export function expandKey(key: Uint8Array): Int32Array {
  const words = new Int32Array(KEY_WORDS);
  const w = new Uint8Array(words.buffer);
  for (let i = 0; i < BLOCK; i++) w[i] = key[i]!;
  for (let i = BLOCK, rcon = 1; i < w.length; i++) {
    const first = i % BLOCK < 4;
    w[i] = w[i - BLOCK]! ^ (first ? SBOX[w[(i & ~3) - 4 + ((i + 1) & 3)]!]! : w[i - 4]!);
    if (i % BLOCK > 0) continue;
    w[i] = w[i]! ^ rcon;
    rcon = xtime(rcon);
  }
  return words;
}

/** SP 800-38D §6.3: z·x for a block of four words; x^128 is x^7 + x^2 + x + 1, mirrored. */
function timesX(z: Int32Array): void {
  const carry = -(z[3]! & 1) & 0xe1000000;
  for (let i = 3; i > 0; i--) z[i] = (z[i]! >>> 1) | (z[i - 1]! << 31);
  z[0] = (z[0]! >>> 1) ^ carry;
}

/**
 * Returns the multiples b·H of every byte b, placed at bytes 0, 4, 8 and 12 of a block, word by word: 16 kB a key. `h`
 * holds the hash subkey H as four big-endian words. It is worked on and overwritten with zeros at the end.
 */
export function ghashTable(h: Int32Array): Int32Array {
  const table = new Int32Array(GHASH_WORDS);
  const z = h;
  for (let base = 0; base < 1024; base += 256) {
    for (let bit = 0x80; bit > 0; bit >>>= 1, timesX(z)) {
      for (let word = 0; word < 4; word++) table[word * 1024 + base + bit] = z[word]!;
    }
    // Linear: every other byte is the sum of its highest bit and the rest.
    for (let i = base; i < GHASH_WORDS; i += 1024) {
      for (let top = 2; top < 256; top *= 2) {
        for (let rest = 1; rest < top; rest++) table[i + top + rest] = table[i + top]! ^ table[i + rest]!;
      }
    }
    for (let i = 0; i < 24; i++) timesX(z);
  }
  z.fill(0);
  return table;
}

/** What a byte pushed out at the end adds at the front. */
const REDUCTION = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, byte) => {
  const z = Int32Array.of(0, 0, 0, byte);
  for (let i = 0; i < 8; i++) timesX(z);
  return z[0]!;
});

/**
 * The words of the message in work: state 0–7, round keys 8–51, what is computed ahead 52–57, the counter of the
 * nonce 58; GHASH's running block 60–63 and its work 64–67, as big-endian numbers.
 */
export const work = /* @__PURE__ */ new Int32Array(68);
const workBytes = /* @__PURE__ */ new Uint8Array(work.buffer);
/** GHASH table of the loaded key. */
const workTable = /* @__PURE__ */ new Int32Array(GHASH_WORDS);
const tableOfWord = (word: number): Int32Array => workTable.subarray(word * 1024, word * 1024 + 1024);

/** Where GHASH's running block is in `work`. */
export const HASH = 60;

/** What is kept of one key. */
export interface CipherKey {
  /** The 44 words of `expandKey`. */
  readonly roundKeys: Int32Array;
  /** The 4096 words of `ghashTable`. */
  readonly hashTable: Int32Array;
}

/** The key whose words are in the shared tables. */
let loaded: CipherKey | undefined;

/**
 * Copies `key` into the shared tables, or, without a key, overwrites them with zeros. No other code writes keys into
 * these tables, so they always hold what `loaded` says. Keys are told apart by identity: whoever changes the words of a
 * key must make a new object for it.
 */
export function load(key: CipherKey | undefined): void {
  if (loaded === key) return;
  loaded = key;
  if (key === undefined) {
    work.fill(0);
    workTable.fill(0);
  } else {
    work.set(key.roundKeys, 8);
    workTable.set(key.hashTable);
  }
}

/** Sets out for blocks from `block` on: the nonce is 8 zero bytes, then `counter` little endian (K3). */
type Prepare = (counter: number, block: number) => void;
/** SP 800-38D §6.5 GCTR: whole blocks of `input[from, to)` into the same place of `output`, from `block` on. */
type Crypt = (block: number, input: Uint8Array, from: number, to: number, output: Uint8Array) => void;
/** SP 800-38D §6.4 GHASH: takes in whole blocks of `input[from, to)`. */
type Hash = (input: Uint8Array, from: number, to: number) => void;

// What follows is shaped by what an engine makes of it. Memory that is a closure's parameter, and named again at the
// head of a function, is a constant to it: lengths and addresses are known, and four tables of one length need one
// check of an index. Each sum is stored at once, so that its terms need not be kept until the last one is there.

/**
 * What the first two rounds make of everything but the last byte of a counter block. It changes only with the nonce
 * and every 256 blocks: two of ten rounds are nearly done before a block begins.
 */
const makePrepare =
  (t0: Int32Array, t1: Int32Array, t2: Int32Array, t3: Int32Array, w: Int32Array, b: Uint8Array): Prepare =>
  (counter, block) => {
    w[58] = counter;
    w[0] = w[8]!;
    w[1] = w[9]!;
    for (let i = 0; i < 4; i++) {
      b[8 + i] = (counter >>> (8 * i)) ^ b[40 + i]!;
      b[12 + i] = ((block & -256) >>> (24 - 8 * i)) ^ b[44 + i]!;
    }
    w[57] = b[15]!;
    w[52] = t0[b[0]!]! ^ t1[b[5]!]! ^ t2[b[10]!]! ^ w[12]!;
    w[5] = t0[b[4]!]! ^ t1[b[9]!]! ^ t2[b[14]!]! ^ t3[b[3]!]! ^ w[13]!;
    w[6] = t0[b[8]!]! ^ t1[b[13]!]! ^ t2[b[2]!]! ^ t3[b[7]!]! ^ w[14]!;
    w[7] = t0[b[12]!]! ^ t1[b[1]!]! ^ t2[b[6]!]! ^ t3[b[11]!]! ^ w[15]!;
    w[53] = t1[b[21]!]! ^ t2[b[26]!]! ^ t3[b[31]!]! ^ w[16]!;
    w[54] = t0[b[20]!]! ^ t1[b[25]!]! ^ t2[b[30]!]! ^ w[17]!;
    w[55] = t0[b[24]!]! ^ t1[b[29]!]! ^ t3[b[23]!]! ^ w[18]!;
    w[56] = t0[b[28]!]! ^ t2[b[22]!]! ^ t3[b[27]!]! ^ w[19]!;
  };

const makeCrypt =
  (
    T0: Int32Array,
    T1: Int32Array,
    T2: Int32Array,
    T3: Int32Array,
    S: Uint8Array,
    W: Int32Array,
    B: Uint8Array,
  ): Crypt =>
  (block, input, from, to, output) => {
    const t0 = T0;
    const t1 = T1;
    const t2 = T2;
    const t3 = T3;
    const s = S;
    const w = W;
    const b = B;
    for (let i = from; i < to; i += BLOCK, block++) {
      if ((block & 255) === 0) prepare(w[58]!, block);
      // Rounds 1 and 2, then 3 to 9, by turns from words 4–7 to 0–3 and back.
      w[4] = w[52]! ^ t3[(block ^ w[57]!) & 255]!;
      w[0] = t0[b[16]!]! ^ w[53]!;
      w[1] = t3[b[19]!]! ^ w[54]!;
      w[2] = t2[b[18]!]! ^ w[55]!;
      w[3] = t1[b[17]!]! ^ w[56]!;
      w[4] = t0[b[0]!]! ^ t1[b[5]!]! ^ t2[b[10]!]! ^ t3[b[15]!]! ^ w[20]!;
      w[5] = t0[b[4]!]! ^ t1[b[9]!]! ^ t2[b[14]!]! ^ t3[b[3]!]! ^ w[21]!;
      w[6] = t0[b[8]!]! ^ t1[b[13]!]! ^ t2[b[2]!]! ^ t3[b[7]!]! ^ w[22]!;
      w[7] = t0[b[12]!]! ^ t1[b[1]!]! ^ t2[b[6]!]! ^ t3[b[11]!]! ^ w[23]!;
      for (let k = 24; k < 48; k += 8) {
        w[0] = t0[b[16]!]! ^ t1[b[21]!]! ^ t2[b[26]!]! ^ t3[b[31]!]! ^ w[k]!;
        w[1] = t0[b[20]!]! ^ t1[b[25]!]! ^ t2[b[30]!]! ^ t3[b[19]!]! ^ w[k + 1]!;
        w[2] = t0[b[24]!]! ^ t1[b[29]!]! ^ t2[b[18]!]! ^ t3[b[23]!]! ^ w[k + 2]!;
        w[3] = t0[b[28]!]! ^ t1[b[17]!]! ^ t2[b[22]!]! ^ t3[b[27]!]! ^ w[k + 3]!;
        w[4] = t0[b[0]!]! ^ t1[b[5]!]! ^ t2[b[10]!]! ^ t3[b[15]!]! ^ w[k + 4]!;
        w[5] = t0[b[4]!]! ^ t1[b[9]!]! ^ t2[b[14]!]! ^ t3[b[3]!]! ^ w[k + 5]!;
        w[6] = t0[b[8]!]! ^ t1[b[13]!]! ^ t2[b[2]!]! ^ t3[b[7]!]! ^ w[k + 6]!;
        w[7] = t0[b[12]!]! ^ t1[b[1]!]! ^ t2[b[6]!]! ^ t3[b[11]!]! ^ w[k + 7]!;
      }
      // FIPS 197 §5.1: the last round has no MixColumns.
      output[i] = input[i]! ^ s[b[16]!]! ^ b[192]!;
      output[(i + 1) | 0] = input[(i + 1) | 0]! ^ s[b[21]!]! ^ b[193]!;
      output[(i + 2) | 0] = input[(i + 2) | 0]! ^ s[b[26]!]! ^ b[194]!;
      output[(i + 3) | 0] = input[(i + 3) | 0]! ^ s[b[31]!]! ^ b[195]!;
      output[(i + 4) | 0] = input[(i + 4) | 0]! ^ s[b[20]!]! ^ b[196]!;
      output[(i + 5) | 0] = input[(i + 5) | 0]! ^ s[b[25]!]! ^ b[197]!;
      output[(i + 6) | 0] = input[(i + 6) | 0]! ^ s[b[30]!]! ^ b[198]!;
      output[(i + 7) | 0] = input[(i + 7) | 0]! ^ s[b[19]!]! ^ b[199]!;
      output[(i + 8) | 0] = input[(i + 8) | 0]! ^ s[b[24]!]! ^ b[200]!;
      output[(i + 9) | 0] = input[(i + 9) | 0]! ^ s[b[29]!]! ^ b[201]!;
      output[(i + 10) | 0] = input[(i + 10) | 0]! ^ s[b[18]!]! ^ b[202]!;
      output[(i + 11) | 0] = input[(i + 11) | 0]! ^ s[b[23]!]! ^ b[203]!;
      output[(i + 12) | 0] = input[(i + 12) | 0]! ^ s[b[28]!]! ^ b[204]!;
      output[(i + 13) | 0] = input[(i + 13) | 0]! ^ s[b[17]!]! ^ b[205]!;
      output[(i + 14) | 0] = input[(i + 14) | 0]! ^ s[b[22]!]! ^ b[206]!;
      output[(i + 15) | 0] = input[(i + 15) | 0]! ^ s[b[27]!]! ^ b[207]!;
    }
  };

const makeHash =
  (T0: Int32Array, T1: Int32Array, T2: Int32Array, T3: Int32Array, R: Int32Array, W: Int32Array): Hash =>
  (input, from, to) => {
    const t0 = T0;
    const t1 = T1;
    const t2 = T2;
    const t3 = T3;
    const r = R;
    const w = W;
    let y0 = w[60]!;
    let y1 = w[61]!;
    let y2 = w[62]!;
    let y3 = w[63]!;
    for (let i = from; i < to; i += BLOCK) {
      w[64] = w[65] = w[66] = w[67] = 0;
      for (let shift = 0, at = (i + 3) | 0; shift < 32; shift += 8, at = (at - 1) | 0) {
        const a = ((y0 >>> shift) & 255) ^ input[at]!;
        const c = (((y1 >>> shift) & 255) ^ input[(at + 4) | 0]!) + 256;
        const d = (((y2 >>> shift) & 255) ^ input[(at + 8) | 0]!) + 512;
        const e = (((y3 >>> shift) & 255) ^ input[(at + 12) | 0]!) + 768;
        const z0: number = w[64]!;
        const z1: number = w[65]!;
        const z2: number = w[66]!;
        const z3: number = w[67]!;
        w[64] = (z0 >>> 8) ^ r[z3 & 255]! ^ t0[a]! ^ t0[c]! ^ t0[d]! ^ t0[e]!;
        w[65] = ((z1 >>> 8) | (z0 << 24)) ^ t1[a]! ^ t1[c]! ^ t1[d]! ^ t1[e]!;
        w[66] = ((z2 >>> 8) | (z1 << 24)) ^ t2[a]! ^ t2[c]! ^ t2[d]! ^ t2[e]!;
        w[67] = ((z3 >>> 8) | (z2 << 24)) ^ t3[a]! ^ t3[c]! ^ t3[d]! ^ t3[e]!;
      }
      y0 = w[64]!;
      y1 = w[65]!;
      y2 = w[66]!;
      y3 = w[67]!;
    }
    w[60] = y0;
    w[61] = y1;
    w[62] = y2;
    w[63] = y3;
  };

const ROUND_TABLES = /* @__PURE__ */ [0, 1, 2, 3].map(roundTable) as Four;
type Four = [Int32Array, Int32Array, Int32Array, Int32Array];
const HASH_TABLES = /* @__PURE__ */ [0, 1, 2, 3].map(tableOfWord) as Four;
export const prepare = /* @__PURE__ */ makePrepare(...ROUND_TABLES, work, workBytes);
export const crypt = /* @__PURE__ */ makeCrypt(...ROUND_TABLES, SBOX, work, workBytes);
export const hash = /* @__PURE__ */ makeHash(...HASH_TABLES, REDUCTION, work);
