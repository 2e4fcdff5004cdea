// A provider that remembers every secret that goes into it or comes out of it: to ask, when a piece of work is over, which
// of the arrays that were made meanwhile still hold one.
import * as mls from "../../src/internals.ts";
import { allocations, unnoted } from "./allocations.ts";
import { text } from "./world.ts";

/** Longer buffers are messages and trees. */
const LONGEST = 4096;
/** An array that code of @noble made. */
const IN_NOBLE = /^[^<]*@noble\//;

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
const holds = (bytes: Uint8Array, part: Uint8Array): boolean => asBuffer(bytes).includes(asBuffer(part));
/** What an HMAC over such data gives is public: the two hashes of HPKE's context, and a membership tag. */
const isPublic = (data: Uint8Array): boolean =>
  holds(data, text("psk_id_hash")) || holds(data, text("info_hash")) || (data[1] === 1 && data[3] === 1);

/** A secret that an array still holds. */
export interface Left {
  /** What the secret was first seen as. */
  readonly what: string;
  /** Where the array was made, the innermost function first. */
  readonly site: string;
}
export interface Watched {
  readonly crypto: mls.CryptoProvider;
  /** Runs `body` to its end or refusal; `live` are the buffers that may go on holding secrets then. */
  during(body: () => unknown, live: () => readonly Uint8Array[]): Report;
}
export interface Report {
  /** How many secrets there were. */
  readonly secrets: number;
  /** The secrets that are still about, in arrays that this package made or was given. */
  readonly left: readonly Left[];
  /** Those that are still about in arrays that @noble made and handed to nobody. */
  readonly leftByNoble: readonly Left[];
  readonly error: unknown;
}

const read = (bytes: Uint8Array) => JSON.stringify(Buffer.from(bytes).toString("latin1"));

export function watched(crypto: mls.CryptoProvider): Watched {
  const values = new Map<string, { value: Uint8Array; what: string }>();
  /** Arrays that a primitive gave to the package, whoever made them. */
  const given = new Set<Uint8Array>();
  const confirmationKeys = new Set<string>();
  let on = false;
  const secret = <T extends Uint8Array | undefined>(what: string, bytes: T): T => {
    if (!on || !bytes || bytes.length < 12 || bytes.every((byte) => byte === 0)) return bytes;
    const name = mls.hex(bytes);
    // A Buffer, so that this copy is none of the arrays that are looked at.
    if (!values.has(name)) values.set(name, { value: Buffer.from(bytes), what });
    return bytes;
  };
  const gives = <T extends Uint8Array | undefined>(what: string, bytes: T): T => {
    if (bytes) given.add(bytes);
    return secret(what, bytes);
  };
  /** Decodes without being watched at it. */
  const decoded = <T>(codec: mls.Codec<T>, bytes: Uint8Array): T | undefined =>
    unnoted(() => {
      try {
        return codec.decode(bytes);
      } catch {
        return undefined;
      }
    });
  const isGroupInfo = (bytes: Uint8Array) => decoded(mls.groupInfoCodec, bytes) !== undefined;
  const wrapper: mls.CryptoProvider = {
    ...crypto,
    randomBytes: (length) => gives("randomBytes", crypto.randomBytes(length)),
    hmac(key, data) {
      const mac = crypto.hmac(secret("key of an HMAC", key), data);
      if (isPublic(data) || confirmationKeys.has(mls.hex(key))) return mac;
      return gives(`HMAC over ${read(data)}`, mac);
    },
    hkdfExpand(prk, info, length) {
      const okm = crypto.hkdfExpand(secret("PRK", prk), info, length);
      if (holds(info, text("MLS 1.0 confirm"))) confirmationKeys.add(mls.hex(okm));
      for (let at = 0; at < length; at += 32) secret(`HKDF with ${read(info)}`, okm.subarray(at, at + 32));
      return gives(`HKDF with ${read(info)}`, okm);
    },
    seal(key, nonce, aad, plain) {
      if (!isGroupInfo(plain)) secret("what is sealed", plain);
      return crypto.seal(secret("key of the AEAD", key), secret("nonce", nonce), aad, plain);
    },
    open(key, nonce, aad, sealed) {
      const plain = crypto.open(secret("key of the AEAD", key), secret("nonce", nonce), aad, sealed);
      if (!plain || isGroupInfo(plain)) return plain;
      const inside = decoded(mls.groupSecretsCodec, plain);
      secret("joiner secret", inside?.joinerSecret);
      secret("path secret", inside?.pathSecret);
      return gives("what was opened", plain);
    },
    publicKey: (key) => crypto.publicKey(secret("private key", key)),
    diffieHellman: (key, point) => gives("DH", crypto.diffieHellman(secret("private key", key), point)),
    sign: (key, message) => crypto.sign(secret("private key", key), message),
  };

  return {
    crypto: wrapper,
    during(body, live) {
      values.clear();
      given.clear();
      let error: unknown;
      on = true;
      const made = allocations(() => {
        try {
          body();
        } catch (thrown) {
          error = thrown;
        }
      });
      on = false;
      const free = new Set(live());
      const about = made.filter(({ bytes }) => bytes.length <= LONGEST && !free.has(bytes));
      const found: (Left & { nobles: boolean })[] = [];
      for (const allocation of about)
        for (const { value, what } of values.values())
          if (holds(allocation.bytes, value)) {
            const { bytes, site } = allocation;
            found.push({ what, site, nobles: IN_NOBLE.test(site) && !given.has(bytes) });
          }
      const left = (nobles: boolean) =>
        found.filter((one) => one.nobles === nobles).map(({ what, site }) => ({ what, site }));
      return { secrets: values.size, left: left(false), leftByNoble: left(true), error };
    },
  };
}

/** The secrets that a group holds, as its buffers; those that it let go are left out. */
export const heldBy = (...groups: readonly mls.Group[]): Uint8Array[] =>
  groups.flatMap(({ state }) =>
    [...Object.values(state.secrets), ...state.privateKeys.values(), state.signatureKey].map(
      ({ bytes }) => bytes,
    ),
  );

export const keysOf = (bundle: mls.KeyPackageBundle): Uint8Array[] => [
  bundle.initPrivateKey,
  bundle.leafPrivateKey,
  bundle.signatureKeyPair.privateKey,
];
