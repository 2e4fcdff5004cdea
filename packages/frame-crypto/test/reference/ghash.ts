// A slow twin of GHASH (SP 800-38D §6.3, §6.4), bit by bit over bigint, and of GCM with it (§7.1).
import { createCipheriv } from "node:crypto";

const REDUCTION = 0xe1n << 120n;

/** X·Y, bit 0 of SP 800-38D being the highest of the bigint. */
export function referenceMultiply(x: bigint, y: bigint): bigint {
  let z = 0n;
  let v = y;
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v;
    v = v & 1n ? (v >> 1n) ^ REDUCTION : v >> 1n;
  }
  return z;
}

const toBigint = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);

const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(bytes.length / 16) * 16);
  whole.set(bytes);
  return whole;
};

function referenceGhash(h: bigint, aad: Uint8Array, ciphertext: Uint8Array): bigint {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(aad.length) * 8n, 0);
  lengths.writeBigUInt64BE(BigInt(ciphertext.length) * 8n, 8);
  const input = Buffer.concat([padded(aad), padded(ciphertext), lengths]);
  let y = 0n;
  for (let i = 0; i < input.length; i += 16)
    y = referenceMultiply(y ^ toBigint(input.subarray(i, i + 16)), h);
  return y;
}

/** §7.1 with AES from node:crypto's ECB, one block at a time. */
export function referenceGcm(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) {
  const aes = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const block = (counter: number): Uint8Array => {
    const input = Buffer.alloc(16);
    input.set(iv);
    input.writeUInt32BE(counter, 12);
    return aes.update(input);
  };
  const h = toBigint(aes.update(Buffer.alloc(16)));
  const ciphertext = new Uint8Array(plaintext.length);
  for (let i = 0; i < plaintext.length; i++) ciphertext[i] = plaintext[i]! ^ block(2 + (i >> 4))[i & 15]!;
  const tag = referenceGhash(h, aad, ciphertext) ^ toBigint(block(1));
  return { ciphertext, tag: new Uint8Array(Buffer.from(tag.toString(16).padStart(32, "0"), "hex")) };
}
