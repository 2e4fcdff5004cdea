// RFC 6234 SHA-256 of a message in one call: what a stream of parts would need weighs four times as much. §: FIPS 180-4.
import { abytes } from "../bytes.ts";

/** §5.3.3, §4.2.2: the first 32 bits of a root behind the point. With the 3 before it, 35 of the 53 that a number holds. */
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime > 0)) primes.push(n);
  return primes;
}

const PRIMES = /* @__PURE__ */ firstPrimes(64);
const INITIAL = /* @__PURE__ */ Int32Array.from(/* @__PURE__ */ PRIMES.slice(0, 8), (prime) =>
  fraction(Math.sqrt(prime)),
);
const K = /* @__PURE__ */ Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
/** The message schedule of the block in work. */
const W = /* @__PURE__ */ new Int32Array(64);

/** §3.2 ROTR */
const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
/** §4.1.2 Ch and Maj, each with an operation less than they are written with there. */
const choose = (x: number, y: number, z: number): number => z ^ (x & (y ^ z));
const majority = (x: number, y: number, z: number): number => (x & y) | (z & (x | y));

/** §6.2.2 of the block whose words are the first 16 of the schedule. */
function compress(state: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15]!;
    const y = W[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    W[t] = (W[t - 16]! + s0 + W[t - 7]! + s1) | 0;
  }
  // one by one: an iterator would take as long as the rounds
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + choose(e, f, g) + K[t]! + W[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + majority(a, b, c)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

/** 32 bytes. Works on a copy of the message, which is wiped: it may be a secret. */
export function sha256(message: Uint8Array): Uint8Array {
  abytes(message, "message");
  const { length } = message;
  // §5.1.1: the message, a bit that is set, zeros, the length in bits
  const bytes = new Uint8Array(64 * Math.ceil((length + 9) / 64));
  bytes.set(message);
  bytes[length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, length / 2 ** 29);
  view.setUint32(bytes.length - 4, length * 8);
  const state = INITIAL.slice();
  for (let at = 0; at < bytes.length; at += 64) {
    for (let t = 0; t < 16; t++) W[t] = view.getInt32(at + 4 * t);
    compress(state);
  }
  state.forEach((word, i) => {
    view.setInt32(4 * i, word);
  });
  const digest = bytes.slice(0, 32);
  for (const secret of [bytes, W, state]) secret.fill(0);
  return digest;
}
