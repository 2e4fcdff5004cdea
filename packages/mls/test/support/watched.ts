// A provider that remembers every secret that goes into it or comes out of it, and every buffer that might hold one: to ask,
// when a piece of work is over, which secrets are still about.
import { onTestFinished, vi } from "vitest";
import * as mls from "../../src/internals.ts";
import { text } from "./world.ts";

/** Longer buffers are messages and trees. */
const LONGEST = 4096;

const holds = (bytes: Uint8Array, part: Uint8Array): boolean =>
  Buffer.from(bytes).includes(Buffer.from(part));
/** What an HMAC over such data gives is public: the two hashes of HPKE's context, and a membership tag. */
const isPublic = (data: Uint8Array): boolean =>
  holds(data, text("psk_id_hash")) || holds(data, text("info_hash")) || (data[1] === 1 && data[3] === 1);
export interface Watched {
  readonly crypto: mls.CryptoProvider;
  /** Runs `body` to its end or refusal; `live` are the buffers that may go on holding secrets then. */
  during(body: () => unknown, live: () => readonly Uint8Array[]): Report;
}
export interface Report {
  /** How many secrets there were. */
  readonly secrets: number;
  /** What the secrets that are still about were first seen as. */
  readonly left: readonly string[];
  readonly error: unknown;
}

export function watched(crypto: mls.CryptoProvider): Watched {
  const values = new Map<string, { value: Uint8Array; what: string }>();
  const buffers = new Set<Uint8Array>();
  const confirmationKeys = new Set<string>();
  let on = false;
  const buffer = <T extends Uint8Array>(bytes: T): T => {
    if (on && bytes.length <= LONGEST) buffers.add(bytes);
    return bytes;
  };
  const secret = <T extends Uint8Array | undefined>(what: string, bytes: T, ours = true): T => {
    if (!on || !bytes || bytes.length < 12 || bytes.every((byte) => byte === 0)) return bytes;
    const value = Uint8Array.from(bytes);
    if (ours) buffer(bytes);
    if (!values.has(mls.hex(value))) values.set(mls.hex(value), { value, what });
    return bytes;
  };
  /** Decodes without being watched at it. */
  function decoded<T>(codec: mls.Codec<T>, bytes: Uint8Array): T | undefined {
    const before = on;
    on = false;
    try {
      return codec.decode(bytes);
    } catch {
      return undefined;
    } finally {
      on = before;
    }
  }
  const isGroupInfo = (bytes: Uint8Array) => decoded(mls.groupInfoCodec, bytes) !== undefined;
  const wrapper: mls.CryptoProvider = {
    ...crypto,
    randomBytes: (length) => secret("randomBytes", crypto.randomBytes(length)),
    hmac(key, data) {
      const mac = crypto.hmac(secret("key of an HMAC", key), buffer(data));
      if (isPublic(data) || confirmationKeys.has(mls.hex(key))) return mac;
      return secret(`HMAC over ${JSON.stringify(Buffer.from(data).toString("latin1"))}`, mac);
    },
    hkdfExpand(prk, info, length) {
      const okm = crypto.hkdfExpand(secret("PRK", prk), buffer(info), length);
      if (holds(info, text("MLS 1.0 confirm"))) confirmationKeys.add(mls.hex(okm));
      return secret(`HKDF with ${JSON.stringify(Buffer.from(info).toString("latin1"))}`, okm);
    },
    seal(key, nonce, aad, plain) {
      if (!isGroupInfo(plain)) secret("what is sealed", plain);
      return crypto.seal(secret("key of the AEAD", key), secret("nonce", nonce), aad, plain);
    },
    open(key, nonce, aad, sealed) {
      const plain = crypto.open(secret("key of the AEAD", key), secret("nonce", nonce), aad, sealed);
      if (!plain || isGroupInfo(plain)) return plain;
      const inside = decoded(mls.groupSecretsCodec, plain);
      secret("joiner secret", inside?.joinerSecret, false);
      secret("path secret", inside?.pathSecret, false);
      return secret("what was opened", plain);
    },
    publicKey: (key) => crypto.publicKey(secret("private key", key)),
    diffieHellman: (key, point) => secret("DH", crypto.diffieHellman(secret("private key", key), point)),
    sign: (key, message) => crypto.sign(secret("private key", key), message),
  };

  /** What is copied by `set` and `slice` on the way. */
  function spied(body: () => unknown): unknown {
    const { set, slice } = Uint8Array.prototype;
    const spies = [
      vi.spyOn(Uint8Array.prototype, "set").mockImplementation(function (this: Uint8Array, ...args) {
        buffer(this);
        set.apply(this, args);
      }),
      vi.spyOn(Uint8Array.prototype, "slice").mockImplementation(function (this: Uint8Array, ...args) {
        return buffer(slice.apply(this, args) as Uint8Array<ArrayBuffer>);
      }),
    ];
    const restore = () => {
      for (const spy of spies) spy.mockRestore();
    };
    onTestFinished(restore);
    on = true;
    try {
      body();
      return undefined;
    } catch (error) {
      return error;
    } finally {
      on = false;
      restore();
    }
  }

  return {
    crypto: wrapper,
    during(body, live) {
      values.clear();
      buffers.clear();
      const error = spied(body);
      const free = new Set(live());
      const about = [...buffers].filter((bytes) => !free.has(bytes));
      const left = [...values.values()].filter(({ value }) => about.some((bytes) => holds(bytes, value)));
      return { secrets: values.size, left: left.map(({ what }) => what), error };
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
