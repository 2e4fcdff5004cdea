// The types of @puredave/frame-crypto as its users meet them: checked by the compiler in `npm test`, never run.
import { expectTypeOf } from "vitest";
import {
  type AeadBackend,
  type CODECS,
  type Codec,
  type DecryptFailure,
  Decryptor,
  type DecryptResult,
  type EncryptFailure,
  Encryptor,
  type EncryptResult,
  FrameCryptoError,
  type FrameCryptoErrorCode,
  type KeyRatchet,
  type MEDIA_TYPES,
  type MediaType,
  type OpenResult,
  type openAead,
  parseFrame,
  ReceiverKey,
  SenderKey,
  selectBackend,
} from "../src/index.ts";

declare const bytes: Uint8Array;
declare const ratchet: KeyRatchet;

const sent = new Encryptor().encrypt({ mediaType: "audio", ssrc: 1, frame: bytes });
expectTypeOf(sent).toEqualTypeOf<EncryptResult>();
if (sent.outcome === "encrypted") {
  expectTypeOf(sent.frame).toEqualTypeOf<Uint8Array>();
  expectTypeOf(sent.nonce).toEqualTypeOf<number>();
}
if (sent.outcome === "failed") expectTypeOf(sent.reason).toEqualTypeOf<EncryptFailure>();
// @ts-expect-error: without a key there is no frame
if (sent.outcome === "no-key") sent.frame;

const heard = new Decryptor().decrypt({ mediaType: "audio", frame: bytes, now: 0 });
expectTypeOf(heard).toEqualTypeOf<DecryptResult>();
if (heard.outcome !== "failed") expectTypeOf(heard.frame).toEqualTypeOf<Uint8Array>();
else expectTypeOf(heard.reason).toEqualTypeOf<DecryptFailure>();
// @ts-expect-error: time is a parameter
new Decryptor().decrypt({ mediaType: "audio", frame: bytes });
// @ts-expect-error: a media type is a name
new Encryptor().encrypt({ mediaType: 0, ssrc: 1, frame: bytes });
// @ts-expect-error: a sender's key is no receiver's
new Decryptor().install(new SenderKey(ratchet));
// @ts-expect-error: nor the other way round
new Encryptor().setKey(new ReceiverKey(ratchet, { preparedAt: 0 }));
// @ts-expect-error: when it was prepared has to be said
new ReceiverKey(ratchet);

const parsed = parseFrame(bytes);
if (parsed.outcome === "parsed") expectTypeOf(parsed.tag).toEqualTypeOf<Uint8Array>();
else expectTypeOf(parsed.reason).toEqualTypeOf<"not-protocol-frame" | "malformed-trailer">();

expectTypeOf<(typeof CODECS)[number]>().toEqualTypeOf<Codec>();
expectTypeOf<(typeof MEDIA_TYPES)[number]>().toEqualTypeOf<MediaType>();
expectTypeOf<ReturnType<typeof openAead>>().toEqualTypeOf<OpenResult>();
expectTypeOf(selectBackend()).toEqualTypeOf<AeadBackend>();
// @ts-expect-error: no such backend
selectBackend({ backend: "wasm" });
expectTypeOf(new FrameCryptoError("overlap", "").code).toEqualTypeOf<FrameCryptoErrorCode>();
expectTypeOf<Parameters<Encryptor["encrypt"]>[0]>().not.toBeAny();
