// RFC 9420 §6.3 PrivateMessage: sealing and opening content and sender data.
import { EMPTY } from "../bytes.ts";
import { type Codec, fixed, opaque, struct, u32, u64 } from "../codec/codec.ts";
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import { type CryptoProvider, NH, NK, NN } from "../crypto/provider.ts";
import { wipe } from "../crypto/secret.ts";
import { enforce, misuse } from "../errors.ts";
import type { KeyAndNonce, RatchetType, SecretTree } from "../schedule/secret-tree.ts";
import {
  type AuthenticatedContent,
  authDataCodec,
  CONTENT_BODIES,
  type ContentType,
  contentTypeCodec,
  type FramedContent,
} from "./content.ts";
import type { PrivateMessage } from "./message.ts";

/** What opens and seals the messages of one epoch. */
export interface MessageKeys {
  readonly senderDataSecret: Uint8Array;
  readonly secretTree: SecretTree;
}

interface SenderData {
  readonly leafIndex: number;
  readonly generation: number;
  readonly reuseGuard: Uint8Array;
}
const senderDataCodec: Codec<SenderData> = /* @__PURE__ */ struct<SenderData>({
  leafIndex: u32,
  generation: u32,
  reuseGuard: /* @__PURE__ */ fixed(4),
});

interface Header {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentType: ContentType;
}
const header = { groupId: opaque, epoch: u64, contentType: contentTypeCodec };
// §6.3.2 SenderDataAAD, §6.3.1 PrivateContentAAD
const senderDataAad = /* @__PURE__ */ struct<Header>(header);
const contentAad = /* @__PURE__ */ struct<Header & { authenticatedData: Uint8Array }>({
  ...header,
  authenticatedData: opaque,
});

const ratchetType = (contentType: ContentType): RatchetType =>
  contentType === "application" ? "application" : "handshake";

/** §6.3.2 key and nonce for the sender data, from a sample of the ciphertext. */
export function senderDataKey(
  crypto: CryptoProvider,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
): KeyAndNonce {
  const sample = ciphertext.subarray(0, NH);
  return {
    key: expandWithLabel(crypto, senderDataSecret, "key", sample, NK),
    nonce: expandWithLabel(crypto, senderDataSecret, "nonce", sample, NN),
  };
}

/** §6.3.1 the nonce with the reuse guard mixed in. */
const applyReuseGuard = (nonce: Uint8Array, guard: Uint8Array): Uint8Array =>
  nonce.map((byte, i) => byte ^ (guard[i] ?? 0));

/** Seals content of a member with the next key of its ratchet; `padding` zero bytes are added. */
export function sealPrivateMessage(
  crypto: CryptoProvider,
  keys: MessageKeys,
  { content, auth }: AuthenticatedContent,
  padding = 0,
): PrivateMessage {
  const { groupId, epoch, contentType, authenticatedData, sender } = content;
  misuse(sender.senderType === "member", "sender", "a member: only members send PrivateMessages");
  const { leafIndex } = sender;
  const type = ratchetType(contentType);
  const next = keys.secretTree.next(leafIndex, type);
  const { key, nonce, generation } = next;
  const reuseGuard = crypto.randomBytes(4);
  const plaintext = writeContent(content, auth, padding);
  const aad = contentAad.encode({ groupId, epoch, contentType, authenticatedData });
  const ciphertext = crypto.seal(key, applyReuseGuard(nonce, reuseGuard), aad, plaintext);
  // §9.2: a key that has sealed is deleted
  next.keep();
  const senderKeys = senderDataKey(crypto, keys.senderDataSecret, ciphertext);
  const encryptedSenderData = crypto.seal(
    senderKeys.key,
    senderKeys.nonce,
    senderDataAad.encode({ groupId, epoch, contentType }),
    senderDataCodec.encode({ leafIndex, generation, reuseGuard }),
  );
  wipe(senderKeys.key, senderKeys.nonce);
  return { groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext };
}

/** A message that opened. Every member can derive every key: only the signature tells who wrote it. */
export interface OpenedPrivate {
  readonly content: AuthenticatedContent;
  /** Must be called once. The sender's ratchet moves when `genuine` (the signature holds); otherwise it stays as it was. */
  settle(genuine: boolean): void;
}

/** Who may have sent a message: every leaf that is not blank, but our own. */
export interface Senders {
  readonly ownLeaf: number;
  isMember(leafIndex: number): boolean;
}

/** Opens a message; its signature is still to be verified. */
export function openPrivateMessage(
  crypto: CryptoProvider,
  keys: MessageKeys,
  message: PrivateMessage,
  senders: Senders,
): OpenedPrivate {
  const { groupId, epoch, contentType, authenticatedData, ciphertext } = message;
  const { leafIndex, generation, reuseGuard } = openSenderData(crypto, keys, message);
  // The sender's leaf is not blank.
  enforce(senders.isMember(leafIndex), "6.3.2-1", "unknown-sender");
  // The sender is not we: our own ratchet is for sending.
  enforce(leafIndex !== senders.ownLeaf, "6.3.2-3", "unknown-sender");
  const reached = keys.secretTree.reach(leafIndex, ratchetType(contentType), generation);
  const settle = (genuine: boolean) => (genuine ? reached.keep() : reached.forget());
  try {
    const aad = contentAad.encode({ groupId, epoch, contentType, authenticatedData });
    const plaintext = crypto.open(reached.key, applyReuseGuard(reached.nonce, reuseGuard), aad, ciphertext);
    // The content opens with the sender's key of that generation.
    enforce(plaintext !== undefined, "6.3.1-1", "decryption-failed");
    const sender = { senderType: "member", leafIndex } as const;
    const content = readContent(plaintext, { groupId, epoch, sender, authenticatedData, contentType });
    return { content, settle };
  } catch (error) {
    settle(false);
    throw error;
  }
}

function openSenderData(crypto: CryptoProvider, keys: MessageKeys, message: PrivateMessage): SenderData {
  const { groupId, epoch, contentType, encryptedSenderData, ciphertext } = message;
  const { key, nonce } = senderDataKey(crypto, keys.senderDataSecret, ciphertext);
  const aad = senderDataAad.encode({ groupId, epoch, contentType });
  const opened = crypto.open(key, nonce, aad, encryptedSenderData);
  wipe(key, nonce);
  // The sender data opens with the key of this epoch.
  enforce(opened !== undefined, "6.3.2-2", "decryption-failed");
  return senderDataCodec.decode(opened);
}

// §6.3.1 PrivateMessageContent
function writeContent(
  content: FramedContent,
  auth: AuthenticatedContent["auth"],
  padding: number,
): Uint8Array {
  const writer = new Writer();
  (CONTENT_BODIES[content.contentType] as Codec<unknown>).write(writer, content);
  authDataCodec(content.contentType).write(writer, auth);
  writer.bytes(padding ? new Uint8Array(padding) : EMPTY);
  return writer.finish();
}

function readContent(
  plaintext: Uint8Array,
  head: { contentType: ContentType } & Record<string, unknown>,
): AuthenticatedContent {
  const reader = new Reader(plaintext);
  const body = CONTENT_BODIES[head.contentType].read(reader);
  const auth = authDataCodec(head.contentType).read(reader);
  const padding = reader.bytes(reader.remaining);
  // Padding is zero bytes only.
  enforce(!padding.some((byte) => byte !== 0), "6.3.1-2", "malformed");
  const content = { ...head, ...body } as unknown as FramedContent;
  return { wireFormat: "mls_private_message", content, auth };
}
