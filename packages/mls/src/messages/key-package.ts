// RFC 9420 §10 Key Packages: the structure.
import { type Codec, opaque, sequence, struct, u16 } from "../codec/codec.ts";
import { type LeafNode, leafNodeCodec } from "../tree/nodes.ts";
import { type Extension, extensionsCodec } from "./extension.ts";

export interface KeyPackageContent {
  readonly version: number;
  readonly cipherSuite: number;
  readonly initKey: Uint8Array;
  readonly leafNode: LeafNode;
  readonly extensions: readonly Extension[];
}
/**
 * §10 how a client can be added: `version` 1, `cipherSuite` 2, `initKey` (65 bytes), `leafNode`, `extensions` and
 * `signature` (ASN.1 DER).
 */
export type KeyPackage = KeyPackageContent & { readonly signature: Uint8Array };

export const keyPackageContentCodec: Codec<KeyPackageContent> = /* @__PURE__ */ struct<KeyPackageContent>({
  version: u16,
  cipherSuite: u16,
  initKey: opaque,
  leafNode: leafNodeCodec,
  extensions: extensionsCodec,
});

/** §10 `KeyPackage` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const keyPackageCodec: Codec<KeyPackage> = /* @__PURE__ */ sequence<KeyPackage>(
  keyPackageContentCodec,
  /* @__PURE__ */ struct({ signature: opaque }),
);
