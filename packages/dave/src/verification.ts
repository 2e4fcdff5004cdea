// §6 Verification: V1 displayable codes, V2 pairwise fingerprints, V3 self signatures.

import { scrypt } from "@noble/hashes/scrypt.js";
import { type CryptoProvider, concat, signWithLabel, verifyWithLabel } from "@puredave/mls";
import { checkCrypto } from "./crypto.ts";
import { checkBytes, checkObject, expectThat, isFunction, translated } from "./errors.ts";
import { memberKey } from "./session/roster.ts";
import { namedSnowflake, type Snowflake, snowflakeBytes } from "./snowflake.ts";

const PUBLIC_KEY_LENGTH = 65;
const MAX_GROUP = 7;
const SCRYPT = { N: 16384, r: 8, p: 2, dkLen: 64 } as const;
const FINGERPRINT_SALT = /* @__PURE__ */ Uint8Array.of(
  ...[0x24, 0xca, 0xb1, 0x7a, 0x7a, 0xf8, 0xec, 0x2b, 0x82, 0xb4, 0x12, 0xb9, 0x2d, 0xab, 0x19, 0x2e],
);

/** A user and the 65-byte uncompressed P-256 key that the group's roster shows for them. */
export interface Identity {
  /** P2. */
  readonly userId: Snowflake;
  /** 65 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * V1: decimal digits from bytes: each group is the next `group` bytes, big endian, modulo 10^group, zero padded.
 *
 * @param length digits, a multiple of `group`; @param group 1 to 7
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * displayableCode(new Uint8Array(30), 30, 5) // "000000000000000000000000000000"
 * ```
 */
export function displayableCode(data: Uint8Array, length: number, group: number): string {
  checkBytes(data, "data");
  expectThat(
    Number.isInteger(group) && group >= 1 && group <= MAX_GROUP,
    "group",
    `1 to ${MAX_GROUP}`,
    group,
  );
  const fits = Number.isInteger(length) && length >= group && length % group === 0;
  expectThat(fits, "length", "a multiple of group", length);
  expectThat(data.length >= length, "data", `at least ${length} bytes`, data.length);
  return digits(data, length, group);
}

/** V1 for arguments that are known to be right. */
function digits(data: Uint8Array, length: number, group: number): string {
  let code = "";
  for (let at = 0; at < length; at += group) {
    // at most 7 bytes: below 2^56, so step by step modulo 10^group to stay exact
    let value = 0;
    for (let i = at; i < at + group; i++) value = (value * 256 + data[i]!) % 10 ** group;
    code += value.toString().padStart(group, "0");
  }
  return code;
}

/**
 * V1: the voice privacy code, 30 digits of the 32-byte epoch authenticator.
 *
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * voicePrivacyCode(new Uint8Array(32)); // "000000000000000000000000000000"
 * ```
 */
export const voicePrivacyCode = (epochAuthenticator: Uint8Array): string =>
  displayableCode(epochAuthenticator, 30, 5);

/** V1: the same of an epoch authenticator that MLS has given. */
export const epochCode = (epochAuthenticator: Uint8Array): string => digits(epochAuthenticator, 30, 5);

function fingerprintInput(identity: Identity): Uint8Array {
  checkObject(identity, "identity");
  const { userId, publicKey } = identity;
  checkBytes(publicKey, "publicKey", PUBLIC_KEY_LENGTH);
  return concat(new Uint8Array(2), publicKey, snowflakeBytes(namedSnowflake(userId, "userId")));
}

/** Lexicographic order of unsigned bytes. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/**
 * V2: pairwise fingerprint version 0, 64 bytes, the same from both sides. Costs about a tenth of a second (scrypt).
 *
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
 */
export function pairwiseFingerprint(a: Identity, b: Identity): Uint8Array {
  const [first, second] = [fingerprintInput(a), fingerprintInput(b)].sort(compare) as [
    Uint8Array,
    Uint8Array,
  ];
  return scrypt(concat(first, second), FINGERPRINT_SALT, SCRYPT);
}

/**
 * V1: the pairwise verification code, 45 digits of the fingerprint; the same from both sides.
 *
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`
 */
export const pairwiseCode = (a: Identity, b: Identity): string =>
  displayableCode(pairwiseFingerprint(a, b), 45, 5);

/** What {@link pairwiseCodeWith} asks a `DaveClient` for. */
export interface ClientIdentity {
  /** Its own user id, in canonical decimal form. */
  readonly userId: string;
  /** Its own public signature key, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** User id → 65-byte public key of every member of its group. */
  readonly roster: ReadonlyMap<string, Uint8Array>;
}

/** A code to compare with one member, and the key of the member that it stands for. */
export interface PairwiseCode {
  /** 45 decimal digits, the same from both sides. */
  readonly code: string;
  /** The member's public signature key at that time, 65 bytes. `markVerified` takes the whole object. */
  readonly publicKey: Uint8Array;
}

/**
 * V1, V2: the code to compare with one member of a client's group. Keep it: to make it takes about a tenth of a second
 * (scrypt).
 *
 * @param client a `DaveClient`
 * @throws {@link DaveError} `unknown-user` when the user is no other member of the group; `invalid-snowflake`
 * @example
 * ```ts
 * client.on("roster", ({ added }) => {
 *   for (const member of added) console.log(member, pairwiseCodeWith(client, member).code);
 * });
 * ```
 */
export function pairwiseCodeWith(client: ClientIdentity, userId: Snowflake): PairwiseCode {
  expectThat(isFunction(client?.roster?.get), "client", "a DaveClient", client);
  const id = namedSnowflake(userId, "userId");
  const publicKey = memberKey(client.roster, client.userId, id);
  return { code: pairwiseCode(client, { userId: id, publicKey }), publicKey: publicKey.slice() };
}

const SELF_SIGNATURE_LABEL = "DiscordSelfSignature";

function selfSignatureContent(sessionId: string, publicKey: Uint8Array): Uint8Array {
  const printable = typeof sessionId === "string" && /^[\x20-\x7e]+$/.test(sessionId);
  expectThat(printable, "sessionId", "printable ASCII", sessionId);
  return concat(
    Uint8Array.from(`${sessionId}:`, (char) => char.charCodeAt(0)),
    publicKey,
  );
}

/**
 * V3: signs a persistent public key for the session it is uploaded in.
 *
 * @param sessionId the media session's id, printable ASCII
 * @param keys `privateKey`: a P-256 scalar of 32 bytes; `publicKey`: its point, uncompressed, 65 bytes
 * @returns an ASN.1 DER signature, 70 to 72 bytes as a rule
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * const signature = selfSign(crypto, "session", signatureKeyPair);
 * verifySelfSignature(crypto, "session", signatureKeyPair.publicKey, signature); // true
 * ```
 */
export function selfSign(
  crypto: CryptoProvider,
  sessionId: string,
  keys: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array },
): Uint8Array {
  checkCrypto(crypto);
  checkObject(keys, "keys");
  checkBytes(keys.privateKey, "privateKey", 32);
  checkBytes(keys.publicKey, "publicKey", PUBLIC_KEY_LENGTH);
  const content = selfSignatureContent(sessionId, keys.publicKey);
  return translated(() => signWithLabel(crypto, keys.privateKey, SELF_SIGNATURE_LABEL, content));
}

/**
 * V3: whether `signature` is `publicKey`'s own for that session.
 *
 * @param sessionId printable ASCII
 * @param publicKey 65 bytes
 * @param signature ASN.1 DER
 * @throws {@link DaveError} `invalid-argument`
 */
export function verifySelfSignature(
  crypto: CryptoProvider,
  sessionId: string,
  publicKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkCrypto(crypto);
  checkBytes(publicKey, "publicKey", PUBLIC_KEY_LENGTH);
  checkBytes(signature, "signature");
  return verifyWithLabel(
    crypto,
    publicKey,
    SELF_SIGNATURE_LABEL,
    selfSignatureContent(sessionId, publicKey),
    signature,
  );
}
