// RFC 9420 §8.1 Group Context.
import { type Codec, opaque, struct, u16, u64 } from "../codec/codec.ts";
import { type Extension, extensionsCodec } from "./extension.ts";

/** The version `mls10`. */
export const MLS10 = 1;

export interface GroupContext {
  readonly version: number;
  readonly cipherSuite: number;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
  readonly extensions: readonly Extension[];
}

export const groupContextCodec: Codec<GroupContext> = /* @__PURE__ */ struct<GroupContext>({
  version: u16,
  cipherSuite: u16,
  groupId: opaque,
  epoch: u64,
  treeHash: opaque,
  confirmedTranscriptHash: opaque,
  extensions: extensionsCodec,
});
