// The platform's own AES-256-GCM, if the runtime has one: a guarded probe, no static import for a bundler to trip on.

/** The little of `node:crypto` that transport encryption needs. */
export interface NodeAes {
  createCipheriv(
    algorithm: string,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { authTagLength: number },
  ): { setAAD(data: Uint8Array): unknown; getAuthTag(): Uint8Array } & NodeTransform;
  createDecipheriv(
    algorithm: string,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { authTagLength: number },
  ): { setAAD(data: Uint8Array): unknown; setAuthTag(tag: Uint8Array): unknown } & NodeTransform;
}

interface NodeTransform {
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

interface Runtime {
  readonly process?: { getBuiltinModule?(id: string): Partial<NodeAes> | undefined };
}

/** `node:crypto` of Node, Deno, Bun or workerd's node compatibility; undefined anywhere else. */
export function platformAes(): NodeAes | undefined {
  try {
    const found = (globalThis as Runtime).process?.getBuiltinModule?.("node:crypto");
    const usable =
      typeof found?.createCipheriv === "function" && typeof found.createDecipheriv === "function";
    return usable ? (found as NodeAes) : undefined;
  } catch {
    // a runtime that refuses the question has no answer
    return undefined;
  }
}
