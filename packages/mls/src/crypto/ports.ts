// RFC 9420 §5.1 The one place that asks the platform: its randomness and, where present, its synchronous node:crypto.

/** The part of node:crypto that is used. */
export interface PlatformCrypto {
  createHash(name: string): { update(data: Uint8Array): { digest(): Uint8Array } };
  createHmac(name: string, key: Uint8Array): { update(data: Uint8Array): { digest(): Uint8Array } };
  createECDH(curve: string): {
    setPrivateKey(key: Uint8Array): void;
    getPublicKey(): Uint8Array;
    computeSecret(other: Uint8Array): Uint8Array;
  };
  createPublicKey(key: { key: Uint8Array; format: "der"; type: "spki" }): object;
  createPrivateKey(key: { key: Uint8Array; format: "der"; type: "sec1" }): object;
  sign(hash: string, data: Uint8Array, key: object): Uint8Array;
  verify(hash: string, data: Uint8Array, key: object, signature: Uint8Array): boolean;
  createCipheriv(
    name: string,
    key: Uint8Array,
    nonce: Uint8Array,
  ): PlatformCipher & { getAuthTag(): Uint8Array };
  createDecipheriv(
    name: string,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { authTagLength: number },
  ): PlatformCipher & { setAuthTag(tag: Uint8Array): void };
}
interface PlatformCipher {
  setAAD(data: Uint8Array): void;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

interface World {
  process?: { getBuiltinModule?: (name: string) => unknown };
  crypto?: { getRandomValues?: (bytes: Uint8Array) => Uint8Array };
}

/** node:crypto, if this runtime has it (Node, Deno, Bun, workerd). No static import: bundlers see nothing. */
export function platformCrypto(): PlatformCrypto | undefined {
  try {
    const found = (globalThis as World).process?.getBuiltinModule?.("node:crypto") as
      | PlatformCrypto
      | undefined;
    return typeof found?.createECDH === "function" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The platform's cryptographic randomness, if there is any. */
export function platformRandom(): ((length: number) => Uint8Array) | undefined {
  const source = (globalThis as World).crypto;
  if (typeof source?.getRandomValues !== "function") return undefined;
  return (length) => {
    const out = new Uint8Array(length);
    // getRandomValues gives at most 65536 bytes a call.
    for (let at = 0; at < length; at += 65536) source.getRandomValues!(out.subarray(at, at + 65536));
    return out;
  };
}
