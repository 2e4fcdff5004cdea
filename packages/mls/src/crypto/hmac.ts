// RFC 2104 HMAC over SHA-256. One call a message, as the hash beneath.
import { sha256 } from "./sha256.ts";

const BLOCK = 64;

/** 32 bytes; keys of any length. */
export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > BLOCK ? sha256(key) : key;
  const pad = (value: number, rest: Uint8Array) => {
    const out = new Uint8Array(BLOCK + rest.length).fill(value, 0, BLOCK);
    for (let i = 0; i < short.length; i++) out[i]! ^= short[i]!;
    out.set(rest, BLOCK);
    return out;
  };
  const inner = pad(0x36, data);
  const outer = pad(0x5c, sha256(inner));
  const mac = sha256(outer);
  for (const secret of [inner, outer]) secret.fill(0);
  return mac;
}
