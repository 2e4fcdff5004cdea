// RFC 2104 HMAC over SHA-256. Written out: noble's streaming class weighs more than this one function.
import { sha256 } from "@noble/hashes/sha2.js";
import { concat } from "../bytes.ts";

const BLOCK = 64;

/** 32 bytes; keys of any length. */
export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const padded = new Uint8Array(BLOCK);
  padded.set(key.length > BLOCK ? sha256(key) : key);
  const pad = (value: number) => padded.map((byte) => byte ^ value);
  const inner = concat(pad(0x36), data);
  const outer = concat(pad(0x5c), sha256(inner));
  const mac = sha256(outer);
  for (const secret of [padded, inner, outer]) secret.fill(0);
  return mac;
}
