// RFC 9420 §5.1.2: ECDSA signatures travel as DER (RFC 3279 §2.2.3): SEQUENCE { INTEGER r, INTEGER s }, strictly.
import { concat, equalBytes } from "../bytes.ts";

function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const body = bytes.subarray(start);
  const sign = body[0]! > 0x7f ? [0] : [];
  return concat(Uint8Array.of(2, body.length + sign.length, ...sign), body);
}

/** 64 bytes (r, s) to DER, 8 to 72 bytes. */
export function signatureToDer(signature: Uint8Array): Uint8Array {
  const r = integer(signature.subarray(0, 32));
  const s = integer(signature.subarray(32));
  return concat(Uint8Array.of(0x30, r.length + s.length), r, s);
}

/** DER to 64 bytes (r, s); `undefined` for anything but the one encoding DER allows. */
export function signatureFromDer(der: Uint8Array): Uint8Array | undefined {
  const middle = 4 + (der[3] ?? 0);
  const right = (bytes: Uint8Array) => bytes.subarray(Math.max(0, bytes.length - 32));
  const r = right(der.subarray(4, middle));
  const s = right(der.subarray(middle + 2));
  const out = new Uint8Array(64);
  out.set(r, 32 - r.length);
  out.set(s, 64 - s.length);
  // There is one encoding of (r, s): what does not encode back to itself was not DER.
  return equalBytes(signatureToDer(out), der) ? out : undefined;
}
