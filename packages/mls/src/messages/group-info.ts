// RFC 9420 §12.4.3 GroupInfo.
import { type Codec, opaque, sequence, struct, u32 } from "../codec/codec.ts";
import { type Extension, extensionsCodec } from "./extension.ts";
import { type GroupContext, groupContextCodec } from "./group-context.ts";

export interface GroupInfoContent {
  readonly groupContext: GroupContext;
  readonly extensions: readonly Extension[];
  readonly confirmationTag: Uint8Array;
  /** Leaf index of the member that signed. */
  readonly signer: number;
}
/**
 * §12.4.3 a signed summary of an epoch: `groupContext`, `extensions`, `confirmationTag` (32 bytes), `signer` (a leaf index)
 * and `signature` (ASN.1 DER).
 */
export type GroupInfo = GroupInfoContent & { readonly signature: Uint8Array };

export const groupInfoContentCodec: Codec<GroupInfoContent> = /* @__PURE__ */ struct<GroupInfoContent>({
  groupContext: groupContextCodec,
  extensions: extensionsCodec,
  confirmationTag: opaque,
  signer: u32,
});
/** §12.4.3 `GroupInfo` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const groupInfoCodec: Codec<GroupInfo> = /* @__PURE__ */ sequence<GroupInfo>(
  groupInfoContentCodec,
  /* @__PURE__ */ struct({ signature: opaque }),
);
