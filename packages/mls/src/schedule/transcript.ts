// RFC 9420 §8.2 Transcript hashes; §6.1 the confirmation tag.
import { concat } from "../bytes.ts";
import { opaque } from "../codec/codec.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { encodeContent, type FramedContent, type WireFormat, wireFormatCodec } from "../framing/content.ts";

/** `confirmed_transcript_hash[n]` from `interim_transcript_hash[n-1]` and the commit. */
export const confirmedTranscriptHash = (
  crypto: CryptoProvider,
  interim: Uint8Array,
  commit: {
    readonly wireFormat: WireFormat;
    readonly content: FramedContent;
    readonly signature: Uint8Array;
  },
): Uint8Array =>
  crypto.hash(
    concat(
      interim,
      wireFormatCodec.encode(commit.wireFormat),
      encodeContent(commit.content),
      opaque.encode(commit.signature),
    ),
  );

/** `interim_transcript_hash[n]` */
export const interimTranscriptHash = (
  crypto: CryptoProvider,
  confirmed: Uint8Array,
  confirmationTag: Uint8Array,
): Uint8Array => crypto.hash(concat(confirmed, opaque.encode(confirmationTag)));

/** §6.1 `MAC(confirmation_key, confirmed_transcript_hash)` */
export const confirmationTag = (
  crypto: CryptoProvider,
  confirmationKey: Uint8Array,
  confirmed: Uint8Array,
): Uint8Array => crypto.hmac(confirmationKey, confirmed);
