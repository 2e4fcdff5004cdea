// The platform's own cipher, if the runtime has one: a guarded probe, no static import for a bundler to trip on.

/** The little of `node:crypto` that frames need. */
export interface NodeCrypto {
  createCipheriv(
    algorithm: string,
    key: Uint8Array,
    iv: Uint8Array,
    options: { authTagLength: number },
  ): NodeCipher;
  createDecipheriv(
    algorithm: string,
    key: Uint8Array,
    iv: Uint8Array,
    options: { authTagLength: number },
  ): NodeDecipher;
}

export interface NodeCipher {
  setAAD(data: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
  getAuthTag(): Uint8Array;
}

export interface NodeDecipher {
  setAAD(data: Uint8Array): unknown;
  setAuthTag(tag: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

/** `Buffer.prototype.indexOf` for bytes in bytes. */
export type NodeIndexOf = (this: Uint8Array, needle: Uint8Array, from: number) => number;

interface Runtime {
  readonly process?: {
    getBuiltinModule?(id: "node:crypto"): Partial<NodeCrypto> | undefined;
    getBuiltinModule?(id: "node:buffer"): { Buffer?: { prototype?: { indexOf?: NodeIndexOf } } } | undefined;
  };
}

/** `node:crypto` of Node, Deno, Bun or workerd's node compatibility; undefined anywhere else. */
export function platformCrypto(): NodeCrypto | undefined {
  try {
    const found = (globalThis as Runtime).process?.getBuiltinModule?.("node:crypto");
    const usable =
      typeof found?.createCipheriv === "function" && typeof found.createDecipheriv === "function";
    return usable ? (found as NodeCrypto) : undefined;
  } catch {
    // A runtime that refuses the question has no answer.
    return undefined;
  }
}

/** The search of `node:buffer`, likewise. */
export function platformIndexOf(): NodeIndexOf | undefined {
  try {
    return (globalThis as Runtime).process?.getBuiltinModule?.("node:buffer")?.Buffer?.prototype?.indexOf;
  } catch {
    return undefined;
  }
}
