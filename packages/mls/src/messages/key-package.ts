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
export type KeyPackage = KeyPackageContent & { readonly signature: Uint8Array };

export const keyPackageContentCodec: Codec<KeyPackageContent> = /* @__PURE__ */ struct<KeyPackageContent>({
  version: u16,
  cipherSuite: u16,
  initKey: opaque,
  leafNode: leafNodeCodec,
  extensions: extensionsCodec,
});

export const keyPackageCodec: Codec<KeyPackage> = /* @__PURE__ */ sequence<KeyPackage>(
  keyPackageContentCodec,
  /* @__PURE__ */ struct({ signature: opaque }),
);
