// RFC 9420 §5.1 node:crypto is chosen when every primitive gives its known answer, and left alone when one does not.
import nodeCrypto from "node:crypto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ANSWERS, givesKnownAnswers } from "../../src/crypto/known-answers.ts";
import { type CryptoProvider, createCryptoProvider } from "../../src/index.ts";
import { portableCrypto } from "../support/crypto.ts";

type Node = Record<string, (...args: never[]) => unknown>;
const real = nodeCrypto as unknown as Node;

/** What a runtime with this node:crypto gives: the backend that is chosen, and whether `platform` is refused. */
function chosen(node: unknown): { auto: string; platform: string } {
  const spy = vi.spyOn(process, "getBuiltinModule").mockReturnValue(node as never);
  onTestFinished(() => spy.mockRestore());
  const backend = (name: "auto" | "platform") => {
    try {
      return createCryptoProvider({ backend: name }).backend;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return { auto: backend("auto"), platform: backend("platform") };
}

/** An object whose methods do as before, but for those that `change` names: they get the original and its arguments. */
function changed(
  target: object,
  change: Record<string, (original: (...args: unknown[]) => unknown, ...args: unknown[]) => unknown>,
): object {
  return new Proxy(target, {
    get(_, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const original = (...args: unknown[]) => Reflect.apply(member, target, args);
      const instead = change[String(name)];
      return instead ? (...args: unknown[]) => instead(original, ...args) : original;
    },
  });
}
type Original = (...args: unknown[]) => unknown;

/** node:crypto, in which what `factory` makes behaves otherwise. */
const making = (
  factory: string,
  change: Record<string, (original: Original, ...args: unknown[]) => unknown>,
) => changed(real, { [factory]: (original, ...args) => changed(original(...args) as object, change) });

const bytes =
  (length: number, value = 1) =>
  () =>
    Buffer.alloc(length, value);
const flipped = (original: Original, ...args: unknown[]) => {
  const out = original(...args) as Buffer;
  if (out.length) out[out.length - 1]! ^= 1;
  return out;
};
const missing = () => {
  throw new Error("not implemented");
};
/** A hash or MAC whose `update` gives the object itself, so that `digest` can be replaced. */
const digesting = (factory: string, digest: (original: Original) => unknown) =>
  making(factory, { update: (original, data) => changed(original(data) as object, { digest }) });

it("an unchanged node:crypto is chosen, and one behind a Proxy", () => {
  expect(chosen(real)).toEqual({ auto: "platform", platform: "platform" });
  expect(chosen(changed(real, {}))).toEqual({ auto: "platform", platform: "platform" });
});

describe("a node:crypto is not chosen", () => {
  const other = nodeCrypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  let first: Buffer | undefined;
  it.each<[string, unknown]>([
    ["whose SHA-256 is constant", digesting("createHash", bytes(32))],
    ["whose SHA-256 differs in a bit", digesting("createHash", flipped)],
    [
      "whose SHA-256 hashes only the first 55 bytes",
      making("createHash", { update: (original, data) => original((data as Uint8Array).subarray(0, 55)) }),
    ],
    ["without SHA-256", changed(real, { createHash: missing })],
    ["whose HMAC is constant", digesting("createHmac", bytes(32))],
    [
      "whose HMAC ignores the key",
      changed(real, { createHmac: (original, name) => original(name, Buffer.alloc(32)) }),
    ],
    [
      "whose HMAC is a bare hash",
      changed(real, { createHmac: (_, name) => nodeCrypto.createHash(name as string) }),
    ],
    ["without HMAC", changed(real, { createHmac: missing })],
    [
      "whose cipher leaves the text as it is",
      making("createCipheriv", { update: (_, text) => Buffer.from(text as Uint8Array) }),
    ],
    ["whose cipher ignores the additional data", making("createCipheriv", { setAAD: () => undefined })],
    ["whose cipher makes a constant tag", making("createCipheriv", { getAuthTag: bytes(16) })],
    [
      "whose cipher makes a tag of 12 bytes",
      making("createCipheriv", { getAuthTag: (original) => (original() as Buffer).subarray(0, 12) }),
    ],
    ["without the cipher", changed(real, { createCipheriv: missing })],
    ["whose decipher gives other text", making("createDecipheriv", { update: flipped })],
    ["whose decipher accepts any tag", making("createDecipheriv", { final: () => Buffer.alloc(0) })],
    ["whose decipher refuses every tag", making("createDecipheriv", { final: missing })],
    ["without the decipher", changed(real, { createDecipheriv: missing })],
    ["whose public keys are constant", making("createECDH", { getPublicKey: bytes(65, 4) })],
    [
      "whose public keys are compressed",
      making("createECDH", { getPublicKey: (original) => original(null, "compressed") }),
    ],
    ["whose shared secrets are constant", making("createECDH", { computeSecret: bytes(32) })],
    ["whose shared secrets differ in a bit", making("createECDH", { computeSecret: flipped })],
    ["without the curve", changed(real, { createECDH: missing })],
    ["whose verification accepts anything", changed(real, { verify: () => true })],
    ["whose verification refuses everything", changed(real, { verify: () => false })],
    ["whose verification throws", changed(real, { verify: missing })],
    ["which takes no public keys", changed(real, { createPublicKey: missing })],
    ["which takes any key for one key", changed(real, { createPublicKey: () => other.publicKey })],
    ["whose signatures are of another key", changed(real, { createPrivateKey: () => other.privateKey })],
    [
      "whose signatures are constant",
      changed(real, { sign: (original, ...args) => Buffer.from((first ??= original(...args) as Buffer)) }),
    ],
    ["whose signatures are no DER", changed(real, { sign: bytes(64) })],
    ["which cannot sign", changed(real, { sign: missing })],
    ["which takes no private keys", changed(real, { createPrivateKey: missing })],
  ])("%s", (_, node) => {
    expect(chosen(node)).toEqual({ auto: "portable", platform: "unsupported" });
  });

  it("whose signatures verify but share their nonce, which gives the key away", () => {
    // One k for two messages, by the equation of ECDSA: r is that of k·G, s = (e + r·d) / k.
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const mod = (value: bigint) => ((value % order) + order) % order;
    const inverse = (value: bigint) => {
      let [result, base] = [1n, value];
      for (let e = order - 2n; e > 0n; e >>= 1n) {
        if (e & 1n) result = mod(result * base);
        base = mod(base * base);
      }
      return result;
    };
    const number = (buffer: Uint8Array) => BigInt(`0x${Buffer.from(buffer).toString("hex")}`);
    const point = nodeCrypto.createECDH("prime256v1");
    const k = 0x1234567890abcdefn;
    point.setPrivateKey(Buffer.from(k.toString(16).padStart(64, "0"), "hex"));
    const r = mod(number(point.getPublicKey().subarray(1, 33)));
    const integer = (value: bigint) => {
      const body = Buffer.from(value.toString(16).padStart(66, "0"), "hex");
      const start = body[1]! & 0x80 ? 0 : body.findIndex((byte) => byte !== 0);
      return Buffer.concat([Buffer.of(2, body.length - start), body.subarray(start)]);
    };
    const sign = (_: Original, _hash: unknown, data: unknown, handle: unknown) => {
      const jwk = (handle as nodeCrypto.KeyObject).export({ format: "jwk" });
      const d = number(Buffer.from(jwk.d!, "base64url"));
      const e = number(
        nodeCrypto
          .createHash("sha256")
          .update(data as Uint8Array)
          .digest(),
      );
      const body = Buffer.concat([integer(r), integer(mod(inverse(k) * mod(e + r * d)))]);
      return Buffer.concat([Buffer.of(0x30, body.length), body]);
    };
    const key = other.privateKey;
    const signature = sign(real.sign as never, "sha256", Buffer.from("x"), key);
    expect(nodeCrypto.verify("sha256", Buffer.from("x"), other.publicKey, signature)).toBe(true);
    expect(chosen(changed(real, { sign }))).toEqual({ auto: "portable", platform: "unsupported" });
  });
});

describe("the known answers, for a candidate of which one primitive is broken", () => {
  const none = () => undefined;
  const constant = (length: number) => () => new Uint8Array(length).fill(1);
  it("are given by the portable backend", () => {
    expect(givesKnownAnswers(portableCrypto)).toBe(true);
  });
  it("are those that OpenSSL gives when it is called without this package", () => {
    const counting = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i + 1));
    const hash = (data: Buffer) => nodeCrypto.createHash("sha256").update(data).digest();
    const mac = (key: Buffer, data: Buffer) => nodeCrypto.createHmac("sha256", key).update(data).digest();
    const expand = (prk: Buffer) => {
      const first = mac(prk, Buffer.concat([counting(10), Buffer.of(1)]));
      return Buffer.concat([first, mac(prk, Buffer.concat([first, counting(10), Buffer.of(2)]))]).subarray(
        0,
        42,
      );
    };
    const cipher = nodeCrypto.createCipheriv("aes-128-gcm", counting(16), counting(12)).setAAD(counting(20));
    const point = (privateKey: Buffer) => {
      const pair = nodeCrypto.createECDH("prime256v1");
      pair.setPrivateKey(privateKey);
      return pair;
    };
    const ours = point(counting(32));
    // RFC 6979 §A.2.5
    const other = point(
      Buffer.from("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", "hex"),
    );
    const answers = [
      ...[hash(counting(3)), hash(counting(56)), mac(counting(20), counting(50))],
      ...[expand(counting(32)), expand(counting(16))],
      ...[cipher.update(counting(60)), cipher.final(), cipher.getAuthTag()],
      ...[ours.getPublicKey(), other.getPublicKey(), ours.computeSecret(other.getPublicKey())],
    ];
    expect(hash(Buffer.concat(answers)).toString("hex")).toBe(ANSWERS);
  });
  it.each<[string, Partial<CryptoProvider>]>([
    ["hash", { hash: constant(32) }],
    ["hmac", { hmac: constant(32) }],
    ["hkdfExpand", { hkdfExpand: (_prk, _info, length) => new Uint8Array(length) }],
    ["seal", { seal: constant(76) }],
    ["open", { open: none }],
    ["open", { open: constant(60) }],
    ["publicKey", { publicKey: none }],
    ["publicKey", { publicKey: constant(65) }],
    ["diffieHellman", { diffieHellman: none }],
    ["diffieHellman", { diffieHellman: constant(32) }],
    [
      "diffieHellman, which takes points that are not on the curve,",
      {
        diffieHellman: (privateKey, publicKey) =>
          portableCrypto.diffieHellman(privateKey, publicKey) ?? new Uint8Array(32),
      },
    ],
    ["sign", { sign: constant(64) }],
    ["verify", { verify: () => true }],
    ["verify", { verify: () => false }],
  ])("are not given with a broken %s", (_, broken) => {
    expect(givesKnownAnswers({ ...portableCrypto, ...broken })).toBe(false);
  });
});
