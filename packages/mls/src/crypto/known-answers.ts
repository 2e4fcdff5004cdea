// RFC 9420 §5.1 Whether a candidate gives the known answers for every primitive of the suite, byte for byte.
import { ascii, concat, equalBytes, fromHex } from "../bytes.ts";
import { portable, resultOrUndefined } from "./portable.ts";
import type { Primitives } from "./provider.ts";

/** A signature that another implementation made: RFC 6979 §A.2.5, SHA-256, message "sample". */
const PRIVATE_KEY = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const MESSAGE = "sample";
const SIGNATURE =
  "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
  "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

/** SHA-256 of what {@link answers} returns. noble and OpenSSL, which share no code, both give it: a test computes it with each. */
export const ANSWERS = "da938664a99f772a0825cb923994ee4618b8934b7720c1ba30affe7446ed73fe";

/** `length` bytes that count up from 1. They serve as keys, nonces, private keys and texts. */
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i + 1);

/** The same bytes with one bit of the last byte changed. */
function altered(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

const seal = (candidate: Primitives): Uint8Array =>
  candidate.seal(counting(16), counting(12), counting(20), counting(60));

/** What every primitive whose answer is not random makes of {@link counting}, one answer after another. */
function answers(candidate: Primitives): Uint8Array {
  const publicKey = candidate.publicKey(fromHex(PRIVATE_KEY))!;
  return concat(
    candidate.hash(counting(3)),
    candidate.hash(counting(56)), // fills two blocks with its padding
    candidate.hmac(counting(20), counting(50)),
    candidate.hkdfExpand(counting(32), counting(10), 42),
    candidate.hkdfExpand(counting(16), counting(10), 42), // K2's PRK is shorter than the hash
    seal(candidate),
    candidate.publicKey(counting(32))!,
    publicKey,
    candidate.diffieHellman(counting(32), publicKey)!,
  );
}

/** The digest is noble's, so that a candidate cannot vouch for itself. */
const answersAreKnown = (candidate: Primitives): boolean =>
  equalBytes(portable.hash(answers(candidate)), fromHex(ANSWERS));

function opens(candidate: Primitives): boolean {
  const [key, nonce, aad, sealed] = [counting(16), counting(12), counting(20), seal(candidate)];
  const opened = candidate.open(key, nonce, aad, sealed);
  return (
    opened !== undefined &&
    equalBytes(opened, counting(60)) &&
    candidate.open(key, nonce, aad, altered(sealed)) === undefined &&
    candidate.open(key, nonce, altered(aad), sealed) === undefined
  );
}

/** RFC 9420 §5.1.2: the last byte of a public key is changed, and the point is no longer on the curve. */
const refusesPoints = ({ publicKey, diffieHellman }: Primitives): boolean =>
  diffieHellman(counting(32), altered(publicKey(counting(32))!)) === undefined;

function verifies({ publicKey, verify }: Primitives): boolean {
  const key = publicKey(fromHex(PRIVATE_KEY))!;
  const [message, signature] = [ascii(MESSAGE), fromHex(SIGNATURE)];
  return (
    verify(key, message, signature) &&
    !verify(key, message, altered(signature)) &&
    !verify(key, altered(message), signature) &&
    !verify(altered(key), message, signature)
  );
}

/** A signature may be random. Two of them must verify and must not share their nonce, which would give the key away. */
function signs({ publicKey, sign, verify }: Primitives): boolean {
  const privateKey = fromHex(PRIVATE_KEY);
  const key = publicKey(privateKey)!;
  const messages = [counting(1), counting(2)];
  const signatures = messages.map((message) => sign(privateKey, message));
  const [first, second] = signatures.map((signature) => signature.subarray(0, 32));
  return messages.every((message, i) => verify(key, message, signatures[i]!)) && !equalBytes(first!, second!);
}

/** Whether every primitive of the candidate gives the known answers and refuses what it must refuse. */
export const givesKnownAnswers = (candidate: Primitives): boolean =>
  [answersAreKnown, opens, refusesPoints, verifies, signs].every(
    (check) => resultOrUndefined(() => check(candidate)) === true,
  );
