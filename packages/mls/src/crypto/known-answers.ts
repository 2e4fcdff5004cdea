// RFC 9420 §5.1 Whether a candidate gives the published answers for every primitive of the suite, byte for byte.
import { ascii, equalBytes, fromHex } from "../bytes.ts";
import { attempt } from "./portable.ts";
import type { Primitives } from "./provider.ts";

/** FIPS 180-4: examples of one block and of two. */
const SHA256 = [
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
] as const;

/** RFC 4231 §4.3. */
const HMAC = {
  key: "Jefe",
  data: "what do ya want for nothing?",
  mac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
};

/** RFC 5869 §A.1. */
const HKDF = {
  prk: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
  info: "f0f1f2f3f4f5f6f7f8f9",
  okm: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
};

/** McGrew, Viega: The Galois/Counter Mode of Operation (GCM), test case 4. */
const GCM = {
  key: "feffe9928665731c6d6a8f9467308308",
  nonce: "cafebabefacedbaddecaf888",
  aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
  plaintext:
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
  sealed:
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091" +
    "5bc94fbc3221a5db94fae95ae7121a47",
};

/** RFC 5903 §8.1: both sides' keys and the x coordinate that they share. */
const ECDH = {
  privateKey: "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
  publicKey:
    "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180" +
    "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
  peer:
    "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63" +
    "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
  shared: "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
};

/** RFC 6979 §A.2.5 with SHA-256. */
const ECDSA = {
  privateKey: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
  publicKey:
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  message: "sample",
  signature:
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
};

const is = (bytes: Uint8Array | undefined, expected: string): boolean =>
  bytes !== undefined && equalBytes(bytes, fromHex(expected));

/** The same bytes with one bit of the last byte changed. */
function altered(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

const hashes = ({ hash }: Primitives): boolean =>
  SHA256.every(([message, digest]) => is(hash(ascii(message)), digest));

const macs = ({ hmac }: Primitives): boolean => is(hmac(ascii(HMAC.key), ascii(HMAC.data)), HMAC.mac);

const expands = ({ hkdfExpand }: Primitives): boolean =>
  is(hkdfExpand(fromHex(HKDF.prk), fromHex(HKDF.info), HKDF.okm.length / 2), HKDF.okm);

function seals({ seal, open }: Primitives): boolean {
  const [key, nonce, aad] = [fromHex(GCM.key), fromHex(GCM.nonce), fromHex(GCM.aad)];
  const sealed = fromHex(GCM.sealed);
  return (
    is(seal(key, nonce, aad, fromHex(GCM.plaintext)), GCM.sealed) &&
    is(open(key, nonce, aad, sealed), GCM.plaintext) &&
    open(key, nonce, aad, altered(sealed)) === undefined &&
    open(key, nonce, altered(aad), sealed) === undefined
  );
}

function agrees({ publicKey, diffieHellman }: Primitives): boolean {
  const [privateKey, peer] = [fromHex(ECDH.privateKey), fromHex(ECDH.peer)];
  return (
    is(publicKey(privateKey), ECDH.publicKey) &&
    is(diffieHellman(privateKey, peer), ECDH.shared) &&
    diffieHellman(privateKey, altered(peer)) === undefined
  );
}

function verifies({ verify }: Primitives): boolean {
  const [key, message, signature] = [
    fromHex(ECDSA.publicKey),
    ascii(ECDSA.message),
    fromHex(ECDSA.signature),
  ];
  return (
    verify(key, message, signature) &&
    !verify(key, message, altered(signature)) &&
    !verify(key, altered(message), signature) &&
    !verify(altered(key), message, signature)
  );
}

/** A signature may be random. Two of them must verify and must not share their nonce, which would give the key away. */
function signs({ sign, verify }: Primitives): boolean {
  const [privateKey, publicKey] = [fromHex(ECDSA.privateKey), fromHex(ECDSA.publicKey)];
  const messages = [ascii("sample"), ascii("test")];
  const signatures = messages.map((message) => sign(privateKey, message));
  const [first, second] = signatures.map((signature) => signature.subarray(0, 32));
  return (
    messages.every((message, i) => verify(publicKey, message, signatures[i]!)) && !equalBytes(first!, second!)
  );
}

/** Whether every primitive of the candidate gives the known answers and refuses what it must refuse. */
export const givesKnownAnswers = (candidate: Primitives): boolean =>
  [hashes, macs, expands, seals, agrees, verifies, signs].every(
    (check) => attempt(() => check(candidate)) === true,
  );
