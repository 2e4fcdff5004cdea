// RFC 9420 §6 MLSMessage, §6.2 PublicMessage, §6.3 PrivateMessage: the structures.
import {
  type Codec,
  codec,
  dependent,
  enumeration,
  opaque,
  struct,
  u16,
  u64,
  variant,
} from "../codec/codec.ts";
import { type GroupInfo, groupInfoCodec } from "../messages/group-info.ts";
import { type KeyPackage, keyPackageCodec } from "../messages/key-package.ts";
import { type Welcome, welcomeCodec } from "../messages/welcome.ts";
import {
  authDataCodec,
  type ContentType,
  contentTypeCodec,
  type FramedContent,
  type FramedContentAuthData,
  framedContentCodec,
  WIRE_FORMATS,
} from "./content.ts";

/** §6.2; `membershipTag` exactly for senders of type member. */
export interface PublicMessage {
  /** What it says. */
  readonly content: FramedContent;
  /** Signature, and for commits the confirmation tag. */
  readonly auth: FramedContentAuthData;
  /** §6.2, 32 bytes. */
  readonly membershipTag?: Uint8Array;
}
export const publicMessageCodec: Codec<PublicMessage> = /* @__PURE__ */ dependent(
  /* @__PURE__ */ struct<{ content: FramedContent }>({ content: framedContentCodec }),
  ({ content }): Codec<Omit<PublicMessage, "content">> => {
    const auth = authDataCodec(content.contentType);
    return content.sender.senderType === "member"
      ? struct<Required<Omit<PublicMessage, "content">>>({ auth, membershipTag: opaque })
      : struct<Pick<PublicMessage, "auth">>({ auth });
  },
);

/** §6.3 */
export interface PrivateMessage {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentType: ContentType;
  readonly authenticatedData: Uint8Array;
  readonly encryptedSenderData: Uint8Array;
  readonly ciphertext: Uint8Array;
}
export const privateMessageCodec: Codec<PrivateMessage> = /* @__PURE__ */ struct<PrivateMessage>({
  groupId: opaque,
  epoch: u64,
  contentType: contentTypeCodec,
  authenticatedData: opaque,
  encryptedSenderData: opaque,
  ciphertext: opaque,
});

/**
 * §6 The outermost structure: a discriminated union on `wireFormat`, with `publicMessage`, `privateMessage`, `welcome`,
 * `groupInfo` or `keyPackage`; `version` is 1 (`mls10`).
 */
export type MLSMessage = { readonly version: 1 } & (
  | { readonly wireFormat: "mls_public_message"; readonly publicMessage: PublicMessage }
  | { readonly wireFormat: "mls_private_message"; readonly privateMessage: PrivateMessage }
  | { readonly wireFormat: "mls_welcome"; readonly welcome: Welcome }
  | { readonly wireFormat: "mls_group_info"; readonly groupInfo: GroupInfo }
  | { readonly wireFormat: "mls_key_package"; readonly keyPackage: KeyPackage }
);

const bodyCodec = /* @__PURE__ */ variant<MLSMessage>(
  "wireFormat",
  /* @__PURE__ */ enumeration(u16, WIRE_FORMATS),
  {
    mls_public_message: /* @__PURE__ */ struct({ publicMessage: publicMessageCodec }),
    mls_private_message: /* @__PURE__ */ struct({ privateMessage: privateMessageCodec }),
    mls_welcome: /* @__PURE__ */ struct({ welcome: welcomeCodec }),
    mls_group_info: /* @__PURE__ */ struct({ groupInfo: groupInfoCodec }),
    mls_key_package: /* @__PURE__ */ struct({ keyPackage: keyPackageCodec }),
  },
);

/** The outermost structure. Versions other than mls10 are `unsupported`. */
export const mlsMessageCodec: Codec<MLSMessage> = /* @__PURE__ */ codec<MLSMessage>(
  (r) => {
    // The protocol version is mls10.
    if (r.at("version", u16.read) !== 1) r.fail("6-6", "unsupported");
    return Object.assign({ version: 1 as const }, bodyCodec.read(r));
  },
  (w, value) => {
    u16.write(w, 1);
    bodyCodec.write(w, value);
  },
);

/** An MLSMessage that holds `publicMessage`. */
export const encodePublicMessage = (publicMessage: PublicMessage): Uint8Array =>
  mlsMessageCodec.encode({ version: 1, wireFormat: "mls_public_message", publicMessage });
