// RFC 9420 §8.1 Group Context.
import { type Codec, opaque, struct, u16, u64 } from "../codec/codec.ts";
import { type Extension, extensionsCodec } from "./extension.ts";

/** The version `mls10`. */
export const MLS10 = 1;

/** §8.1 the last of all epochs: the number has 64 bits. */
export const LAST_EPOCH = 0xffffffffffffffffn;

/** §8.1 what every member agrees on in an epoch. */
export interface GroupContext {
  /** 1, `mls10`. */
  readonly version: number;
  /** 2, see {@link CIPHER_SUITE}. */
  readonly cipherSuite: number;
  /** Any length. */
  readonly groupId: Uint8Array;
  /** 64 bits. */
  readonly epoch: bigint;
  /** §7.8, 32 bytes. */
  readonly treeHash: Uint8Array;
  /** §8.2, 32 bytes; empty at epoch 0. */
  readonly confirmedTranscriptHash: Uint8Array;
  /** §13.4; at most one of each type. */
  readonly extensions: readonly Extension[];
}

/** §8.1 `GroupContext` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const groupContextCodec: Codec<GroupContext> = /* @__PURE__ */ struct<GroupContext>({
  version: u16,
  cipherSuite: u16,
  groupId: opaque,
  epoch: u64,
  treeHash: opaque,
  confirmedTranscriptHash: opaque,
  extensions: extensionsCodec,
});
