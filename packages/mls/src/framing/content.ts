// RFC 9420 §6 Message framing: sender, content and its authentication data.
import {
  type Codec,
  dependent,
  enumeration,
  nothing,
  opaque,
  sequence,
  struct,
  u8,
  u16,
  u32,
  u64,
  variant,
} from "../codec/codec.ts";
import { type Commit, commitCodec } from "../messages/commit.ts";
import { type Proposal, proposalCodec } from "../messages/proposal.ts";

/**
 * §6 Who a message is from: a discriminated union on `senderType`.
 *
 * `member` has the `leafIndex` of its sender, `external` its `senderIndex` in the extension `external_senders`.
 */
export type Sender =
  | { readonly senderType: "member"; readonly leafIndex: number }
  | { readonly senderType: "external"; readonly senderIndex: number }
  | { readonly senderType: "new_member_proposal" }
  | { readonly senderType: "new_member_commit" };

const senderCodec = /* @__PURE__ */ variant<Sender>(
  "senderType",
  /* @__PURE__ */ enumeration(u8, { member: 1, external: 2, new_member_proposal: 3, new_member_commit: 4 }),
  {
    member: /* @__PURE__ */ struct({ leafIndex: u32 }),
    external: /* @__PURE__ */ struct({ senderIndex: u32 }),
    new_member_proposal: nothing,
    new_member_commit: nothing,
  },
);

export type ContentType = "application" | "proposal" | "commit";
export const contentTypeCodec: Codec<ContentType> = /* @__PURE__ */ enumeration(u8, {
  application: 1,
  proposal: 2,
  commit: 3,
});

interface ContentHead {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly sender: Sender;
  readonly authenticatedData: Uint8Array;
}
export type ContentBody =
  | { readonly contentType: "application"; readonly applicationData: Uint8Array }
  | { readonly contentType: "proposal"; readonly proposal: Proposal }
  | { readonly contentType: "commit"; readonly commit: Commit };
/**
 * §6 What a message says: `groupId` (any length), `epoch` (64 bits), `sender`, `authenticatedData` (any length), and by
 * `contentType` the `applicationData`, `proposal` or `commit`.
 */
export type FramedContent = ContentHead & ContentBody;

/** The content by its type, without the type: what PrivateMessage seals, too. */
export const CONTENT_BODIES: {
  readonly application: Codec<{ applicationData: Uint8Array }>;
  readonly proposal: Codec<{ proposal: Proposal }>;
  readonly commit: Codec<{ commit: Commit }>;
} = {
  application: /* @__PURE__ */ struct<{ applicationData: Uint8Array }>({ applicationData: opaque }),
  proposal: /* @__PURE__ */ struct<{ proposal: Proposal }>({ proposal: proposalCodec }),
  commit: /* @__PURE__ */ struct<{ commit: Commit }>({ commit: commitCodec }),
};

export const framedContentCodec: Codec<FramedContent> = /* @__PURE__ */ sequence<FramedContent>(
  /* @__PURE__ */ struct<ContentHead>({
    groupId: opaque,
    epoch: u64,
    sender: senderCodec,
    authenticatedData: opaque,
  }),
  /* @__PURE__ */ variant<ContentBody>("contentType", contentTypeCodec, CONTENT_BODIES),
);

const encodings = /* @__PURE__ */ new WeakMap<FramedContent, Uint8Array>();

/** Encodes a content that nobody changes any more, once: it is signed, tagged and hashed. */
export function encodeContent(content: FramedContent): Uint8Array {
  const known = encodings.get(content);
  if (known) return known;
  const made = framedContentCodec.encode(content);
  encodings.set(content, made);
  return made;
}

/** §6.1; `confirmationTag` exactly for commits. */
export interface FramedContentAuthData {
  /** ASN.1 DER, up to 72 bytes. */
  readonly signature: Uint8Array;
  /** §8.1, 32 bytes. */
  readonly confirmationTag?: Uint8Array;
}
const signatureOnly = /* @__PURE__ */ struct<FramedContentAuthData>({ signature: opaque } as never);
const signatureAndTag = /* @__PURE__ */ struct<FramedContentAuthData>({
  signature: opaque,
  confirmationTag: opaque,
});
export const authDataCodec = (contentType: ContentType): Codec<FramedContentAuthData> =>
  contentType === "commit" ? signatureAndTag : signatureOnly;

/** §6 */
export const WIRE_FORMATS = {
  mls_public_message: 1,
  mls_private_message: 2,
  mls_welcome: 3,
  mls_group_info: 4,
  mls_key_package: 5,
} as const;
export type WireFormat = keyof typeof WIRE_FORMATS;
export const wireFormatCodec: Codec<WireFormat> = /* @__PURE__ */ enumeration(u16, WIRE_FORMATS);

/** §6 */
export interface AuthenticatedContent {
  readonly wireFormat: WireFormat;
  readonly content: FramedContent;
  readonly auth: FramedContentAuthData;
}
export const authenticatedContentCodec: Codec<AuthenticatedContent> = /* @__PURE__ */ dependent(
  /* @__PURE__ */ struct<Omit<AuthenticatedContent, "auth">>({
    wireFormat: wireFormatCodec,
    content: framedContentCodec,
  }),
  ({ content }) => struct<Pick<AuthenticatedContent, "auth">>({ auth: authDataCodec(content.contentType) }),
);
