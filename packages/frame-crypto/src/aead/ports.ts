// The platform's own cipher, if the runtime has one: a guarded probe, no static import for a bundler to trip on.

/** What `createSecretKey` made of 16 bytes. */
export interface NodeKey {
  readonly type: string;
}

/** The little of `node:crypto` that frames need. */
export interface NodeCrypto {
  createSecretKey(key: Uint8Array): NodeKey;
  createCipheriv(
    algorithm: string,
    key: NodeKey,
    iv: Uint8Array | null,
    options?: { authTagLength: number },
  ): NodeCipher;
  createDecipheriv(
    algorithm: string,
    key: NodeKey,
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
  readonly navigator?: { readonly userAgent?: unknown };
  readonly process?: {
    readonly versions?: Readonly<Record<string, unknown>>;
    getBuiltinModule?(id: "node:crypto"): NodeCrypto | undefined;
    getBuiltinModule?(id: "node:buffer"): { Buffer?: { prototype?: { indexOf?: NodeIndexOf } } } | undefined;
  };
}

/** What `question` answers; undefined from a runtime that refuses it. */
export function ask<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch {
    return undefined;
  }
}

const runtime = (): Runtime => globalThis as Runtime;

/**
 * `node:crypto` of Node, Deno, Bun or workerd's node compatibility; undefined anywhere else. Whether it holds all that is
 * needed shows when it is tried.
 */
export const platformCrypto = (): NodeCrypto | undefined =>
  ask(() => runtime().process?.getBuiltinModule?.("node:crypto"));

/**
 * The name by which the runtime shows itself: `node`, `bun`, `deno`, or undefined. Bun and Deno carry Node's version
 * beside their own. So does workerd, which tells itself apart by its user agent.
 */
export const platformName = (): string | undefined =>
  ask(() => {
    const { process, navigator } = runtime();
    if (navigator?.userAgent === "Cloudflare-Workers") return undefined;
    return ["bun", "deno", "node"].find((name) => process!.versions![name]);
  });

/** The search of `node:buffer`, likewise. */
export const platformIndexOf = (): NodeIndexOf | undefined =>
  ask(() => runtime().process?.getBuiltinModule?.("node:buffer")?.Buffer?.prototype?.indexOf);
